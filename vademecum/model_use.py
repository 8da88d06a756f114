"""Chat models that run on this machine, as the command and the page show them; and which one the workspace uses."""

from typing import NamedTuple

from vademecum import configuring, doctor
from vademecum.core.errors import SettingsError
from vademecum.core.settings import Settings
from vademecum.models.local_models import LocalModel
from vademecum.workspace import Workspace

AUTO = "auto"
"""Leaves the choice of the model to the program: the setting is not set."""


class Row(NamedTuple):
    """A model of the catalogue here. `here` is how many of its bytes have come; `fits`: into the machine's memory."""

    model: LocalModel
    here: int
    fits: bool
    in_use: bool

    @property
    def state(self) -> str:
        """Whether it is installed, in words."""
        if self.model.is_installed:
            return "installed"
        return f"{100 * self.here // self.model.size} % here" if self.here else "not installed"


def rows(settings: Settings) -> list[Row]:
    """Every model of the catalogue, and how it stands on this machine."""
    from vademecum.models.cores import total_memory
    from vademecum.models.downloads import bytes_here
    from vademecum.models.local_models import local_models

    memory = total_memory()
    return [
        Row(model, bytes_here(model), model.memory <= memory, settings.model == model.name)
        for model in local_models().values()
    ]


def name_in_use(settings: Settings) -> str:
    """The name of the model that is used, without a password that it may hold."""
    return doctor.shown(settings.model)


def use(workspace: Workspace, name: str) -> configuring.Setting:
    """Have the workspace use the chat model called `name`, whatever the form of the name; "auto": the default.

    Raises:
        UsageError: no such form of name.
        ModelError: the model is not installed, or cannot be set up.
        SettingsError: something else sets the model, and comes first.
        WorkspaceError: the workspace's file cannot be written.
    """
    if name != AUTO:
        workspace.model(name)
        return configuring.change(workspace, "model", name)
    if fixed := configuring.find(workspace, "model").fixed:
        raise SettingsError(f"setting 'model' cannot be changed here: {fixed}")
    return configuring.reset(workspace, "model")

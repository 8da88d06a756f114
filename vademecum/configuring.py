"""Settings as a person changes them: each with its value, where it came from, and whether it can be changed here.

    change(notes, "mode", "dense")      written to the workspace's vade.toml, and in force from now on
    reset(notes, "mode")                back to its default

What the environment or the working folder's vade.toml says outweighs the workspace's file, so such a setting is fixed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

from vademecum import doctor
from vademecum.core import settings_file
from vademecum.core.errors import SettingsError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings import Origin, Settings, load_settings
from vademecum.models.local_models import encoders
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


Form = Literal["choice", "flag", "number", "text", "secret", "other"]

AT_START = frozenset({"database", "embeddings", "home", "plugins", "threads"})
"""Settings that what is open already was made by: a change holds from the next start."""


class Setting(NamedTuple):
    """One setting. `value` is text, secrets masked, `raw` the value itself (None for a secret).

    `fixed` says why it cannot be changed here; empty where it can.
    """

    name: str
    value: str
    raw: Any
    origin: Origin
    meaning: str
    form: Form
    choices: tuple[str, ...]
    fixed: str

    @property
    def at_start(self) -> bool:
        """Whether a change holds from the next start only."""
        return self.name in AT_START


def all_settings(workspace: Workspace) -> list[Setting]:
    """Every setting, in the order of `vademecum.core.settings`."""
    settings = workspace.settings_as_set
    return [_setting(value, settings) for value in doctor.settings(settings, {})]


def find(workspace: Workspace, name: str) -> Setting:
    """The setting called `name`.

    Raises:
        SettingsError: there is none.
    """
    setting = next((candidate for candidate in all_settings(workspace) if candidate.name == name), None)
    if setting is None:
        raise SettingsError(unknown_name("setting", name, Settings.model_fields))
    return setting


def change(workspace: Workspace, name: str, value: Any) -> Setting:
    """Write a setting to the workspace's file, and apply it to the workspace; the setting as it is now.

    Raises:
        SettingsError: there is no such setting, it is fixed, or the value cannot be used.
        WorkspaceError: the file cannot be written.
    """
    setting = find(workspace, name)
    if setting.fixed:
        raise SettingsError(f"setting {name!r} cannot be changed here: {setting.fixed}")
    home = workspace.settings.home
    checked = load_settings(home=home, **{name: value})
    _require_names(name, getattr(checked, name))
    settings_file.put(home, name, checked.model_dump(mode="json", include={name})[name])
    return _applied(workspace, name)


def reset(workspace: Workspace, name: str) -> Setting:
    """Take a setting out of the workspace's file, so that its default holds; the setting as it is now.

    Raises:
        SettingsError, WorkspaceError: as `change`.
    """
    find(workspace, name)
    settings_file.drop(workspace.settings.home, name)
    return _applied(workspace, name)


def _applied(workspace: Workspace, name: str) -> Setting:
    if name not in AT_START:
        fresh = load_settings(home=workspace.settings.home)
        workspace.use_settings(workspace.settings_as_set.model_copy(update={name: getattr(fresh, name)}))
    return find(workspace, name)


def _setting(entry: doctor.Value, settings: Settings) -> Setting:
    field = Settings.model_fields[entry.name]
    form = _form(field)
    return Setting(
        name=entry.name,
        value=entry.value,
        raw=None if form == "secret" else getattr(settings, entry.name),
        origin=entry.origin,
        meaning=entry.meaning,
        form=form,
        choices=_choices(entry.name, field),
        fixed=_fixed(entry, form, settings.home),
    )


def _fixed(entry: doctor.Value, form: Form, home: Path) -> str:
    if entry.origin == "environment":
        return f"the environment sets VADE_{entry.name.upper()}, which comes first"
    if entry.origin == "./vade.toml":
        return f"{entry.place} in the working folder sets it, and comes first"
    if entry.name == "home":
        return "it says where this file is; start with --home to open another"
    if form == "secret":
        return "it holds a secret, which does not belong in a file that is shown; set it in the environment"
    if form == "other":
        return f"it is written by hand, in {home / 'vade.toml'}"
    return ""


def _form(field: "FieldInfo") -> Form:
    kind = str(field.annotation)
    if "Secret" in kind:
        return "secret"
    if get_origin(field.annotation) is Literal:
        return "choice"
    forms: dict[Any, Form] = {bool: "flag", int: "number", float: "number", str: "text", (str | None): "text"}
    return forms.get(field.annotation, "other")


def _choices(name: str, field: "FieldInfo") -> tuple[str, ...]:
    """The values to choose from, where they are known; for a model, those that need nothing."""
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    if name == "technique":
        from vademecum import prompts

        return tuple(prompts.names("answer"))
    if name == "mode":
        from vademecum.retrieval import retrievers

        return tuple(retrievers.members.names())
    if name == "model":
        from vademecum.models.local_models import names_at_hand

        return tuple(names_at_hand())
    return ("embedded", *encoders()) if name == "embeddings" else ()


def _require_names(name: str, value: Any) -> None:
    """Raise SettingsError where a technique, mode or model is named that there cannot be."""
    choices = _choices(name, Settings.model_fields[name])
    if name == "technique" and value not in choices:
        raise SettingsError(unknown_name("technique", value, choices))
    if name == "mode" and value not in choices and not str(value).startswith("community:"):
        raise SettingsError(unknown_name("mode", value, choices))
    if name in ("model", "embeddings") and not str(value).strip():
        raise SettingsError(f"the setting {name!r} needs a name; `embedded` needs nothing else")

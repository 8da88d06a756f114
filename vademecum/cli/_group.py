"""A command group that imports a command when it is called, and gives all commands three options."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

from vademecum.core import plugins
from vademecum.core.errors import VademecumError
from vademecum.core.settings import load_settings
from vademecum.plugin_folders import use


@dataclass
class GlobalOptions:
    """The options that every command takes, before or after its name."""

    home: str | None = None
    json: bool = False
    debug: bool = False


_latest = GlobalOptions()


def global_options() -> GlobalOptions:
    """The global options of this call of the command."""
    context = click.get_current_context(silent=True)
    return context.find_root().ensure_object(GlobalOptions) if context else _latest


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    global _latest
    shared = context.find_root().ensure_object(GlobalOptions)
    if value and option.name:
        setattr(shared, option.name, value)
    _latest = shared


def _global_parameters() -> list[click.Parameter]:
    """The options that every command understands; they leave no trace in a command's own arguments."""
    return [
        click.Option(
            ["--home"],
            metavar="DIR",
            help="The workspace; also VADE_HOME. Default: your data folder.",
            expose_value=False,
            callback=_remember,
        ),
        click.Option(
            ["--json"], is_flag=True, help="Print JSON, and nothing else.", expose_value=False, callback=_remember
        ),
        click.Option(
            ["--debug"], is_flag=True, help="Show where an error came from.", expose_value=False, callback=_remember
        ),
    ]


members = plugins.Members("vademecum.cli")


class CommandGroup(click.Group):
    """Commands are the modules of `vademecum.cli`, each with a `command`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params = [*self.params, *_global_parameters()]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Names of all commands, sorted, and those of a person's own folders behind."""
        with suppress(VademecumError):  # the command that needs the settings says what is wrong with them
            use(load_settings(home=global_options().home), [members.room])
        return [*members.names(own=False), *(name for name, _ in members.items(own=True))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported; None where there is none."""
        if cmd_name not in members.names() and cmd_name not in self.list_commands(ctx):
            return None
        return _sharing(members.get(cmd_name).command)


def _sharing(command: click.Command) -> click.Command:
    if not any(option.name == "debug" for option in command.params):
        command.params = [*command.params, *_global_parameters()]
        if isinstance(command, click.Group):
            for inner in command.commands.values():
                _sharing(inner)
    return command

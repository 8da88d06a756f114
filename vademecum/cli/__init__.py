"""The `vade` command: parse, call one method of a `Notebook`, show what it returned. No logic of its own.

A command is a file here that has `command`, found by its name and imported when it is called: to add one, add a file.
Names that begin with an underscore are not commands. `--home`, `--json` and `--debug` are understood by all, before or
after the command's name.
"""

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from vademecum.cli._group import CommandGroup, global_options
from vademecum.cli._terminal import plain
from vademecum.core.disk_errors import disk_problem
from vademecum.core.errors import VademecumError
from vademecum.core.settings import keep_linear_algebra_single_threaded


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda *arguments: _version(*arguments),
    help="Show the version and exit.",
)
def vade() -> None:
    """Ask your own notes, and get answers in which every sentence cites the exact characters it rests on."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code: 0, 1 (an error), 2 (a wrong call) or 130 (Ctrl-C)."""
    # What imports make is no garbage: to look through it again and again took a tenth of a short command's time.
    os.umask(0o077)  # what is stored is private, also what other libraries write
    gc.set_threshold(20_000, 50, 100)
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code. An error is one line on stderr, with a traceback only after `--debug`."""
    keep_linear_algebra_single_threaded()
    try:
        result = vade.main(list(arguments), prog_name="vade", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        # Whoever read us has seen enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except click.ClickException as error:
        return _tell(error.format_message(), error.exit_code)
    except VademecumError as error:
        return _tell(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 (the outermost edge: a bug, too, is told in a line)
        if problem := disk_problem(error):
            return _tell(problem, 1)
        hint = "" if global_options().debug else "; this is a bug in vade: --debug shows where"
        return _tell(f"{type(error).__name__}: {error}{hint}", 1)


def _version(context: click.Context, _: click.Parameter, show: bool) -> None:
    """Print the version and leave."""
    if show:
        from vademecum.doctor import versions

        click.echo(f"vade {versions()['vademecum']}")
        context.exit()


def _tell(message: str, code: int) -> int:
    if global_options().debug and code != 2:
        click.echo(plain(traceback.format_exc()), err=True)
    click.echo(f"vade: error: {plain(message, lines=False)}", err=True)
    return code

"""The `vade.toml` files: what they set, and what one may set that merely lies in the folder where a person is.

Arguments, environment and the workspace's file are the person's own. A file in the working folder came with that
folder, perhaps from a stranger: it may set what HARMLESS lists, and all else once the person trusts it (`vade trust`).
Even then no key of the person is sent to an address that it names, nor one of its keys to an address of the person.
"""

import functools
import logging
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from vademecum.core import trusted_files
from vademecum.core.errors import SettingsError
from vademecum.core.regular_files import open_regular

_log = logging.getLogger("vademecum.settings")

NAME = "vade.toml"

MAX_BYTES = 64_000
"""Largest file that is read: what is larger is no file of settings."""

_DEEP_KEY = re.compile(r"""(?:(?:(?<![\w-])[\w-]+|(?<!\\)"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*\.[ \t]*){20}""", re.ASCII)
"""A key of more than twenty parts (a.b.c. ...): tomllib takes time and memory by the square of them."""

HARMLESS: Mapping[str, str] = {
    "technique": "a prompt that is installed; an answer is checked whatever the prompt",
    "mode": "ranks passages on this machine; only names of ours, as community:... may ask a server",
    "rerank": "as mode",
    "fusion": "how the mode hybrid adds up two rankings",
    "neighbours": "passages of the same document that are shown with a hit, at most 20",
    "memory": "how the turns of a conversation are shown to the model that the person chose",
}
"""What an untrusted file may set, and why that does no harm. All else it may not, a setting that is added later too:
it could send something away, run code, spend, store or forget, or raise a limit."""

ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "model_key": ("model", "embeddings", "graph_model"),
    "tavily_key": ("tavily_url",),
    "store_key": ("store",),
    "store_arguments": ("store",),
}
"""Settings that hold keys, each with those that say where it is sent. `database`, `openapi` and `mcp` hold both."""

_BLANK: Mapping[str, Any] = {"model_key": "", "store_arguments": {}}
"""What stands for no key; None for the others. An empty `model_key` is not looked for in the keyring either."""

_REMEDY = "correct or remove it; one of the workspace is set aside by vade doctor --repair"

_OUR_NAMES = re.compile(r"[\w+-]+", re.ASCII)

Values = Mapping[str, Any]


class WorkingFile(NamedTuple):
    """The `vade.toml` of the working folder: what of it counts, and which names do not.

    `fault`: why it, or what was remembered of it, could not be read.
    """

    file: Path
    values: Values = MappingProxyType({})
    ignored: tuple[str, ...] = ()
    fault: str = ""

    @property
    def warnings(self) -> list[str]:
        """What a person should know of it, each in one line."""
        faults = [self.fault] if self.fault else []
        if not self.ignored:
            return faults
        names = ", ".join(printable(name[:60]) for name in self.ignored[:10])
        more = f" and {len(self.ignored) - 10} more" if len(self.ignored) > 10 else ""
        line = (
            f"{printable(self.file)} is not trusted, so it does not set {names}{more}; where you trust it: vade trust"
        )
        return [*faults, line]


class FileValues(NamedTuple):
    """What the files set. `over` outweighs arguments and environment, `under` does not. `warnings`: each one line."""

    workspace: Values
    working: WorkingFile
    over: Values
    warnings: tuple[str, ...]

    @property
    def under(self) -> Values:
        """The values of both files; those of the working folder's come first."""
        return {**self.workspace, **self.working.values}


def read_files(folder: Path, own: Values, home: Path, check: Callable[[Values], object]) -> FileValues:
    """What the `vade.toml` files of the working folder and of the workspace set.

    `own` are the values of arguments and environment; `home` is the workspace where neither they nor a trusted file
    name one. `check` raises SettingsError where values cannot be used.

    Raises:
        SettingsError: the workspace's file cannot be read.
    """
    working = _read_working_file(folder / NAME, check)
    named = str(own.get("home") or working.values.get("home") or home)
    home = folder / expanded(named.replace("\0", ""))  # a NUL is refused where the settings are checked
    if os.path.realpath(home / NAME) == os.path.realpath(working.file):
        working = WorkingFile(working.file)  # it is the workspace's own
    workspace = read_toml(home / NAME)
    working, over, warnings = _keys_apart(own, working, workspace)
    return FileValues(workspace, working, over, (*working.warnings, *warnings))


def read_toml(file: Path) -> dict[str, Any]:
    """The values in a file; none where there is no file.

    Raises:
        SettingsError: it cannot be read, or is no TOML.
    """
    content = content_of(file)
    return {} if content is None else parsed(content, file)


def content_of(file: Path) -> bytes | None:
    """The bytes of a file, MAX_BYTES at most; None where there is none.

    Raises:
        SettingsError: it cannot be read, is larger, or is no file (a pipe, a folder, a device).
    """
    try:
        with open_regular(file) as reader:
            content = reader.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"{printable(file)} cannot be read ({reason}); correct or remove it") from error
    if len(content) > MAX_BYTES:
        raise SettingsError(f"{printable(file)} is larger than {MAX_BYTES // 1000} kB; correct or remove it")
    return content


def parsed(content: bytes, file: Path) -> dict[str, Any]:
    """The values in the content of a file.

    Raises:
        SettingsError: it is no TOML.
    """
    try:
        text = content.decode()
        if _DEEP_KEY.search(text):
            raise ValueError("a key of more than 20 parts")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also UnicodeDecodeError, and a number of too many digits
        reason = printable(str(error).partition("\n")[0][:200])
        raise SettingsError(f"{printable(file)} cannot be read as TOML ({reason}); {_REMEDY}") from error


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path, where it begins with `~` from a home folder; `~draft.md` is a name where nobody is called so."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def printable(text: object) -> str:
    """The text, written out where it holds what could command a terminal."""
    return str(text) if str(text).isprintable() else ascii(str(text))


@functools.cache
def warn_once(line: str) -> None:
    """Log a warning, which is a line on stderr where nobody has set up logging; each line once a process."""
    _log.warning("%s", line)


def _read_working_file(file: Path, check: Callable[[Values], object]) -> WorkingFile:
    file = file.absolute()
    try:
        content = content_of(file)
        values = {} if content is None else parsed(content, file)
    except SettingsError as error:
        return WorkingFile(file, fault=f"{error}; until then nothing in it counts")
    if not values or content is None:
        return WorkingFile(file)
    fault = ""
    try:
        if trusted_files.is_trusted(file, content):
            return WorkingFile(file, values)
    except SettingsError as error:
        fault = str(error)
    harmless = {name: value for name, value in values.items() if _is_harmless(name, value, check)}
    return WorkingFile(file, harmless, tuple(name for name in values if name not in harmless), fault)


def _is_harmless(name: str, value: Any, check: Callable[[Values], object]) -> bool:
    if name not in HARMLESS or (isinstance(value, str) and not _OUR_NAMES.fullmatch(value)):
        return False
    try:
        check({name: value})
    except SettingsError:
        return False
    return True


def _keys_apart(own: Values, working: WorkingFile, workspace: Values) -> tuple[WorkingFile, Values, list[str]]:
    """Have no key meet an address of another place: the working file that remains, keys to blank, and what to say."""
    in_force = {**workspace, **working.values, **own}
    from_folder = working.values.keys() - own.keys()
    over, remaining, warnings = {}, dict(working.values), []
    for key, settings in ADDRESSES.items():
        addresses = [
            name for name in settings if name in in_force and (name == "store" or "://" in str(in_force[name]))
        ]
        places = {name in from_folder for name in addresses}
        if places == {key in from_folder} or True not in {*places, key in from_folder} or not places:
            continue
        if True in places:
            over[key] = _BLANK.get(key)
        else:
            del remaining[key]
        if key in in_force:
            names = ", ".join(addresses)
            line = f"{key} is not used with {names}: {printable(working.file)} sets only some of them"
            warnings.append(f"{line}; set all in one place")
    return working._replace(values=remaining), over, warnings

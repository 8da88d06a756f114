"""Prompts edited and kept: what ships is never written to; what a person keeps is a file of the workspace.

    draft = read("answer/few-shot")
    fault = check(notes, "answer/few-shot", draft._replace(text=edited))     # None: it can be run
    keep(notes, "answer/few-shot", draft, "few-shot-brief")                  # a technique like any other from now on

A version that is kept gets a name of its own, so that every one stays to be compared with; it lies in the workspace's
folder `prompts/`, where the loader finds it (`vademecum/plugin_folders.py`).
"""

import re
from pathlib import Path

from vademecum import prompts
from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import PromptError, UsageError, WorkspaceError
from vademecum.prompts import drafts
from vademecum.prompts.drafts import Draft, Fault
from vademecum.prompts.front_matter import parse
from vademecum.workspace import Workspace

MAX_CHARS = 100_000
"""Longest template or file of examples that is taken."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_OWN_NAME = re.compile(r"^name:.*$", re.MULTILINE)
_OWN_EXAMPLES = re.compile(r"^examples:.*$", re.MULTILINE)
_VERSION = re.compile(r"-v(\d+)$")


def read(name: str) -> Draft:
    """The prompt called `name` as it is written, broken or not.

    Raises:
        UsageError: there is none.
        PromptError: its file, or that of its examples, cannot be read.
    """
    file = prompts.path(name)
    text = prompts.read(file)
    try:
        front, _ = parse(file, text)
    except PromptError:
        return Draft(text)
    return Draft(text, prompts.read(file.parent / front.examples) if front.examples else "")


def check(workspace: Workspace, name: str, draft: Draft) -> Fault | None:
    """What is wrong with a draft of the prompt called `name`, and where; None where it can be run."""
    for part, text in (("text", draft.text), ("examples", draft.examples)):
        if len(text) > MAX_CHARS:
            return Fault(part, 0, f"is longer than {MAX_CHARS:,} characters; a model would not be shown the end of it")
    try:
        with drafts.in_place({name: draft}):
            prompts.load(name, embeddings=workspace.library.embeddings if _chooses(draft) else None)
    except PromptError as error:
        return drafts.located(str(error), draft)
    return None


def is_own(workspace: Workspace, name: str) -> bool:
    """Whether the workspace keeps the prompt called `name`."""
    return prompts.path(name).is_relative_to(_folder(workspace))


def free_name(name: str) -> str:
    """A name for the next version of the prompt called `name`: few-shot-v2, few-shot-v3, ..."""
    area, _, last = name.rpartition("/")
    stem = _VERSION.sub("", last)
    names = set(prompts.names(area))
    return next(version for number in range(2, 10_000) if (version := f"{stem}-v{number}") not in names)


def keep(workspace: Workspace, name: str, draft: Draft, new: str) -> str:
    """Keep a draft of the prompt called `name` in the workspace under a new name; its whole name.

    Raises:
        UsageError: the new name is none, or there is a prompt of that name.
        PromptError: the draft is broken.
        WorkspaceError: the file cannot be written.
    """
    area = name.rpartition("/")[0]
    if not _NAME.fullmatch(new):
        raise UsageError(f"{new[:80]!r} cannot name a prompt; take small letters, digits and hyphens")
    if new in prompts.names(area):
        raise UsageError(f"there is a prompt named {new!r} already, and none is written over; take another name")
    if fault := check(workspace, name, draft):
        raise PromptError(f"the draft cannot be kept: line {fault.line} of its {fault.part}: {fault.problem}")
    folder = _folder(workspace) / area
    text = _OWN_NAME.sub(f"name: {new}", draft.text, count=1)
    if draft.examples:
        text = _OWN_EXAMPLES.sub(f"examples: {new}.examples.jsonl", text, count=1)
    try:
        if draft.examples:
            write_whole(folder / f"{new}.examples.jsonl", draft.examples.encode())
        write_whole(folder / f"{new}.md", text.encode())
    except OSError as error:
        raise WorkspaceError(f"{folder} cannot be written ({error.strerror}); {remedy(error)}") from error
    prompts.members.extend(workspace.settings.home)
    return f"{area}/{new}".lstrip("/")


def forget(workspace: Workspace, name: str) -> None:
    """Delete a version that the workspace keeps.

    Raises:
        UsageError: there is no such prompt, or it is not the workspace's.
    """
    file = prompts.path(name)
    if not is_own(workspace, name):
        raise UsageError(f"the prompt {name!r} ships with the application, or comes from a folder of plugins; it stays")
    file.unlink(missing_ok=True)
    file.with_suffix(".examples.jsonl").unlink(missing_ok=True)


def _folder(workspace: Workspace) -> Path:
    return workspace.settings.home / "prompts"


def _chooses(draft: Draft) -> bool:
    """Whether its examples are chosen by likeness, for which they must be compared."""
    return bool(re.search(r"^choose: *(?:similarity|mmr)", draft.text, re.MULTILINE))

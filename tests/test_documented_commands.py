"""Every command has help, the help is what the documents say, and the documents name no command that is not there."""

import re
import runpy
from pathlib import Path

import click
import pytest

from vademecum.cli import vade

ROOT = Path(__file__).resolve().parent.parent
HELPS = dict(runpy.run_path(str(ROOT / "docs" / "commands.py"))["helps"](vade, "vade"))
DOCS = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md") if page.name != "commands.md")
PAGES = ["README.md", "CONTRIBUTING.md", *DOCS]
OF_RUN = {"test", "setup", "lock"}
"""What `./run` does itself."""


def commands_in(text: str) -> list[list[str]]:
    """The words of each call of `vade` or `./run` in a document's code, up to where a comment or the code ends."""
    calls = re.findall(
        r"(?:\./run|\bvade) ((?:[^`\n#|]|\|\|)*)", "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.S))
    )
    return [call.split() for call in calls if call.strip()]


@pytest.mark.parametrize("name", HELPS)
def test_a_command_says_what_it_does_and_what_each_option_means(name: str) -> None:
    command: click.Command = vade
    for word in name.split()[1:]:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    assert command.help
    unexplained = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert unexplained == []


def test_the_reference_is_the_commands_own_help() -> None:
    reference = runpy.run_path(str(ROOT / "docs" / "commands.py"))["reference"]()
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == reference, "docs/commands.md is old; `.venv/bin/python docs/commands.py` writes it"


@pytest.mark.parametrize("page", PAGES)
def test_a_document_names_only_commands_that_exist(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    known = {name.split()[1] for name in HELPS if " " in name} | OF_RUN | {"ARGS"}
    unknown = [" ".join(words) for words in commands_in(text) if words[0].isalpha() and words[0] not in known]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES)
def test_a_document_names_only_options_that_exist(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for words in commands_in(text):
        options = [word for word in words if re.fullmatch(r"--[a-z-]+", word)]
        if words[0] in OF_RUN:
            continue
        names = ("vade " + " ".join(words[:2]), f"vade {words[0]}", "vade")  # a command of a command comes first
        here = next(HELPS[name] for name in names if name in HELPS)
        assert [option for option in options if option not in here] == [], f"{' '.join(words)} in {page}"


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    commands = {name for name in HELPS if name.count(" ") == 1}
    named = {f"vade {words[0]}" for words in commands_in(text)}
    assert commands - named == set()

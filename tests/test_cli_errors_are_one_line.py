"""Whatever is given, the command ends in one clear line on stderr, with the right exit code, and loses nothing."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

from vademecum.cli import run
from vademecum.core.settings import from_here, load_settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "cats.md").write_text("A cat sleeps up to sixteen hours a day.\n", "utf-8")
    home = tmp_path_factory.mktemp("workspace")
    assert run(["ingest", str(folder), "--home", str(home)]) == 0
    return home


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("vade: error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return code, err


ASKED = {
    "an empty question": (["ask", ""], 2, "empty"),
    "a blank question": (["ask", " \n "], 2, "empty"),
    "a question that is not text": (["ask", "why \udcff?"], 2, "UTF-8"),
    "no question": (["ask"], 2, "give a question"),
    "a question and a batch": (["ask", "why?", "--batch", "-"], 2, "give a question"),
    "100,000 characters": (["ask", "why " * 25_000], 2, "100,000 characters"),
    "100,000 characters to search": (["search", "why " * 25_000], 2, "100,000 characters"),
    "an unknown technique": (["ask", "why?", "--technique", "magic"], 2, "few-shot"),
    "an unknown model": (["ask", "why?", "--model", "frobnicate"], 2, "frobnicate"),
    "a model file that is not there": (["ask", "why?", "--model", "/nowhere/model.gguf"], None, "/nowhere/model.gguf"),
    "an unknown collection": (["ask", "why?", "--collection", "other"], 2, "default"),
    "an unknown mode": (["search", "why?", "--mode", "psychic"], 2, "best"),
    "a bad thread name": (["ask", "why?", "--thread", "../x"], 2, "cannot name a conversation"),
    "an unknown thread": (["thread", "show", "nobody"], 2, "nobody"),
    "an unknown graph": (["graph", "nothing"], 2, "answer"),
    "an unknown prompt": (["prompts", "show", "nothing"], 2, "assistant"),
    "an unknown tool": (["agent", "do it", "--tools", "telescope"], 2, "calculator"),
    "an agent without a model": (["agent", "do it", "--model", "extractive"], 2, "language model"),
    "an unknown agent": (["agent", "do it", "--agent", "nobody"], 2, "researcher"),
    "a run that does not wait": (["agent", "--resume", "nobody", "--decision", "approve"], 2, "nobody"),
    "an unknown source": (["forget", "nothing.md"], 2, "nothing.md"),
    "a path that is not there": (["ingest", "/nowhere/at/all"], 2, "/nowhere/at/all"),
    "an unknown command": (["frobnicate"], 2, "frobnicate"),
    "an unknown option": (["ask", "why?", "--frob"], 2, "--frob"),
    "a batch file that is not there": (["ask", "--batch", "/nowhere.jsonl"], 2, "/nowhere.jsonl"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code", "told"), ASKED.values(), ids=list(ASKED))
def test_a_wrong_call_is_refused_in_one_line(
    arguments: list[str], code: int | None, told: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, err = refused(capsys, *arguments, "--home", str(home))
    assert told in err
    assert len(err) < 500
    assert found == (code if code is not None else found)
    assert found in (1, 2)


@pytest.mark.parametrize("arguments", [["ask", "why?"], ["search", "why?"], ["ask", "--batch", os.devnull]])
def test_an_empty_workspace_says_how_to_add_documents(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = refused(capsys, *arguments, "--home", str(tmp_path / "new"))
    assert code == 1
    assert "vade ingest PATH" in err


def test_a_home_named_by_the_environment_starts_empty_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VADE_HOME", str(tmp_path / "named"))
    assert "vade ingest PATH" in refused(capsys, "ask", "why?")[1]


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    for command in (["ask", "why?"], ["ingest", str(tmp_path)], ["sources"], ["thread", "list"]):
        code, err = refused(capsys, *command, "--home", str(tmp_path / "file" / "home"))
        assert code == 1
        assert "file/home" in err


def test_doctor_finds_a_home_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert run(["doctor", "--json", "--home", str(tmp_path / "file" / "home")]) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert not checks["workspace"]["ok"]
    assert checks["workspace"]["remedy"]


@pytest.mark.slow
def test_a_workspace_of_a_newer_version_is_left_alone(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = tmp_path / "newer"
    assert run(["ingest", str(Path(__file__)), "--home", str(newer)]) in (0, 1, 2)
    file = newer / "catalogue.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 9999")
    before = file.read_bytes()
    code, err = refused(capsys, "ask", "why?", "--home", str(newer))
    assert code == 1
    assert "9999" in err
    assert file.read_bytes() == before


def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VADE_TRACING", "everywhere")
    code, err = refused(capsys, "ask", "why?")
    assert code == 2
    assert "tracing" in err


def test_a_name_may_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(home=Path("~nobody-of-this-name/x")).home == Path("~nobody-of-this-name/x")
    assert from_here("~draft.md") == Path("~draft.md")
    assert from_here("~/draft.md") == Path.home() / "draft.md"


@pytest.mark.parametrize("name", ["model", "plugins", "user"])
def test_a_path_of_no_file_system_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = r'"a\u0000b"'
    (tmp_path / "vade.toml").write_text(f"{name} = {f'[{text}]' if name == 'plugins' else text}")
    code, err = refused(capsys, "sources", "--home", str(tmp_path))
    assert (code, err) == (2, f"vade: error: setting '{name}': value error, holds a nul character\n")


def test_a_folder_that_was_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for command in (["sources"], ["ui", "--headless"], ["doctor"]):
        assert "the folder you are in has been removed; change to another" in refused(capsys, *command)[1]


def test_a_traceback_is_shown_only_with_debug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--debug", "ask", "why?", "--home", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("vade: error: ")


@pytest.mark.slow
def test_nothing_is_lost_by_errors(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["sources", "--json", "--home", str(home)]) == 0
    assert [source["path"] for source in json.loads(capsys.readouterr().out)["sources"]] == ["cats.md"]

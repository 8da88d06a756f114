"""A `vade.toml` in the folder where a person is may be a stranger's: it sets what does no harm, until it is trusted."""

import json
import logging
import os
import stat
import threading
from pathlib import Path

import pytest
from openai_server import openai_server
from streamlit.testing.v1 import AppTest

import vademecum
from vademecum import configuring, doctor
from vademecum.cli import run
from vademecum.core import trusted_files
from vademecum.core.errors import SettingsError
from vademecum.core.settings import Settings, checked, load_settings, origins
from vademecum.core.settings_sources import HARMLESS, MAX_BYTES, warn_once
from vademecum.models import chat_model

NOT_HARMLESS = {
    "sends questions, passages or keys to an address": "model embeddings graph_model tavily_url search_url "
    "search_engines weather_url geocoding_url openapi database store store_arguments tracing",
    "names code that is run": "plugins mcp community loaders",
    "is a key": "model_key tavily_key store_key trace_key",
    "opens what is guarded, or keeps what is left out": "web_private redact memory_facts user",
    "names another workspace": "home",
    "raises a limit, or what is spent": "threads context_tokens memory_tokens max_file_mb max_text_chars "
    "max_question_chars tool_seconds tool_chars max_pages max_ocr_pages max_archive_files max_archive_mb "
    "max_archive_ratio max_archive_depth max_site_pages web_seconds web_max_mb trace_frame_mb "
    "trace_spool_mb loader_seconds loader_mb",
    "has all documents stored anew": "splitter chunk_size chunk_overlap",
    "decides whether the documents answer": "refuse_below",
}
"""Why a setting is not to be had from an untrusted file. A new setting belongs here, or in HARMLESS with its reason."""

HOSTILE = {
    "model": "http://127.0.0.1:9/v1",
    "embeddings": "http://127.0.0.1:9/v1",
    "graph_model": "http://127.0.0.1:9/v1",
    "tavily_url": "http://127.0.0.1:9",
    "search_url": "http://127.0.0.1:9",
    "weather_url": "http://127.0.0.1:9",
    "database": "postgresql://127.0.0.1:9/x",
    "store": "evil.stores:Mine",
    "plugins": ["."],
    "redact": "off",
    "tracing": "off",
    "web_private": True,
    "user": "someone",
    "home": ".",
    "mode": "community:retrievers.WikipediaRetriever",
    "rerank": "community:x.Y",
    "technique": "../../x",
    "memory": "everything",
    "neighbours": 1000,
    "colour": "red",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "downloads"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.delenv("VADE_TRACING")
    warn_once.cache_clear()
    return place


def write(folder: Path, **values: object) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / "vade.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if not isinstance(value, dict)]
    for name, table in values.items():
        if isinstance(table, dict):
            lines += [f"[{name}.x]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    file.write_text("\n".join(lines), "utf-8")
    return file


def trust(file: Path) -> None:
    trusted_files.trust(file, file.read_bytes())


def unwrapped(printed: str) -> str:
    """What is printed, without the blanks and ends of lines, which depend on how long a path is."""
    return "".join(printed.split())


def test_every_setting_is_harmless_or_not_for_a_reason() -> None:
    reviewed = [name for names in NOT_HARMLESS.values() for name in names.split()]
    assert sorted([*reviewed, *HARMLESS]) == sorted(Settings.model_fields)


def test_what_could_do_harm_is_ignored_and_said_in_one_line(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = load_settings()
    file = write(
        folder, **HOSTILE, mcp={"command": "evil"}, openapi={"document": "http://127.0.0.1:9/x"}, fusion="zscore"
    )
    settings = load_settings()
    assert settings.model_dump() == {**before.model_dump(), "fusion": "zscore"}
    [line] = settings.warnings
    assert line.startswith(f"{file} is not trusted, so it does not set model, embeddings, graph_model, ")
    assert line.endswith("and 12 more; where you trust it: vade trust")
    load_settings()
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [line]


@pytest.mark.slow
def test_harmless_settings_are_taken_and_their_file_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(folder, mode="sparse+rerank", neighbours=3, model="http://127.0.0.1:9/v1")
    with vademecum.open(home=tmp_path / "home") as notes:
        setting = configuring.find(notes, "mode")
        assert (setting.value, setting.origin) == ("sparse+rerank", "./vade.toml")
        assert setting.fixed == f"{file} in the working folder sets it, and comes first"
        assert not configuring.find(notes, "model").fixed
        [finding] = [finding for finding in doctor.findings(notes) if finding.name == "working folder"]
    assert finding == ("working folder", True, f"{file} is not trusted, so it does not set model", finding.remedy)
    assert run(["doctor", "--home", str(tmp_path / "home")]) == 0
    printed = unwrapped(capsys.readouterr().out)
    assert unwrapped(f"mode = sparse+rerank ({file})") in printed
    assert unwrapped("model = auto (default)") in printed


def _settings_page(home: str) -> None:
    import vademecum
    from vademecum.ui.views import settings

    settings.show(vademecum.open(home=home))


@pytest.mark.slow
def test_the_settings_page_says_what_is_ignored(folder: Path, tmp_path: Path) -> None:
    write(folder, redact="off")
    app = AppTest.from_function(_settings_page, args=(str(tmp_path / "home"),), default_timeout=60).run()
    assert not app.exception
    [warning] = app.warning
    assert "is not trusted" in warning.value


@pytest.mark.parametrize(
    "kind", ["folder", "pipe", "large", "not TOML", "not text", "deep", "long key", "loop", "digits"]
)
def test_a_file_that_cannot_be_read_stops_nothing(folder: Path, kind: str) -> None:
    file = folder / "vade.toml"
    contents = {
        "not TOML": b"mode = ",
        "not text": b'mode = "\xff"',
        "deep": b"mode = " + b"[" * 50_000,
        "long key": b".".join([b"a"] * 30_000) + b" = 1",
        "digits": b"neighbours = " + b"9" * 50_000,
    }
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "large":
        with file.open("wb") as writer:
            writer.truncate(1_000_000_000)
    elif kind == "loop":
        file.symlink_to(file)
    else:
        file.write_bytes(contents[kind])
    settings = load_settings()
    assert settings.mode == "best"
    [line] = settings.warnings
    assert line.startswith(str(file))
    assert line.endswith("until then nothing in it counts")
    assert len(line) < 500


def test_the_workspaces_own_file_counts_also_where_one_is_in_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, model="extractive", weather_url="http://127.0.0.1:9")
    for home in (folder, Path("."), folder / ".." / folder.name):
        settings = load_settings(home=home)
        assert (settings.model, settings.warnings) == ("extractive", ())
    monkeypatch.setenv("VADE_HOME", str(folder))
    with vademecum.open() as notes:
        assert configuring.find(notes, "model").origin == "vade.toml"


def test_the_folder_of_the_person_is_meant_where_the_process_runs_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(folder, mode="sparse", model="extractive")
    monkeypatch.setenv("VADEMECUM_FOLDER", str(folder))
    monkeypatch.chdir(tmp_path)
    settings = load_settings(home="home")
    assert (settings.mode, settings.model, settings.home) == ("sparse", "auto", folder / "home")
    assert settings.warnings[0].startswith(str(file))


def test_names_and_paths_command_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a\x1b[2Jb"
    write(place).write_text('"\\u001b]0;x\\u0007" = 1\n"\\u202e" = 2', "utf-8")
    monkeypatch.chdir(place)
    [line] = load_settings().warnings
    assert line.isprintable()


def test_a_trusted_file_sets_everything_until_it_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(folder, model="extractive", mode="sparse", model_key="very-secret")
    assert run(["trust", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert unwrapped(out) == unwrapped(f"trusted: {file}")
    assert err.splitlines() == ["model = extractive", "mode = sparse", "model_key = **********"]
    assert (load_settings().model, load_settings().warnings) == ("extractive", ())
    file.write_text(file.read_text("utf-8") + "\n# \n", "utf-8")
    assert load_settings().model == "auto"
    assert run(["trust", "--list", "--json"]) == 0
    [entry] = json.loads(capsys.readouterr().out)["files"]
    assert (entry["file"], entry["state"]) == (str(file), "changed since, so not trusted")
    trust(file)
    assert load_settings().model == "extractive"
    assert run(["trust", "--remove"]) == 0
    assert load_settings().model == "auto"


def test_trust_is_of_a_place(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(write(folder, model="extractive"))
    write(tmp_path / "elsewhere", model="extractive")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_settings().model == "auto"
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(tmp_path / "link")
    assert load_settings().model == "extractive"


def test_what_a_link_leads_to_may_not_change_either(folder: Path, tmp_path: Path) -> None:
    target = write(tmp_path / "target", model="extractive")
    (folder / "vade.toml").symlink_to(target)
    trust(folder / "vade.toml")
    assert load_settings().model == "extractive"
    write(tmp_path / "target", model="http://127.0.0.1:9/v1")
    assert load_settings().model == "auto"


def test_trust_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    write(folder, model="extractive")
    assert run(["trust"]) == 1
    assert capsys.readouterr().err.endswith("not trusted\n")
    assert load_settings().model == "auto"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no vade.toml"),
        (["other.toml"], "no vade.toml"),
        (["broken"], "cannot be read as TOML"),
        (["unknown"], "no setting named 'colour'"),
    ],
)
def test_what_cannot_be_trusted_says_why(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "other.toml").write_text("", "utf-8")
    write(folder / "broken").write_text("mode", "utf-8")
    write(folder / "unknown", colour="red")
    assert run(["trust", *arguments, "--yes"]) == 2
    assert said in capsys.readouterr().err
    assert trusted_files.trusted_files() == ([], [])


def test_trust_is_kept_for_the_person_alone(folder: Path, own_home: Path) -> None:
    trust(write(folder, model="extractive"))
    [entry] = own_home.rglob("*trusted*/*")
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700


def test_two_that_trust_at_once_lose_nothing(tmp_path: Path) -> None:
    files = [write(tmp_path / str(number), model="extractive") for number in range(20)]
    threads = [threading.Thread(target=trust, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [trusted.file for trusted in trusted_files.trusted_files()[0]] == sorted(files)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"file": 3}', "[" * 100_000])
def test_a_damaged_entry_trusts_nothing_and_says_so(
    folder: Path, own_home: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    trust(write(folder, model="extractive", mode="sparse"))
    [entry] = own_home.rglob("*trusted*/*")
    entry.write_text(damage, "utf-8")
    settings = load_settings()
    assert (settings.model, settings.mode) == ("auto", "sparse")
    assert settings.warnings[0] == f"{entry} is damaged, so it trusts nothing; vade trust FILE writes it anew"
    assert run(["trust", "--list"]) == 0
    assert capsys.readouterr().err.startswith(f"{entry} is damaged")
    assert run(["trust", "--yes"]) == 0
    assert load_settings().model == "extractive"


URL = "http://127.0.0.1:9/v1"

APART = {
    "an address of the folder, a key of the person": ({"model": URL}, {"model_key": "k"}, {"model_key": ""}),
    "an address of the folder, the keyring's key": ({"model": URL}, {}, {"model_key": ""}),
    "both of the folder": ({"model": URL, "model_key": "f"}, {}, {"model_key": "f"}),
    "both, and a key of the person": ({"model": URL, "model_key": "f"}, {"model_key": "k"}, {"model_key": ""}),
    "both, and an address of the person": ({"model": URL, "model_key": "f"}, {"model": URL}, {"model_key": None}),
    "a key of the folder": ({"model_key": "f"}, {"model": URL}, {"model_key": None}),
    "two addresses of two places": ({"model": URL, "model_key": "f"}, {"embeddings": URL}, {"model_key": ""}),
    "an address that needs no key": ({"model": "extractive"}, {"model_key": "k"}, {"model_key": "k"}),
    "a default address": ({"tavily_key": "f"}, {}, {"tavily_key": "f"}),
    "another address of a search": ({"tavily_url": URL}, {"tavily_key": "k"}, {"tavily_key": None}),
    "a store of the folder": ({"store": URL}, {"store_key": "k"}, {"store_key": None}),
    "a class of the folder": ({"store": "a.b:C"}, {"store_arguments": {"password": "k"}}, {"store_arguments": {}}),
}
"""What a trusted file sets, what the environment sets, and the key that is then in force."""


@pytest.mark.parametrize(("folders", "persons", "in_force"), APART.values(), ids=list(APART))
def test_no_key_meets_an_address_of_another_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, folders: dict, persons: dict, in_force: dict
) -> None:
    file = write(folder)
    file.write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in folders.items()), "utf-8")
    trust(file)
    for name, value in persons.items():
        monkeypatch.setenv(f"VADE_{name.upper()}", value if isinstance(value, str) else json.dumps(value))
    settings = load_settings()
    [(key, value)] = in_force.items()
    assert getattr(settings, key) == getattr(checked({key: value}), key)
    is_lost = key in {**folders, **persons} and {**folders, **persons}[key] != value
    assert [line.partition(" is not used with ")[0] for line in settings.warnings] == [key] * is_lost
    assert value is not None or origins(settings, {})[key] != "./vade.toml"


def test_the_workspaces_key_is_the_persons(folder: Path) -> None:
    write(load_settings().home, model_key="k", embeddings=URL)
    file = write(folder, model=URL)
    trust(file)
    settings = load_settings()
    assert settings.model_key == checked({"model_key": ""}).model_key
    assert settings.warnings == (
        f"model_key is not used with model, embeddings: {file} sets only some of them; set all in one place",
    )


@pytest.mark.slow
def test_a_server_of_the_folder_gets_no_key_of_the_keyring(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("vademecum.core.keys.key_of", asked.append)
    with openai_server([]) as server:
        trust(write(folder, model=server.url))
        chat_model(server.url, load_settings())
        assert asked == []
        trust(write(folder, mode="sparse"))
        chat_model(server.url, load_settings())
        assert asked == ["server"]


def test_a_trusted_file_may_name_the_workspace(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "home", mode="sparse")
    trust(write(folder, home="../home"))
    settings = load_settings()
    assert (settings.home.resolve(), settings.mode) == (tmp_path / "home", "sparse")
    trust(write(folder, home=3))
    with pytest.raises(SettingsError, match="setting 'home'"):
        load_settings()


def test_a_file_as_large_as_is_read_takes_no_time(folder: Path) -> None:
    (folder / "vade.toml").write_text("# " + "x" * (MAX_BYTES - 20) + '\nmode = "sparse"', "utf-8")
    assert load_settings().mode == "sparse"

"""Settings changed in the application: written to the workspace's file, in force at once, fixed where others decide."""

import tomllib
from pathlib import Path

import pytest

import vademecum
from vademecum import Notebook, configuring, privacy
from vademecum.core.errors import SettingsError

WRITTEN = """\
# what I like
mode = "sparse"  # fast

[openapi.shop]
document = "shop.yaml"
"""


@pytest.fixture
def notes(tmp_path: Path) -> Notebook:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "vade.toml").write_text(WRITTEN, "utf-8")
    return vademecum.open(home=tmp_path / "home")


def written(notes: Notebook) -> str:
    return (notes.settings.home / "vade.toml").read_text("utf-8")


def test_a_change_keeps_comments_and_tables_and_holds_at_once(notes: Notebook) -> None:
    changed = configuring.change(notes, "mode", "dense")
    configuring.change(notes, "tool_seconds", 30.5)
    configuring.change(notes, "web_private", True)
    assert (changed.value, changed.origin) == ("dense", "vade.toml")
    assert (notes.settings.mode, notes.settings.tool_seconds, notes.settings.web_private) == ("dense", 30.5, True)
    assert "# what I like" in written(notes)
    assert 'mode = "dense"  # fast' in written(notes)
    held = tomllib.loads(written(notes))
    assert held["openapi"] == {"shop": {"document": "shop.yaml"}}
    assert (held["tool_seconds"], held["web_private"]) == (30.5, True)
    assert sorted(file.name for file in notes.settings.home.iterdir() if "vade" in file.name) == ["vade.toml"]
    again = configuring.reset(notes, "mode")
    assert (again.value, again.origin, notes.settings.mode) == ("best", "default", "best")
    assert "mode" not in tomllib.loads(written(notes))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("mode", "telepathy", "no mode named 'telepathy'; there are: best"),
        ("technique", "shouting", "no technique named 'shouting'"),
        ("tool_seconds", -1, "setting 'tool_seconds': input should be greater than 0"),
        ("model", " ", "needs a name"),
        ("colour", "red", "no setting named 'colour'"),
        ("plugins", "/x", "written by hand"),
        ("model_key", "k", "it holds a secret"),
        ("home", "/x", "start with --home"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(notes: Notebook, name: str, value: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        configuring.change(notes, name, value)
    assert written(notes) == WRITTEN


def test_what_the_environment_sets_is_fixed(notes: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VADE_MODE", "hybrid")
    setting = configuring.find(notes, "mode")
    assert (setting.origin, setting.fixed) == ("environment", "the environment sets VADE_MODE, which comes first")
    with pytest.raises(SettingsError, match="the environment sets VADE_MODE"):
        configuring.change(notes, "mode", "dense")


def test_what_the_working_folder_sets_is_fixed(
    notes: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vade.toml").write_text('technique = "few-shot"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="in the working folder sets it"):
        configuring.change(notes, "technique", "zero-shot")


def test_a_setting_that_needs_a_new_start_is_written_and_not_applied(notes: Notebook) -> None:
    setting = configuring.change(notes, "embeddings", "openai:text-embedding-3-small")
    assert setting.at_start
    assert notes.settings.embeddings == "embedded"
    assert tomllib.loads(written(notes))["embeddings"] == "openai:text-embedding-3-small"


def test_no_secret_is_ever_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VADE_MODEL_KEY", "very-secret")
    monkeypatch.setenv("VADE_MCP", '{"files": {"env": {"TOKEN": "very-secret"}}}')
    assert "very-secret" not in str(configuring.all_settings(vademecum.open(home=tmp_path)))


def test_what_leaves_the_machine_follows_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaving(**settings: object) -> list[str]:
        return [it.name for it in privacy.flows(vademecum.open(home=tmp_path, **settings)) if it.leaves]

    assert leaving() == leaving(model="http://localhost:8080/v1") == leaving(tracing="local") == []
    assert leaving(model="openai:gpt-5", tracing="langsmith") == ["Language model", "Traces"]
    assert leaving(model="https://me:pw@models.example/v1") == ["Language model"]
    assert "pw" not in str(privacy.flows(vademecum.open(home=tmp_path, model="https://me:pw@models.example/v1")))


def test_what_a_tool_sends_is_what_it_says_of_itself(tmp_path: Path) -> None:
    with vademecum.open(home=tmp_path) as notes:
        found = {it.name: it for it in privacy.tool_flows(notes)}
    assert (found["weather"].leaves, found["weather"].asks) == (True, True)
    assert (found["calculator"].leaves, found["calculator"].asks) == (False, False)

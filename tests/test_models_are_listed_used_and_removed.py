"""`vade models`: what there is and what is used, in words and as JSON; names of the catalogue are models everywhere."""

import io
import json
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_model import CONTENT, Site, serving, write_catalogue

from vademecum.cli import run
from vademecum.core.errors import ModelError
from vademecum.core.settings import load_settings, models_folder
from vademecum.models import chat_model, local_models
from vademecum.models.cores import total_memory
from vademecum.models.downloads import pull


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serves the only model of the catalogue, tiny."""
    with serving() as site:
        monkeypatch.setattr(local_models, "CATALOGUE", write_catalogue(tmp_path / "catalogue.toml", url=site.url))
        monkeypatch.setenv("VADE_HOME", str(tmp_path / "home"))
        yield site


class Vade:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        return run(["models", *arguments]), *self.capsys.readouterr()

    def json(self, *arguments: str) -> dict:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def vade(capsys: pytest.CaptureFixture[str]) -> Vade:
    return Vade(capsys)


def test_a_model_is_pulled_listed_used_and_removed(vade: Vade, site: Site, tmp_path: Path) -> None:
    before = vade.json("list")
    assert (before["used"], before["memory"], before["folder"]) == ("embedded", total_memory(), str(models_folder()))
    (row,) = before["models"]
    assert (row["name"], row["state"], row["fits"], row["in_use"]) == ("tiny", "not installed", True, False)
    _, out, err = vade("pull", "tiny")
    assert out.startswith("tiny is here: 1 MB, SHA-256 as pinned\nIt is used from now on")
    assert err.splitlines()[0] == "tiny: 0 of 1 MB, 1 MB left (from 127.0.0.1)"
    assert "checking its SHA-256" in err
    assert vade.json("use", "tiny") == {"model": "tiny", "used": "tiny", "origin": "vade.toml"}
    assert tomllib.loads((tmp_path / "home" / "vade.toml").read_text()) == {"model": "tiny"}
    _, out, _ = vade("list")
    assert "tiny  (installed, in use)\n  Tiny, by Nobody, MIT\n  1 MB; needs 0.0 GB of memory" in out
    assert "In use: tiny." in out
    assert vade.json("use", "auto") == {"model": "auto", "used": "tiny", "origin": "default"}
    assert vade.json("use", "embedded")["model"] == "embedded"
    gone = vade.json("remove", "tiny", "--yes")
    assert gone["freed"] >= len(CONTENT)
    assert vade.json("list")["models"][0]["state"] == "not installed"
    assert "tiny is not installed: nothing to remove" in vade("remove", "tiny")[1]
    assert [path.name for path in models_folder().rglob("*") if path.is_file()] == ["fetch.lock"]


def test_what_has_come_in_part_is_shown(vade: Vade, site: Site) -> None:
    stop = threading.Event()
    with pytest.raises(ModelError):
        pull("tiny", progress=lambda at: stop.set() if at.here > len(CONTENT) // 2 else None, stop=stop)
    (row,) = vade.json("list")["models"]
    assert row["state"] == f"{100 * row['here'] // len(CONTENT)} % here"
    assert not row["installed"]


def test_removing_asks_and_says_that_the_model_is_used(vade: Vade, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pull("tiny")
    vade("use", "tiny")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))  # nobody is there to answer
    code, out, err = vade("remove", "tiny")
    assert (code, out) == (130, "")
    assert "Remove tiny (1 MB), which this workspace uses?" in err
    assert vade.json("list")["models"][0]["installed"]
    _, out, _ = vade("remove", "tiny", "--yes")
    assert "This workspace is still set to it; to change that: vade models use embedded" in out
    code, _, err = vade("use", "tiny")
    assert (code, err) == (1, "vade: error: the model tiny is not installed; get it (1 MB): vade models pull tiny\n")


def test_removing_the_model_that_auto_is_says_what_is_used_then(vade: Vade, site: Site) -> None:
    pull("tiny")
    assert "In use: tiny (auto: the best that is installed" in " ".join(vade("list")[1].split())
    _, out, _ = vade("remove", "tiny", "--yes")
    assert out.endswith("This workspace uses embedded now\n")
    assert "In use: embedded (auto: no larger model is installed)" in " ".join(vade("list")[1].split())


def test_a_wrong_call_is_one_line(vade: Vade, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, line in {
        ("pull", "tyni"): "no model to pull named 'tyni'; did you mean 'tiny'? There are: tiny",
        ("remove", "tinny"): "no model to pull named 'tinny'; did you mean 'tiny'? There are: tiny",
        (
            "use",
            "tinny",
        ): "no model named 'tinny'; did you mean 'tiny'? Give one of: auto, embedded, extractive, a name of",
        ("pull", "tiny", "--from", "/nowhere"): "tiny cannot be fetched: /nowhere: there is no such file; 0 of 1 MB",
    }.items():
        code, out, err = vade(*arguments)
        assert code in (1, 2)
        assert out == ""
        assert err.splitlines()[-1].startswith(f"vade: error: {line}")
    monkeypatch.setenv("VADE_MODEL", "extractive")
    for name in ("auto", "embedded"):
        assert "the environment sets VADE_MODEL, which comes first" in vade("use", name)[2]


def test_a_name_of_the_catalogue_opens_its_file(site: Site) -> None:
    settings = load_settings()
    with pytest.raises(ModelError, match=r"not installed; get it \(1 MB\): vade models pull tiny"):
        chat_model("tiny", settings)
    file = pull("tiny")
    model = chat_model("tiny", settings)
    assert model is not None
    assert (model.path, model.model_name) == (file, "tiny")


@pytest.mark.slow
def test_the_small_model_of_the_catalogue_is_pulled_and_answers(small_model: str) -> None:
    """With the file that `./run models pull qwen-0.5b` fetched."""
    model = chat_model(small_model, load_settings())
    assert model is not None
    reply = model.invoke("What is the capital of France? Answer with one word.")
    assert "Paris" in str(reply.content)

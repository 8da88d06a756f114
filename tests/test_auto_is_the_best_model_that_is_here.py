"""The model `auto`: the best installed one that fits the machine, under its own name wherever a name is shown."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from raw_server import dribbling, raw_server
from tiny_model import CONTENT, NOWHERE, write_catalogue

import vademecum
from vademecum import Notebook, configuring, doctor, graph_context, graph_runs, model_use, privacy
from vademecum.cli import run
from vademecum.core.errors import ModelError
from vademecum.models import local_models
from vademecum.models.local_models import CATALOGUE, better_than_embedded, local_model, read, resolved

NOTE = "The lease of the house in Elm Street ends on 31 March 2028. The rent is 900 euros."
OFFER = "vade models pull tiny"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a catalogue of these models (name and fields) in the place of ours."""

    def write(**models: dict[str, Any]) -> None:
        texts = []
        for name, fields in models.items():
            text = write_catalogue(tmp_path / "one.toml", **fields).read_text("utf-8")
            texts.append(text.replace("[tiny]", f"[{name}]").replace(NOWHERE, f"{NOWHERE}/{name}.gguf"))
        file = tmp_path / f"{'-'.join(models)}.toml"
        file.write_text("\n".join(texts), "utf-8")
        monkeypatch.setattr(local_models, "CATALOGUE", file)

    return write


@pytest.fixture
def tiny(catalogue: Callable[..., None]) -> None:
    catalogue(tiny={})


@pytest.fixture
def notes(tmp_path: Path, tiny: None) -> Iterator[Notebook]:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "lease.txt").write_text(NOTE, "utf-8")
    with vademecum.open(tmp_path / "notes", home=tmp_path / "home") as notes:
        yield notes


def install(name: str, content: bytes = CONTENT) -> Path:
    path = local_model(name).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_best_that_fits_the_machine_is_taken_by_what_files_there_are(catalogue: Callable[..., None]) -> None:
    catalogue(good={"rank": 2}, large={"rank": 9, "memory": 1 << 60}, small={"rank": 1})
    assert resolved("auto") == "embedded"
    for name, best in (("large", "embedded"), ("small", "small"), ("good", "good")):
        install(name)
        assert resolved("auto") == best
    install("good", CONTENT[:-1])
    assert resolved("auto") == "small"
    assert [resolved(name) for name in ("good", "extractive", "openai:auto")] == ["good", "extractive", "openai:auto"]


def test_why_a_model_is_not_taken_is_said(catalogue: Callable[..., None], tmp_path: Path) -> None:
    catalogue(large={"memory": 90_000_000_000_000})
    install("large")

    def line() -> str:
        with vademecum.open(home=tmp_path / "home") as notes:
            return next(finding.message for finding in doctor.findings(notes) if finding.name == "model")

    assert line().startswith("embedded (auto: large needs 90000.0 GB of memory, and this machine has ")
    catalogue(tiny={})
    assert line().startswith("embedded (auto: no larger model is installed): very small")
    install("tiny")
    assert line() == "tiny (auto: the best that is installed and fits this machine's memory)"


def test_every_place_sees_the_name_that_auto_stands_for(notes: Notebook, tmp_path: Path) -> None:
    assert (notes.settings_as_set.model, notes.settings.model) == ("auto", "embedded")
    install("tiny")
    for choices in ({}, {"model": "auto"}):
        assert graph_runs.trace_metadata(notes, "answer", choices)["model"] == "tiny"
        assert graph_context.context(notes, "answer", choices).model_name == "tiny"
    assert (notes.settings.model, notes.library.settings.model) == ("tiny", "tiny")
    assert configuring.find(notes, "model").value == "auto"
    assert configuring.find(notes, "model").choices == ("auto", "embedded", "extractive", "tiny")
    configuring.change(notes, "mode", "sparse")
    assert (notes.settings_as_set.model, notes.settings.model) == ("auto", "tiny")
    assert not privacy.flows(notes)[0].leaves
    configuring.change(notes, "graph_model", "auto")
    assert notes.library.settings.graph_model == "tiny"
    install("tiny", b"GGUF")
    assert notes.model_name() == "embedded"


def test_an_address_that_ends_like_a_file_is_no_model_of_this_process(tmp_path: Path) -> None:
    with vademecum.open(home=tmp_path, model="https://models.example/v1.gguf") as notes:
        assert privacy.flows(notes)[0].leaves


def test_a_model_removed_while_in_use_is_one_line_and_the_next_run_falls_back(notes: Notebook) -> None:
    name = (install("tiny"), notes.model_name())[1]
    local_model("tiny").path.unlink()
    with pytest.raises(ModelError, match="the model tiny is not installed; get it"):
        notes.model(name)
    assert graph_runs.trace_metadata(notes, "answer", {})["model"] == "embedded"


@pytest.mark.slow
def test_the_first_ask_says_once_how_to_get_a_better_model(
    notes: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VADE_HOME", str(tmp_path / "home"))
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": 1, "question": "Who invented the telescope?"}), "utf-8")

    def said(*arguments: str) -> str:
        assert run(["ask", *arguments]) == 0
        return capsys.readouterr().err

    assert OFFER not in said("Who invented the telescope?", "--json")
    assert OFFER not in said("--batch", str(questions))
    line = said("Who invented the telescope?")
    assert line == (
        "answers are written by a very small model; a better one, on this machine too: vade models pull tiny "
        "(0.0 GB, once, MIT)\n"
    )
    assert said("Who invented the telescope?") == ""


def test_nothing_is_proposed_where_a_better_one_is_there_or_none_fits(
    catalogue: Callable[..., None], notes: Notebook
) -> None:
    assert model_use.offer(notes) == local_model("tiny")
    with vademecum.open(home=notes.settings.home, model="embedded") as named:
        assert model_use.offer(named) is None
    install("tiny")
    assert model_use.offer(notes) is None
    catalogue(huge={"memory": 1 << 60}, untried={"offered": 0})
    assert better_than_embedded() is None


def test_what_ships_proposes_the_models_that_were_run_here() -> None:
    models = read(CATALOGUE)
    assert [name for name, model in models.items() if model.offered] == ["qwen-1.5b", "qwen-0.5b"]
    assert len({model.rank for model in models.values()}) == len(models)
    assert models["qwen-1.5b"].rank > models["qwen-0.5b"].rank


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def looked(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[str]:
    """What is offered where both ports give this answer; nothing else of them is asked."""
    with raw_server(answer) as server:
        for program in ("OLLAMA", "LM_STUDIO"):
            monkeypatch.setattr(model_use, program, server.url.rstrip("/"))
        names = [alternative.name for alternative in model_use.of_servers()]
        assert sorted(request.split()[1] for request in server.asked) == [b"/api/tags", b"/v1/models"]
        return names


def test_models_of_servers_on_this_machine_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {"models": [{"name": "qwen3:4b"}, {"name": "a\x1b[2J"}], "data": [{"id": "lm/model-1"}]}
    names = looked(monkeypatch, http(json.dumps(listed).encode()))
    assert names[-1].endswith("/v1")
    assert names[0] == "ollama:qwen3:4b" or names[0].endswith("/v1")
    assert len(names) == 2


@pytest.mark.parametrize(
    "answer",
    [
        http(b"[" * 100_000),
        http(b'{"models": 7, "data": {"id": "x"}}'),
        http(json.dumps({"models": [{"name": "<b>" * 9}], "data": [{"id": ["x"]}]}).encode()),
        http(b"0" * 3_000_000),
        http(b"", "302 Found", "Location: http://192.0.2.1/v1"),
        http(b"{}", "500 No"),
        b"not http",
        dribbling(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x" * 900, 90),
    ],
    ids=["nested", "odd", "names", "large", "elsewhere", "error", "no http", "slow"],
)
def test_what_a_stranger_answers_there_leads_to_nothing(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr(model_use, "LOOK_SECONDS", 0.3)
    assert looked(monkeypatch, answer) == []


def test_a_provider_is_offered_where_its_key_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_use.of_providers() == []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none-of-anybody")
    [offer] = model_use.of_providers()
    assert offer == ("openai:gpt-5-mini", "OPENAI_API_KEY is set", True)

"""`--json` prints exactly the keys that DESIGN's contracts name, one line, and nothing else on stdout."""

import json
from pathlib import Path
from typing import Any

import pytest

from vademecum.cli import run

ANSWER = {"id", "answer", "abstained", "confidence", "sentences", "citations", "nearest", "model", "run_id"} | {
    "thread_id",
    "seconds",
}
CITATION = {"path", "start", "end", "quote", "page", "line", "place"}
REPORT = {"sources", "added", "updated", "unchanged", "deleted", "passages", "failed", "notes", "seconds"}
NOTES = {
    "cats.md": "# Cats\n\nA cat sleeps up to sixteen hours a day. 🐈 The Turkish Van likes to swim.\n\n"
    "A clowder is a group of cats.\n",
    "sub/tea.txt": "Green tea is brewed at eighty degrees Celsius, and for two minutes at most.\n",
}


def write(folder: Path, notes: dict[str, str]) -> Path:
    for name, text in notes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("notes"), NOTES)


@pytest.fixture(scope="module")
def home(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("workspace")
    assert run(["ingest", str(notes), "--home", str(home)]) == 0
    return home


@pytest.fixture
def vade(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command with `--json`; what it printed, as objects, one a line."""

    def call(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run([*arguments, "--json", "--home", str(home)]) == code
        out = capsys.readouterr().out
        rows = [json.loads(line) for line in out.splitlines()]
        return rows[0] if len(rows) == 1 else rows

    return call


@pytest.mark.slow
def test_ingest_tells_what_it_did(vade: Any, notes: Path) -> None:
    report = vade("ingest", str(notes))
    assert set(report) == REPORT
    assert (report["sources"], report["unchanged"], report["added"], report["failed"]) == (2, 2, 0, [])


@pytest.mark.slow
def test_ingest_names_what_it_could_not_read(notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "some", {"good.md": "Some words.\n", "empty.md": ""})
    (folder / "bad.md").write_bytes(bytes(range(256)) * 20)
    assert run(["ingest", str(folder), "--json", "--home", str(tmp_path / "home")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["added"] >= 1
    assert {"path", "error"} == set().union(*report["failed"])
    assert "bad.md" in [failed["path"] for failed in report["failed"]]


@pytest.mark.slow
def test_search_gives_passages_with_their_place(vade: Any, notes: Path) -> None:
    found = vade("search", "how long do cats sleep", "-k", "2")
    assert set(found) == {"id", "hits"}
    assert set(found["hits"][0]) == {"path", "start", "end", "text", "score", "page", "line", "place"}
    hit = found["hits"][0]
    assert (notes / hit["path"]).read_text("utf-8")[hit["start"] : hit["end"]] == hit["text"]
    assert len(found["hits"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["best", "dense", "sparse", "hybrid"])
def test_search_takes_a_mode(vade: Any, mode: str) -> None:
    assert vade("search", "green tea", "--mode", mode)["hits"][0]["path"] == "sub/tea.txt"


def test_ask_cites_the_exact_characters(vade: Any, notes: Path) -> None:
    answer = vade("ask", "How many hours does a cat sleep?", "--model", "extractive")
    assert set(answer) == ANSWER
    assert not answer["abstained"]
    assert answer["model"] == "extractive"
    assert len(answer["run_id"]) == 36
    for sentence in answer["sentences"]:
        assert {"text", "verdict", "citations"} <= set(sentence)
        assert sentence["verdict"] == "supported"
        assert sentence["citations"]
        assert all(0 <= number < len(answer["citations"]) for number in sentence["citations"])
    for citation in answer["citations"]:
        assert set(citation) == CITATION
        text = (notes / citation["path"]).read_text("utf-8")
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert "sixteen" in answer["answer"]


def test_ask_abstains_with_the_nearest_passages(vade: Any) -> None:
    answer = vade("ask", "Which treaty ended the Thirty Years' War?", "--model", "extractive")
    assert set(answer) == ANSWER
    assert answer["abstained"]
    assert answer["sentences"] == answer["citations"] == []
    assert set(answer["nearest"][0]) == CITATION


def test_a_conversation_is_named_listed_and_shown(vade: Any) -> None:
    first = vade("ask", "How many hours does a cat sleep?", "--model", "extractive", "--thread", "cats.1")
    assert first["thread_id"] == "cats.1"
    listed = vade("thread", "list")["threads"]
    assert [(thread["id"], thread["turns"]) for thread in listed] == [("cats.1", 1)]
    shown = vade("thread", "show", "cats.1")
    cited = shown["turns"][0]["answer"]["citations"]
    assert [citation.pop("standing")["state"] for citation in cited] == ["stands"] * len(cited)
    assert cited == first["citations"]
    assert shown["turns"][0]["answer"]["run_id"] == first["run_id"]
    assert vade("ask", "How many hours does a cat sleep?", "--model", "extractive")["thread_id"] is None


@pytest.mark.slow
def test_batches_answer_line_by_line_in_order(vade: Any, tmp_path: Path) -> None:
    last = '{"id": "e", "question": "At how many degrees is green tea brewed?"}'
    rows = [
        '{"id": "a", "question": "Do cats swim?"}',
        "",
        "not json",
        '{"id": 7}',
        '{"id": "d", "question": ""}',
        "[]",
        last,
    ]
    batch = tmp_path / "rows.jsonl"
    batch.write_text("\n".join(rows), "utf-8")
    answers = vade("ask", "--batch", str(batch), "--model", "extractive", code=1)
    assert [row["id"] for row in answers] == ["a", None, 7, "d", None, "e"]
    assert [set(row) == ANSWER for row in answers] == [True, False, False, False, False, True]
    assert all(set(row) == {"id", "error"} for row in answers[1:5])
    hits = vade("search", "--batch", str(batch), code=1)
    assert set(hits[0]) == {"id", "hits"}
    assert hits[-1]["hits"][0]["path"] == "sub/tea.txt"


@pytest.mark.slow
def test_where_two_folders_hold_the_same_path_the_folder_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--json", "--home", str(tmp_path / "home")]
    one = write(tmp_path / "one", {"a.md": "Cats sleep a lot.\n", "b.md": "Tea is green.\n"})
    two = write(tmp_path / "two", {"a.md": "Cats swim rarely.\n"})
    assert run(["ingest", str(one), str(two), *home]) == 0
    capsys.readouterr()
    assert run(["search", "cats and tea", *home]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    roots = {(hit["path"], hit.get("root")) for hit in hits}
    assert roots == {("a.md", str(one)), ("a.md", str(two)), ("b.md", None)}


@pytest.mark.slow
def test_sources_and_forget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--json", "--home", str(tmp_path / "home")]
    folder = write(tmp_path / "some", {"a.md": "Cats sleep.\n", "b.md": "Tea is green.\n"})
    assert run(["ingest", str(folder), *home]) == 0
    assert run(["forget", "a.md", *home]) == 0
    assert run(["sources", *home]) == 0
    _, forgotten, left = map(json.loads, capsys.readouterr().out.splitlines())
    assert [source["path"] for source in forgotten["forgotten"]] == ["a.md"]
    assert [source["path"] for source in left["sources"]] == ["b.md"]
    assert {"id", "path", "root", "title", "kind", "sha256", "pages", "added_at"} <= set(left["sources"][0])
    assert (folder / "a.md").exists()


def test_graph_draws_the_nodes_that_run(vade: Any) -> None:
    drawn = vade("graph", "answer")
    assert {"name", "format", "picture"} <= set(drawn)
    assert all(node in drawn["picture"] for node in ("retrieve", "verify", "repair", "abstain", "draft_few_shot"))
    assert "<svg" in vade("graph", "answer", "--format", "svg")["picture"]


def test_prompts_are_listed_and_shown(vade: Any) -> None:
    names = [prompt["name"] for prompt in vade("prompts", "list")["prompts"]]
    assert {"assistant", "answer/zero-shot", "answer/few-shot", "answer/chain-of-thought", "answer/negative"} <= set(
        names
    )
    assert "## system" in vade("prompts", "show", "assistant")["text"]


def test_doctor_tells_every_setting_and_what_it_found(vade: Any, home: Path) -> None:
    told = vade("doctor")
    assert set(told) == {"ok", "settings", "versions", "checks"}
    origins = {setting["name"]: (setting["value"], setting["origin"]) for setting in told["settings"]}
    assert origins["home"] == (str(home), "argument")
    assert origins["tracing"] == ("off", "environment")  # as the tests have it
    assert told["ok"]
    assert {"workspace", "index", "tracing", "embedding weights"} <= {check["name"] for check in told["checks"]}

"""`vade trace` lists, shows, measures, compares and exports what was traced."""

import html.parser
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from traced_runs import client, run

from vademecum.cli import run as vade
from vademecum.tracing.store import ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.operations import Operation

FIRST = run("answer", number=1, inputs={"question": "Why <b>bold</b>?\x1b[31m"})
STEP = run("retrieve", parent=FIRST, number=2, outputs={"found": "x" * 400},
           extra={"metadata": {"langgraph_node": "retrieve"}})  # fmt: skip
SECOND = run("answer", number=3, start_time="2026-01-02T03:05:05+00:00", end_time="2026-01-02T03:05:15+00:00")
BROKEN = run("retrieve", parent=SECOND, number=4, error="ValueError('it <broke>')", outputs={})
OTHER = run("chat", number=5, start_time="2026-01-03T03:05:05+00:00", end_time=None, outputs={}, session_name="other")
RUNS = [FIRST, STEP, SECOND, BROKEN, OTHER]
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Database(tmp_path) as database:
        database.write(lambda connection: ingest.apply(connection, [Operation("post", it["id"], it) for it in RUNS]))
    return tmp_path


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = vade(["trace", *arguments, "--home", str(home)])
        return code, *capsys.readouterr()

    return call


def as_json(say: Say, *arguments: str) -> Any:
    code, out, err = say(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def ids(say: Say, *arguments: str) -> list[str]:
    return [found["id"] for found in as_json(say, "list", *arguments)["runs"]]


def test_list_shows_the_latest_first_and_filters(say: Say) -> None:
    first, second, other = FIRST["id"], SECOND["id"], OTHER["id"]
    assert ids(say) == [other, second, first]
    assert ids(say, "--project", "tests") == [second, first]
    assert ids(say, "--status", "pending") == [other]
    assert ids(say, "--slower", "5") == [second]
    assert ids(say, "--name", "a*r") == [second, first]
    assert ids(say, "--since", "2026-01-03") == [other]
    assert ids(say, "--since", "1d") == []
    assert ids(say, "--all", "--status", "error") == [BROKEN["id"]]
    assert ids(say, "--all", "--text", "it broke") == [BROKEN["id"]]
    assert ids(say, "--filter", 'eq(name, "chat")') == [other]
    assert ids(say, "-n", "1") == [other]


def test_list_is_one_line_a_run_without_control_characters(say: Say) -> None:
    _, out, _ = say("list", "--project", "tests")
    assert len(out.strip().splitlines()) == 2
    assert FIRST["id"][:8] in out
    assert "Why <b>bold</b>?" in out
    assert "\x1b" not in out


def test_show_tells_the_tree_by_the_beginning_of_an_id(say: Say) -> None:
    code, out, _ = say("show", FIRST["id"][:12])
    assert code == 0
    assert out.index("answer") < out.index("  ✓ retrieve")
    assert "1.000 s" in out
    assert "--full shows all" in out
    assert "x" * 400 in say("show", FIRST["id"], "--full")[1]
    assert [found["name"] for found in as_json(say, "show", SECOND["id"])["runs"]] == ["answer", "retrieve"]
    assert "it <broke>" in say("show", SECOND["id"])[1]


def test_stats_measure_by_graph_node_and_day(say: Say) -> None:
    found = as_json(say, "stats")
    assert (found["all"]["runs"], found["all"]["pending"]) == (3, 1)
    answer = next(group for group in found["graph"] if group["name"] == "answer")
    assert (answer["runs"], answer["p50"], answer["p95"]) == (2, 1.0, 10.0)
    assert [group["name"] for group in found["node"]] == ["retrieve"]
    assert [group["name"] for group in found["day"]] == ["2026-01-02", "2026-01-03"]
    types = as_json(say, "stats", "--by", "type", "--project", "tests")["type"]
    assert types[0]["error_rate"] == 0.25
    assert "p95" in say("stats")[1]


def test_diff_sets_two_runs_of_a_graph_side_by_side(say: Say) -> None:
    steps = as_json(say, "diff", FIRST["id"], SECOND["id"])["steps"]
    assert [step["path"] for step in steps] == [["answer"], ["answer", "retrieve"]]
    assert steps[0]["changed"] == ["inputs"]
    assert set(steps[1]["changed"]) == {"status", "outputs", "error"}
    assert "≠" in say("diff", FIRST["id"], SECOND["id"])[1]
    code, _, err = say("diff", FIRST["id"], OTHER["id"])
    assert (code, "different graphs" in err) == (2, True)


def test_export_writes_runs_as_lines(say: Say, tmp_path: Path) -> None:
    lines = say("export", "--project", "tests")[1].splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["answer", "retrieve", "answer", "retrieve"]
    say("export", "-o", str(tmp_path / "out.jsonl"))
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "zzzz"), 1, "no run 'zzzz'"),
        (("show", ""), 1, "no run ''"),
        (("list", "--project", "nope"), 1, "no project named 'nope'; there are: "),
        (("list", "--filter", "eq(name"), 1, "ends too early"),
        (("list", "--since", "soon"), 1, "not a time"),
        (("list", "--slower", "-1"), 2, "-1"),
        (("serve", "--host", "0.0.0.0"), 2, "needs a key"),
    ],
)
def test_a_wrong_call_is_one_line(say: Say, arguments: tuple[str, ...], code: int, told: str) -> None:
    found, out, err = say(*arguments)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert told in err


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert vade(["trace", "list", "--home", str(tmp_path)]) == 0
    assert "vade ask" in capsys.readouterr().out


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_a_runs_page_is_self_contained_and_escaped(home: Path) -> None:
    with Database(home) as database:
        reply = client(database).get(f"/runs/{FIRST['id']}", headers={"accept": "text/html"})
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    page = _Page()
    page.feed(reply.text)
    assert page.links == []
    assert not {"script", "img", "link", "iframe", "b"} & set(page.tags) - {"b"}
    assert "Why &lt;b&gt;bold&lt;/b&gt;?" in reply.text

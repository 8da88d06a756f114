"""Makes a small workspace by this release, and records what it holds and what can be done with it.

    PYTHONPATH=.:tests python tests/data/make_workspace.py tests/data/workspace-0.1.0

Writes `<name>.tar.xz` (the folder `home` and its `backup.zip`) and `<name>.json`. To be run from a checkout of a
release, before anything of the next one is written (the answers of "ask", "fork" and "go on" have been recorded anew
since, as they became one sentence): `test_a_workspace_of_the_last_release_still_works.py` then holds
the next to it. The notes lie in `/notes` while it runs, and what fails or waits is not traced (a traceback names
files), so that no path of a machine is stored.
"""

import contextlib
import json
import os
import platform
import signal
import sqlite3
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import langsmith.env
from model_server import calls, says, serving
from stored_workspaces import DEEDS, FORGETTABLE, contents

import vademecum
from vademecum import Notebook, prompt_results, prompting, side_by_side, tracing
from vademecum.cli import run
from vademecum.core.errors import VademecumError
from vademecum.tracing.server_address import place

NOTES = Path("/notes")
TEXTS = {
    FORGETTABLE: """# The vault of the Harbour Bank

The vault of the Harbour Bank opens with a number that only the porter Zebedee Quill knows by heart.
He whispers it to the night heron every evening before the ferry leaves for Groenland.
""",
    "trees.md": """# Trees of the park

The old lime tree in the middle of the park was planted when the bridge was finished in 1874.
The two elms beside the pond were planted by the gardener Ada Lindqvist.
""",
    "bridge.txt": """The bridge over the river was finished in 1874 after seven years of work.
Its engineer was James Eads, who had never built a bridge before.
""",
}
CASES = [
    {
        "id": "vault",
        "question": "Who knows the number of the vault?",
        "evidence": "only the porter Zebedee Quill knows",
    },
    {"id": "lime", "question": "When was the lime tree planted?", "evidence": "planted when the bridge was finished"},
    {"id": "none", "question": "How do volcanoes erupt under the sea?", "answerable": False},
]
ERRAND = "Open the page http://127.0.0.1:9/list and tell me what is on it"
OPENS = calls(("read_page", {"url": "http://127.0.0.1:9/list"}))


def main(target: Path) -> None:
    """Write the workspace and the record."""
    platform.platform = lambda *_: "Linux"  # traces name the machine
    os.environ["LANGCHAIN_REVISION_ID"] = "release"
    langsmith.env.get_git_info = lambda *_: {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "made")
        fill(folder / "home")
        assert run(["--home", str(folder / "home"), "backup", str(folder / "backup.zip")]) == 0
        pack(folder, target.with_suffix(target.suffix + ".tar.xz"))
        record = {"contents": contents(folder / "home")}
        for number, (name, deed) in enumerate(DEEDS.items()):
            with tarfile.open(f"{target}.tar.xz") as archive:
                archive.extractall(Path(scratch, str(number)), filter="data")
            record[name] = deed(Path(scratch, str(number), "home"))
    Path(f"{target}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def fill(home: Path) -> None:
    """The workspace."""
    NOTES.mkdir(exist_ok=True)
    for name, text in TEXTS.items():
        (NOTES / name).write_text(text, "utf-8")
    settings: Any = {"home": home, "model": "extractive", "redact": "off"}
    with vademecum.open(NOTES, tracing="local", **settings) as notes:
        converse(notes)
        compose(notes)
        measure(notes)
        tracing.flush()
    with vademecum.open(tracing="off", **settings) as notes:
        wait(notes)
        cut_off(notes)
    for name in TEXTS:
        (NOTES / name).unlink()


def converse(notes: Notebook) -> None:
    """Answers with citations, a follow-up, refusals, small talk, a calculation, facts, a report, a branch."""
    first = notes.ask("Who knows the number of the vault?", thread="bank")
    notes.feedback(first.run_id, 1, "Right.")
    notes.ask("What does he whisper to the heron?", thread="bank")
    notes.ask("How do volcanoes erupt under the sea?", thread="bank")
    notes.ask("When was the bridge finished?", thread="bridge", path="bridge*")
    for message in (
        "Hello!",
        "When was the lime tree planted?",
        "What is 17.5% of 2,340?",
        "Remember that I prefer tea.",
        "What do I prefer?",
    ):
        list(notes.stream(message, graph="chat", thread="talk"))
    notes.facts().add("I live by the harbour.")
    list(notes.stream("Who planted the elms, and who built the bridge?", graph="research", thread="report"))
    list(notes.go_on(notes.branch("bank", 1, "Where does the ferry go?")))


def wait(notes: Notebook) -> None:
    """Runs that wait for a person: an agent's, the chat's, a plan's."""
    with serving(OPENS) as server:
        assert notes.agent(ERRAND, thread="errand", model=server.url).waiting
    with serving(says('{"to": "assistant"}'), OPENS) as server:
        list(notes.stream(ERRAND, graph="chat", thread="chat-errand", model=server.url))
        assert notes.pending("chat-errand")
    with serving(says('{"steps": ["Open the page"]}'), OPENS) as server:
        assert notes.plan(ERRAND, thread="plan-errand", model=server.url).waiting


def compose(notes: Notebook) -> None:
    """What a model writes: an answer that is checked, a chain, a program."""
    quote = "The bridge over the river was finished in 1874 after seven years of work."
    draft = {"sentences": [{"quotes": [quote], "text": "The bridge over the river was finished in 1874."}]}
    with serving(says(json.dumps(draft))) as server:
        notes.ask("When was the bridge over the river finished?", thread="written", model=server.url)
    replies = ("1. The bridge", "The bridge opened.", "Say when.", "The bridge opened in 1874.")
    with serving(*map(says, replies)) as server:
        list(prompting.run_chain(notes, "article", TOPIC, thread="article", model=server.url))
    with serving(says("```python\nprint(6 * 7)\n```")) as server:
        list(notes.stream("What is 6 times 7?", graph="code", thread="program", model=server.url))


TOPIC = {"topic": "the bridge", "audience": "children"}


def cut_off(notes: Notebook) -> None:
    """Runs that ended before their end: one within an answer, one whose model failed at the last step of a chain."""
    notes.fork("bridge", at="2", to="cut-off")
    script = map(says, ("1. The bridge", "The bridge opened.", "Say when."))
    with serving(*script) as server, contextlib.suppress(VademecumError):
        list(prompting.run_chain(notes, "article", TOPIC, thread="cut-off-chain", model=server.url))
        raise AssertionError("the chain came to its end")


def measure(notes: Notebook) -> None:
    """Experiments, kept in the trace store too, and results of a prompt."""
    home = notes.settings.home
    cases = home.parent / "rules.jsonl"
    cases.write_text("".join(json.dumps(case) + "\n" for case in CASES), "utf-8")
    for variant in ("model=extractive", "model=extractive,mode=sparse"):
        assert run(["--home", str(home), "eval", "run", str(cases), "--variant", variant]) == 0
    if server := place(home):
        os.kill(server.pid, signal.SIGTERM)
    cases.unlink()
    draft = {"sentences": [{"quotes": ["The two elms beside the pond"], "text": "The two elms beside the pond."}]}
    with serving(says(json.dumps(draft))) as server:
        contender = side_by_side.Contender("answer/zero-shot", server.url)
        results = tuple(side_by_side.run(notes, [contender], {"question": "Where are the two elms?"}))
    assert not results[0].error, results
    prompt_results.keep(home, prompt_results.Trial("answer/zero-shot", results=results))


def pack(folder: Path, target: Path) -> None:
    """The folder as one archive, its databases without free pages and logs."""
    for file in [*folder.rglob("*.db"), *folder.rglob("*.sqlite"), *folder.rglob("*.sqlite3")]:
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        passing = member.name.endswith((".lock", ".log", ".pid", "-wal", "-shm")) or "/." in member.name
        return None if passing else member

    with tarfile.open(target, "w:xz", preset=9) as archive:
        for member in sorted(folder.iterdir()):
            archive.add(member, member.name, filter=without_owner)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

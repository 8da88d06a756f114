"""Every command and every program of the README is run as it stands there, and what it prints is what is promised."""

import json
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import transcript
from guarded import Guarded
from transcript import Outcome, Step

import vademecum

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")

PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.S)
COLUMNS = {"command", "run it"}
"""Heads of the columns that hold commands."""

ELSEWHERE = {
    "git clone <this repository> vademecum && cd vademecum": "CI does it",
    "./run": "is `./run ui`: tests/test_run_script.py",
    "./run ui": "tests/test_cli_ui_serves_this_machine_only.py",
    "langgraph dev --allow-blocking": "tests/test_langgraph_dev_serves_every_graph.py",
    "./run ARGS": "stands for all the others",
    "./run models pull qwen-1.5b": "fetches 1.1 GB: tests/test_models_are_pulled_whole.py fetches less",
    "./run test": "would run itself; CI does it",
    "./run setup EXTRA...": "changes the environment; CI does it, and tests/test_run_script.py",
}
"""Every command of the README that is not run here, and what runs it."""

TYPED = {"./run chat": "When does the lease end?\n/quit\n"}
"""What a person types into a command that asks for it."""

CTRL_C = {"./run trace serve"}
"""Servers: they are asked for a page, and then ended by Ctrl-C, which is exit code 130."""

NOTES = {
    "flat.md": """# The flat in Mill Lane

## Lease

The lease ends on 30 September 2027. Notice has to be given in writing three months before.

## Rent

The rent is 940 euros a month, heating included. It is due on the third working day.
""",
    "office.md": """# The office in Dock Street

The lease of the office runs for five years and is renewed unless one side objects.
Subletting the office is allowed with the landlord's consent, while the flat may not be sublet.
""",
    "old.md": "# The old shed\n\nThe shed was sold to the neighbour in 2019.\n",
}
LETTER = ("Dear tenant,", "from 1 January 2028 the rent of the flat rises to 965 euros a month.", "H. Miller")


def commands() -> list[str]:
    """Those of code blocks, of tables with a column for them, and in the text those of `./run`; in order."""
    lines: list[str] = []
    fenced, column = "", -1
    for line in README.splitlines():
        cells = re.split(r"(?<!\\)\|", line)
        if line.startswith("```"):
            fenced = "" if fenced else line
        elif fenced:
            lines += [] if fenced == "```python" else [line]
        elif line.startswith("| ") and column < 0:
            column = next((at for at, cell in enumerate(cells) if cell.strip() in COLUMNS), 0)
        elif line.startswith("|"):
            lines += re.findall(r"`([^`]+)`", cells[column]) if column else []
        else:
            column = -1
            lines += re.findall(r"`((?:\./run|langgraph dev)\b[^`]*)`", line)
    found = (re.sub(r"\s+# .*", "", line).strip() for line in lines)
    return list(dict.fromkeys(command for command in found if command))


COMMANDS = commands()
RUN = [command for command in COMMANDS if command not in ELSEWHERE]


def letter(*lines: str) -> bytes:
    """A PDF file of one page with these lines."""
    text = f"BT /F 12 Tf 56 780 Td 16 TL {' '.join(f'({line}) Tj T*' for line in lines)} ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(text)}>>stream\n{text}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = "\n".join(f"{number} 0 obj{it} endobj" for number, it in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}\ntrailer<</Root 1 0 R>>\n%%EOF\n".encode("latin-1")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, notebook: vademecum.Notebook) -> Guarded:
    """Somebody with notes, who has asked the sample notebook before."""
    folder = tmp_path_factory.mktemp("somebody")
    home = folder / "home"
    (home / "notes" / "letters").mkdir(parents=True)
    for name, text in NOTES.items():
        (home / "notes" / name).write_text(text, "utf-8")
    (home / "notes" / "letters" / "landlord.pdf").write_bytes(letter(*LETTER))
    guarded = Guarded(folder)
    del guarded.environment["VADE_HOME"]
    guarded.environment |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "COLUMNS": "400"}
    # To ingest it takes most of a minute; that the first question does is in test_python_api_keeps_notebooks_apart.
    shutil.copytree(notebook.settings.home, home / "data" / "vademecum")
    return guarded


@pytest.fixture(scope="module")
def outcomes(guarded: Guarded) -> Mapping[str, Outcome]:
    """What each command and each program came to: one after another, as a reader would try them, in one process."""
    home = Path(guarded.environment["HOME"])
    checkout = home / "vademecum"  # as far as the commands know it: what they write must not lie in ours
    checkout.mkdir()
    (checkout / "samples").symlink_to(ROOT / "samples")
    steps = [Step(str(checkout), _arguments(command, home), stdin=TYPED.get(command, "")) for command in RUN]
    last = RUN.index('./run ask "When does the lease end?" --json')
    programs = [Step(str(home), program=program) for program in PROGRAMS]
    report = Step(str(home), program="print(report.model_dump_json())")
    done = transcript.of([*steps[: last + 1], *programs, report, *steps[last + 1 :]], guarded.environment)
    texts = [*RUN[: last + 1], *PROGRAMS, "report", *RUN[last + 1 :]]
    return dict(zip(texts, done, strict=True))


def _arguments(command: str, home: Path) -> list[str]:
    words = shlex.split(command)
    assert words[0] in ("./run", "vade"), f"this is not a command of ours: {command}"
    return [word.replace("~", str(home), 1) if word.startswith("~/") else word for word in words[1:]]


def test_what_is_said_to_be_tested_elsewhere_still_stands_in_the_readme() -> None:
    assert set(ELSEWHERE) | set(TYPED) | CTRL_C <= set(COMMANDS)
    named = re.findall(r"tests/\w+\.py", " ".join(ELSEWHERE.values()))
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_no_command_is_overlooked() -> None:
    everywhere = re.findall(r"(?:^|\| |, )`?(\./run[^`#\n]*)", README, re.M)
    assert {" ".join(it.split()) for it in everywhere} <= {" ".join(it.split()) for it in COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN)
def test_a_command_runs_as_it_stands(command: str, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[command]
    assert outcome.code == (130 if command in CTRL_C else 0), outcome.err
    assert outcome.out.strip(), outcome.err
    assert not re.search(r"^vade: error|Traceback", outcome.err, re.M), outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "promised"),
    [
        ('./run ask "Why do LSTMs need a forget gate?"', "[1] 05-lstm-and-gru.md"),
        ("./run ingest ~/notes", "4 added"),
        ('./run ask "When does the lease end?"', "30 September 2027. [1]"),
        ('./run ask "When does the lease end?"', "[1] flat.md, line 5"),
        ('./run search "rent" --path "letters/*.pdf" --since 2026-01-01', "1. letters/landlord.pdf, page 1"),
        ("./run chat", "30 September 2027"),
        ('./run plan "Work out 17.5% of 2,340, then divide it by 3."', "136.5"),
        ('./run code "How many primes are below 100?"', "\n25\n"),
        ('./run agent "What is 17.5% of 2,340, and what do my notes say about dropout?"', "409.5"),
        ('./run agent "Will it rain in Oslo tomorrow?"', "Waits for you: weather"),
        ("./run memory list", "My name is Ada."),
        ("./run thread fork ada", "ada-2 begins as ada was"),
        ("./run thread list", "ada-2"),
        ("./run sources", "letters/landlord.pdf"),
        ("./run forget ~/notes/old.md", "forgotten: old.md"),
        ("./run doctor", "✓ index"),
    ],
)
def test_a_command_does_what_the_readme_says(command: str, promised: str, outcomes: Mapping[str, Outcome]) -> None:
    assert promised in outcomes[command].out


@pytest.mark.slow
def test_the_answer_for_machines_cites_the_characters(outcomes: Mapping[str, Outcome]) -> None:
    answer = json.loads(outcomes['./run ask "When does the lease end?" --json'].out)
    cited = answer["citations"][0]
    assert NOTES[cited["path"]][cited["start"] : cited["end"]] == cited["quote"]


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs_as_it_stands(program: str, outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes[program].code == 0, outcomes[program].err


@pytest.mark.slow
def test_the_programs_answer(outcomes: Mapping[str, Outcome]) -> None:
    asked = next(program for program in PROGRAMS if "notes.ask(" in program)
    assert "30 September 2027" in outcomes[asked].out
    assert "office.md" in outcomes["report"].out


@pytest.mark.slow
def test_nothing_of_it_reached_for_another_machine(guarded: Guarded, outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes
    assert guarded.attempts() == ""

"""What every mode finds on every set, beside the tutorial's pipeline, scored by `eval/score.py`; one JSON line each.

    python -m benchmarks.modes [SET ...] [--modes MODE ...] [--homes DIR] [--no-tutorial]

Sets: wiki, notes, spans, scifact, musique, samples. Where whole files are judged (scifact, musique) 20 passages are
asked for, so that ten files are among them. `--homes` keeps the workspaces, and uses those that are there.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import BASELINE, SCORE, SHARED, execute, folder_for, report, vade
from benchmarks.scores import SETS, Set
from vademecum.retrieval import retrievers

EVAL = SHARED / "eval"
ALL = SETS | {
    name: Set(EVAL / name / "corpus", EVAL / name / "questions.jsonl") for name in ("spans", "scifact", "musique")
}
FILES_JUDGED = ("scifact", "musique")


def scored(questions: Path, results: str) -> dict[str, float]:
    """What score.py says of result lines."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write(results)
        file.flush()
        return json.loads(execute([sys.executable, SCORE, "search", questions, file.name]).stdout)


def main() -> None:
    modes = retrievers.members.names()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(ALL)}; all by default")
    parser.add_argument("--modes", nargs="+", default=modes)
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--no-tutorial", dest="tutorial", action="store_false")
    given = parser.parse_args()
    if unknown := set(given.sets) - ALL.keys():
        raise SystemExit(f"no set named {', '.join(unknown)}; there are: {', '.join(ALL)}")
    with folder_for(given.homes) as homes:
        for name in given.sets or ALL:
            corpus, questions = ALL[name]
            count = 20 if name in FILES_JUDGED else 10
            vade("ingest", corpus, home=homes / name)
            for mode in given.modes:
                asked = ["search", "--batch", questions, "--mode", mode, "-k", str(count), "--json"]
                found = vade(*asked, home=homes / name)
                report("modes", set=name, mode=mode, k=count, **scored(questions, found.stdout))
            if given.tutorial:
                found = execute([sys.executable, BASELINE, corpus, questions, "-k", str(count)])
                report("modes", set=name, mode="tutorial", k=count, **scored(questions, found.stdout))


if __name__ == "__main__":
    main()

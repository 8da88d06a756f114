"""What each splitter does to what is found, to the number of passages and to the time that an ingestion takes.

python -m benchmarks.splitters [wiki|notes|spans|samples ...] [--splitters structure,recursive,...] [--sizes 500,1000]

Each set is ingested into an empty workspace, once a splitter (and size), and searched with the default mode; one JSON
line each, scored by `eval/score.py`. `characters`: how many the first ten hits have on average, since longer ones hold
more evidence; `r2000c` gives every splitter the same budget.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import SCORE, SHARED, execute, report, vade
from benchmarks.scores import SETS, Set
from vademecum.retrieval import splitters

SPANS = Set(SHARED / "eval" / "spans" / "corpus", SHARED / "eval" / "spans" / "questions.jsonl")
ALL = {**SETS, "spans": SPANS}


def evaluate(name: str, splitter: str, size: int) -> None:
    """Print the scores of one splitter on one set; `size` 0 is the splitter's own."""
    corpus, questions = ALL[name]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = work / "home"
        settings = [f'splitter = "{splitter}"', f"chunk_size = {size}"]
        home.mkdir()
        (home / "vade.toml").write_text("\n".join(settings) + "\n", "utf-8")
        ingested = vade("ingest", corpus, "--json", home=home)
        told = json.loads(ingested.stdout)
        found = vade("search", "--batch", questions, "--json", home=home)
        file = work / "found.jsonl"
        file.write_text(found.stdout, "utf-8")
        scores = json.loads(execute([sys.executable, SCORE, "search", questions, file]).stdout)
    lengths = [len(hit["text"]) for line in found.stdout.splitlines() for hit in json.loads(line)["hits"]]
    report(
        "splitters",
        set=name,
        splitter=splitter,
        size=size,
        passages=told["passages"],
        characters=sum(lengths) / max(1, len(lengths)),
        ingest_s=told["seconds"],
        **scores,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = splitters.members.names()
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(ALL)}; all by default")
    parser.add_argument("--splitters", default=",".join(known), help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--sizes", default="0", help="values of chunk_size; 0, the default, is each splitter's own")
    arguments = parser.parse_args()
    for name in arguments.sets or ALL:
        if name not in ALL:
            raise SystemExit(f"no set named {name!r}; there are: {', '.join(ALL)}")
        for splitter in arguments.splitters.split(","):
            for size in arguments.sizes.split(","):
                evaluate(name, splitter, int(size))


if __name__ == "__main__":
    main()

"""Questions asked of workspaces, with what the reader says: what `fit_reading.py` fits, and what it judges by.

Each set's own questions; a share of those of the other sets, which are about other subjects; and a share of its own
with the very document left out that answers them.
"""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.fit_ranking import NOT_ALONE, SETS, holds, kind_of, library_of, questions
from benchmarks.ranking_fit import Case, Workspace
from vademecum.retrieval.evidence.score_baseline import probes
from vademecum.retrieval.evidence.sentence_features import measure
from vademecum.retrieval.evidence.weigh_sentences import read
from vademecum.retrieval.library import Library

ONE_OF = 12
"""Of the questions of other sets, and of those whose document is left out, one of so many is asked."""

SAME_SUBJECT = ({"notes", "samples"},)
"""Sets whose questions the other may well answer."""


@dataclass
class ReadCase(Case):
    """A case with what the reader says of its sentences: `readings` (n, 2), NaN where it reads nothing.

    `article` is the document that answers, where the set says so.
    """

    readings: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    article: str = ""


def cases(file: Path | None = None, every: int = 1) -> list[ReadCase]:
    """Every case that has sentences, of every so many questions; kept in `file`, or taken from it where it is there."""
    if file and file.exists():
        return pickle.loads(file.read_bytes())  # our own file
    found = [case for name in SETS for case in cases_of(name, every) if len(case.holds)]
    if file:
        file.write_bytes(pickle.dumps(found))
    return found


def cases_of(name: str, every: int = 1) -> Iterator[ReadCase]:
    """The cases of one workspace."""
    library = library_of(sorted(file for file in SETS[name].rglob("*") if file.is_file()))
    hits = {probe: library.search(probe, mode="best") for probe in probes()}
    workspace = Workspace([measure(library.catalogue, library.question(probe), hits[probe]) for probe in hits])
    for i, row in enumerate(questions(name)[::every]):
        if row.get("kind") in NOT_ALONE:
            continue
        kind, article = kind_of(row), row.get("doc") or (row["spans"][0]["path"] if "spans" in row else "")
        yield _ask(library, workspace, name, kind, row)
        if article and kind == "answer" and i % ONE_OF == 0:
            yield _ask(library, workspace, name, "left out", row, without=Path(article).stem)
    for other in SETS:
        if other != name and {other, name} not in SAME_SUBJECT:
            for row in questions(other)[::ONE_OF]:
                yield _ask(library, workspace, name, "cross", row)
    library.close()


def _ask(library: Library, workspace: Workspace, name: str, kind: str, row: dict, without: str = "") -> ReadCase:
    """Measure one question; `without` the hits of a document."""
    hits = library.search(row["question"], mode="best", k=60 if without else 10)
    hits = [hit for hit in hits if not without or Path(hit.path).stem != without][:10]
    weighed = read(library.catalogue, library.question(row["question"]), hits)
    sentences = [(hit.cite(placed.start, placed.end).quote, hit.path) for hit, placed in weighed.measured.sentences]
    marks = [float(kind == "answer" and holds(row, text, path)) for text, path in sentences]
    readings = [(one.answers, one.span) if one else (np.nan, np.nan) for one in weighed.readings]
    return ReadCase(
        name,
        kind,
        weighed.measured,
        np.array(marks),
        workspace,
        np.array(readings, float).reshape(-1, 2),
        str(row.get("doc") or ""),
    )

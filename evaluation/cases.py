"""A case: a question, and what is known of its right answer. The row format of every data set.

{"id", "question"} and any of: "evidence" (the exact words of a document, or a list of them of which any counts, or null
where the documents do not answer), "relevant" (paths, where whole files are judged), "spans" ({"path", "start", "end"},
where characters are judged), "answer" (short answers, any of which is right), "kind".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from vademecum.core.errors import UsageError

TRUTHS = ("evidence", "relevant", "spans", "answer")
"""Keys that say what is right; a row with none of them is run, and not judged."""


class Span(BaseModel):
    """Characters `start` to `end` of the text of the source at `path`."""

    model_config = ConfigDict(frozen=True)

    path: str
    start: int
    end: int


class Case(BaseModel):
    """One question of a data set. `answerable` is None where the row does not say whether the documents answer it."""

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    evidence: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    answer: tuple[str, ...] = ()
    kind: str = ""
    doc: str = ""
    answerable: bool | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], where: str) -> Self:
        """The case of one row; `where` names the row in messages.

        Raises:
            UsageError: the row has no question, or a value of another shape than the format's.
        """
        question = row.get("question")
        if not isinstance(question, str) or not question.strip():
            raise UsageError(f'{where} has no "question" that is text')
        truths = [row[key] for key in TRUTHS if key in row]
        identity = row.get("id")
        try:
            return cls(
                id=str(identity if identity not in (None, "") else hashlib.sha256(question.encode()).hexdigest()[:8]),
                question=question,
                evidence=_texts(row.get("evidence")),
                relevant=_texts(row.get("relevant")),
                spans=row.get("spans") or (),
                answer=_texts(row.get("answer")),
                kind=str(row.get("kind") or ""),
                doc=str(row.get("doc") or ""),
                answerable=any(truths) if truths else None,
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{where}: {place}: {first['msg'].lower()}") from error

    @property
    def right(self) -> str:
        """What is right, in words."""
        if self.answerable is False:
            return "the documents do not answer this"
        return " / ".join([*(f"“{quote}”" for quote in self.evidence), *self.answer, *self.relevant])

    @property
    def says_what_is_right(self) -> bool:
        """True where an answer can be judged by its words: by evidence, by short answers, or as a refusal."""
        return self.answerable is False or bool(self.evidence or self.answer)

    def names_answer(self, text: str) -> bool:
        """True where the text holds one of the short answers, whatever its case and white space."""
        plain = " ".join(text.split()).casefold()
        return any(" ".join(answer.split()).casefold() in plain for answer in self.answer)

    def row(self) -> dict[str, Any]:
        """The case as a row of a data set."""
        row = {key: field for key, field in self.model_dump(mode="json").items() if field not in ("", None, [])}
        row.pop("answerable", None)
        if self.answerable is False:
            row["evidence"] = None
        return row


class DataSet(BaseModel):
    """Cases under a name; `stored` is what the trace store calls the data set, where it came from there."""

    model_config = ConfigDict(frozen=True)

    name: str
    cases: tuple[Case, ...]
    stored: str = ""

    @property
    def fingerprint(self) -> str:
        """Names exactly these cases: 12 hexadecimal digits."""
        rows = [case.row() for case in self.cases]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]

    def first(self, count: int) -> Self:
        """The first `count` cases."""
        return self.model_copy(update={"cases": self.cases[:count]})

    def spread(self, count: int) -> Self:
        """`count` (at least 2) of the cases, spread evenly from the first to the last; all where there are no more."""
        last = len(self.cases) - 1
        if count > last:
            return self
        return self.model_copy(update={"cases": tuple(self.cases[at * last // (count - 1)] for at in range(count))})

    @classmethod
    def of(cls, name: str, cases: Iterable[Case], stored: str = "") -> Self:
        """The cases as a data set.

        Raises:
            UsageError: there are none, or two have one id.
        """
        every = tuple(cases)
        if not every:
            raise UsageError(f"the data set {name} has no cases")
        identities: set[str] = set()
        for case in every:
            if case.id in identities:
                raise UsageError(f"the data set {name} has two cases with the id {case.id!r}; each needs its own")
            identities.add(case.id)
        return cls(name=name, cases=every, stored=stored)


def _texts(cell: Any) -> Any:
    """One text, a list of texts, or nothing, as a tuple; what is neither is left for validation to name."""
    if cell is None or cell == "":
        return ()
    return (cell,) if isinstance(cell, str) else cell

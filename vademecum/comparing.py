"""Techniques and models compared on questions with evidence: how good, how dear, how sure one can be of the difference.

    report = compare(notes, read_cases(file), techniques=["zero-shot", "few-shot"], models=["embedded", "extractive"])

A question with evidence is handled well where the answer's words and quotes cover it, one without where it is refused:
that is `quality`. Intervals are of the percentile bootstrap over questions (Efron and Tibshirani 1993), differences are
paired: the same questions are drawn for both. All but the times is the same each time.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from vademecum import running
from vademecum.core.errors import ModelError, UsageError, VademecumError
from vademecum.core.types import Answer
from vademecum.metering import Meter
from vademecum.models import SMALL_MODELS

if TYPE_CHECKING:
    from vademecum.notebook import Notebook

RESAMPLES = 2000
LEVEL = 0.95
COVERED = 0.6
"""Share of the evidence's words that must be in the answer and its quotes for it to count as found."""

WITHOUT_MODEL = "extractive"


class Case(BaseModel):
    """One question; `evidence` is the sentence (or any of several) that answers it, None where the documents do not."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    question: str
    evidence: str | tuple[str, ...] | None = None


class Row(NamedTuple):
    """What one technique of one model made of one question. Tokens are as the model counts them, time is in seconds."""

    handled: bool
    refused: bool
    answerable: bool
    written: int
    quoted: int
    citations: int
    verbatim: int
    calls: int
    tokens: int
    seconds: float
    error: str = ""


class Interval(NamedTuple):
    """A mean, and the bounds of its interval."""

    mean: float
    low: float
    high: float


class Compared(NamedTuple):
    """One technique of one model over all questions. Shares are in [0, 1]; calls, tokens and seconds are per question.

    `against` is the difference in quality to the model's first technique, None for that one itself; `verdict` says what
    it means.
    """

    model: str
    technique: str
    questions: int
    quality: Interval
    refused_wrongly: float
    answered_wrongly: float
    written: int
    quoted: int
    verbatim: float
    calls: float
    tokens: float
    seconds: Interval
    against: Interval | None
    verdict: str
    failed: int
    error: str


def read_cases(file: Path, limit: int | None = None) -> list[Case]:
    """The questions of a JSON-lines file; with `limit`, that many of them, spread evenly over the file.

    Raises:
        UsageError: it cannot be read, or a line is not such a question; names the line.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read as UTF-8 text: {error}") from error
    cases = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                cases.append(Case.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as error:
                raise UsageError(f'{file}, line {number}: should be {{"id", "question", "evidence"}}') from error
    if not cases:
        raise UsageError(f"{file} holds no questions")
    if limit is None or limit >= len(cases):
        return cases
    return [cases[int(place)] for place in np.linspace(0, len(cases) - 1, limit)]


def compare(
    notebook: "Notebook",
    cases: Sequence[Case],
    *,
    techniques: Sequence[str],
    models: Sequence[str],
    seed: int = 0,
    progress: Callable[[str, str, int], None] | None = None,
) -> list[Compared]:
    """Every technique of every model over all cases; `extractive`, which has no technique, once.

    A question on which a run fails counts as handled badly, and the report says how many and the first reason.

    `progress` is told model, technique and how many questions are done.

    Raises:
        UsageError: an unknown technique or model.
        ModelError: a model cannot be loaded, or failed on every question.
    """
    for technique in techniques:
        notebook.check(technique=technique)
    for model in models:
        notebook.model(model)
    found = []
    for model in models:
        baseline: list[Row] | None = None
        for technique in techniques if model != WITHOUT_MODEL else [WITHOUT_MODEL]:
            rows = list(_rows(notebook, cases, model, technique, progress))
            if all(row.error for row in rows):
                raise ModelError(f"{model}, {technique}: no question was answered: {rows[0].error}")
            found.append(_summed_up(model, technique, rows, baseline, seed))
            baseline = baseline or rows
    return found


def covers(text: str, evidence: str) -> bool:
    """Whether `COVERED` of the evidence's words are in the text."""
    have, need = set(_words(text)), _words(evidence)
    return bool(need) and sum(word in have for word in need) >= COVERED * len(need)


def bootstrap(values: Sequence[float], seed: int) -> Interval:
    """The mean of the values, and the interval of it."""
    sample = np.asarray(values, np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(sample), (RESAMPLES, len(sample)))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(sample[drawn].mean(axis=1), [tail, 1 - tail])
    return Interval(float(sample.mean()), float(low), float(high))


def _rows(
    notebook: "Notebook",
    cases: Sequence[Case],
    model: str,
    technique: str,
    progress: Callable[[str, str, int], None] | None,
) -> Iterator[Row]:
    given = None if technique == WITHOUT_MODEL else technique
    graph = running.prepare(notebook, "answer", thread=None, model=model, technique=given).graph
    for number, case in enumerate(cases, 1):
        meter = Meter()
        metered: Any = {**running.config(None), "callbacks": [meter]}
        try:
            answer = running.answer(running.Run(notebook, graph, metered), case.question)
            yield _row(notebook, case, answer, meter)
        except VademecumError as error:
            yield _failed(case, error, meter)
        if progress:
            progress(model, technique, number)


def _row(notebook: "Notebook", case: Case, answer: Answer, meter: Meter) -> Row:
    evidence = (case.evidence,) if isinstance(case.evidence, str) else case.evidence or ()
    said = " ".join([answer.text, *(citation.quote for citation in answer.citations)])
    hit = not answer.abstained and any(covers(said, it) for it in evidence)
    written = sum(sentence.origin == "written" for sentence in answer.sentences)
    verbatim = sum(notebook.text(it.source_id)[it.start : it.end] == it.quote for it in answer.citations)
    return Row(
        handled=hit if evidence else answer.abstained,
        refused=answer.abstained,
        answerable=bool(evidence),
        written=written,
        quoted=len(answer.sentences) - written,
        citations=len(answer.citations),
        verbatim=verbatim,
        calls=meter.calls,
        tokens=meter.tokens,
        seconds=answer.seconds,
    )


def _failed(case: Case, error: VademecumError, meter: Meter) -> Row:
    """The row of a question that was not answered because something broke."""
    return Row(
        handled=False,
        refused=False,
        answerable=bool(case.evidence),
        written=0,
        quoted=0,
        citations=0,
        verbatim=0,
        calls=meter.calls,
        tokens=meter.tokens,
        seconds=0.0,
        error=str(error),
    )


def _summed_up(model: str, technique: str, rows: Sequence[Row], baseline: Sequence[Row] | None, seed: int) -> Compared:
    quality = [float(row.handled) for row in rows]
    against = None
    if baseline is not None:
        pairs = zip(rows, baseline, strict=True)
        against = bootstrap([float(row.handled) - float(base.handled) for row, base in pairs], seed)
    citations = sum(row.citations for row in rows)
    return Compared(
        model=model,
        technique=technique,
        questions=len(rows),
        quality=bootstrap(quality, seed),
        refused_wrongly=_share([row.refused for row in rows if row.answerable]),
        answered_wrongly=_share([not row.refused for row in rows if not row.answerable]),
        written=sum(row.written for row in rows),
        quoted=sum(row.quoted for row in rows),
        verbatim=sum(row.verbatim for row in rows) / citations if citations else 1.0,
        calls=_mean([row.calls for row in rows]),
        tokens=_mean([row.tokens for row in rows]),
        seconds=bootstrap([row.seconds for row in rows], seed),
        against=against,
        verdict=_verdict(against, model in SMALL_MODELS),
        failed=sum(bool(row.error) for row in rows),
        error=next((row.error for row in rows if row.error), ""),
    )


def _verdict(against: Interval | None, small: bool) -> str:
    """What the interval of the difference says: a gain, a loss, or neither that these questions could show."""
    if against is None:
        return "the baseline"
    if against.low > 0:
        return "better than the baseline"
    told = "worse than the baseline" if against.high < 0 else "no better than the baseline: the interval includes zero"
    return f"{told}; the model is too small for it to help" if small else told


def _share(flags: Sequence[bool]) -> float:
    return _mean([float(flag) for flag in flags])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())

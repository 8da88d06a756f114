"""The outcome of one case under one variant: the record that metrics score and files store."""

from pydantic import BaseModel, ConfigDict, Field

from vademecum.core.types import Answer, Citation
from vademecum.evaluation.cases import Case, Span


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Ranked(_Record):
    """A passage of the search: its id, where it is, and its score (higher is better)."""

    id: str
    path: str
    start: int
    end: int
    score: float


class Usage(_Record):
    """What language models did for one answer. `log_probability` sums over the `scored_tokens` that came with one."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    log_probability: float = 0.0
    scored_tokens: int = 0
    models: tuple[str, ...] = ()
    cost: float | None = None
    """In US dollars; None where a model's price is not known."""

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.input_tokens + self.output_tokens


class Outcome(_Record):
    """The answer to one case, with the hits of its search. Where the run failed, `error` is set and `answer` is not."""

    case_id: str
    answer: Answer | None = None
    hits: tuple[Ranked, ...] = ()
    usage: Usage = Usage()
    seconds: float = 0.0
    run_id: str = ""
    error: str = ""


class Truth(_Record):
    """What is right for a case in a workspace: spans of evidence, and the ids of all passages that are relevant.

    `spans` are where the evidence is: any of them is enough where `alternatives`, else all count.
    `relevant` are ids as `Ranked.id` has them, or paths where `by_file`.
    """

    spans: tuple[Span, ...] = ()
    alternatives: bool = False
    relevant: frozenset[str] = frozenset()
    by_file: bool = False


class Grade(_Record):
    """What a judge model says of an answer: `score` in [0, 1], and why."""

    score: float
    reason: str


class Judged(_Record):
    """A case, what is right for it, and its outcome: what a metric scores.

    `supported` says for each sentence of the answer whether its quotes support it; `true_quotes` for each citation
    whether its quote is the text of the source there. `grade` is a judge model's, where there is a judge.
    """

    case: Case
    truth: Truth
    outcome: Outcome
    supported: tuple[bool, ...] = ()
    true_quotes: tuple[bool, ...] = ()
    grade: Grade | None = None
    label: float | None = None

    @property
    def answered(self) -> Answer | None:
        """The answer, unless it is a refusal."""
        answer = self.outcome.answer
        return answer if answer and not answer.abstained else None

    @property
    def text(self) -> str:
        """The words of the answer; empty where there is none."""
        return self.answered.text if self.answered else ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the answer cites."""
        return self.answered.citations if self.answered else ()


class Scores(_Record):
    """One row of an experiment: the outcome, and for each metric that applies the numbers it is made of.

    `values` are what `Metric.of` takes; one number for most metrics.
    """

    case: Case
    outcome: Outcome
    values: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    notes: dict[str, str] = Field(default_factory=dict)
    """Remarks on a score, by metric: a judge's reason."""

    @property
    def refused(self) -> bool:
        """True where the answer is that the documents do not answer."""
        answer = self.outcome.answer
        return answer is not None and answer.abstained

    @property
    def handled(self) -> bool:
        """True where the answer has the evidence (or a short answer), or is a refusal where that is right."""
        answer, case = self.outcome.answer, self.case
        if answer is None or case.answerable is False or answer.abstained:
            return case.answerable is False and self.refused
        return self.values["evidence_covered"] == (1.0,) if case.evidence else case.names_answer(answer.text)

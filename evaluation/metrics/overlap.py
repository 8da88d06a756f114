"""Words of the answer against the reference answers: exact match, token F1, BLEU, and whether the evidence is covered.

A case that the documents answer and that was refused counts as an empty answer. Reference answers are short and answers
are sentences with their evidence, so exact match and BLEU compare variants here, and do not say how good each is.
"""

import re
import string
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vademecum.evaluation.metrics import Floats, Metric, Values

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

_SQUAD = "Rajpurkar et al. 2016, SQuAD, its evaluation script"
_ORDERS = 4
COVERED = 0.6
"""Share of the evidence's words that cover it: as in the project's own question sets."""


def corpus_bleu(numbers: Floats) -> float:
    """BLEU in [0, 1] of a corpus, from (n, 10): matched n-grams, all n-grams (n = 1 to 4), length, reference length."""
    from sacrebleu.metrics.bleu import BLEU

    sums = numbers.sum(axis=0)
    counts, totals = [int(count) for count in sums[:_ORDERS]], [int(count) for count in sums[_ORDERS : 2 * _ORDERS]]
    return BLEU.compute_bleu(counts, totals, int(sums[-2]), int(sums[-1]), smooth_method="exp").score / 100


METRICS = (
    Metric("exact_match", "the answer is a reference answer", "1 where normalised texts are equal, else 0", _SQUAD),
    Metric("token_f1", "words shared with the best reference", "2PR / (P + R) over normalised tokens", _SQUAD),
    Metric(
        "bleu",
        "n-grams shared with the references, over all cases",
        "BP * exp(mean of log p_n, n = 1..4), exponential smoothing, tokenizer 13a",
        "Papineni et al. 2002; sacrebleu (Post 2018)",
        of=corpus_bleu,
    ),
    Metric(
        "evidence_covered",
        "the answer or its quotes hold the evidence",
        f"1 where at least {COVERED:.0%} of the evidence's words are there, else 0",
        "the project's question sets",
    ),
)


def score(row: "Judged") -> Values:
    """The family's numbers; nothing where no reference answer, or no evidence, is known."""
    values: Values = {}
    if references := row.case.answer:
        values["exact_match"] = (max(exact_match(row.text, reference) for reference in references),)
        values["token_f1"] = (max(token_f1(row.text, reference) for reference in references),)
        values["bleu"] = bleu_statistics(row.text, references)
    if row.case.evidence:
        text = " ".join([row.text, *(citation.quote for citation in row.citations)])
        values["evidence_covered"] = (float(any(covers(text, evidence) for evidence in row.case.evidence)),)
    return values


def normalised(text: str) -> list[str]:
    """SQuAD's normalisation: lower case, no punctuation, no articles, single blanks; as tokens."""
    bare = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def exact_match(prediction: str, reference: str) -> float:
    """1 where the two are equal after normalisation, else 0."""
    return float(normalised(prediction) == normalised(reference))


def token_f1(prediction: str, reference: str) -> float:
    """Harmonic mean of the precision and recall of tokens, after normalisation; 1 where both are empty."""
    ours, theirs = normalised(prediction), normalised(reference)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def bleu_statistics(prediction: str, references: tuple[str, ...]) -> tuple[float, ...]:
    """The ten numbers of one answer that `corpus_bleu` sums."""
    score = _bleu().corpus_score([prediction], [[reference] for reference in references])
    return tuple(map(float, [*score.counts, *score.totals, score.sys_len, score.ref_len]))


def covers(text: str, evidence: str) -> bool:
    """True where the text holds enough of the evidence's words."""
    have, need = set(re.findall(r"\w+", text.lower())), re.findall(r"\w+", evidence.lower())
    return bool(need) and sum(word in have for word in need) >= COVERED * len(need)


@lru_cache(1)
def _bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU()

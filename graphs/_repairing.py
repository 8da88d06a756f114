"""Mending the claims that did not pass: cite where they are true, word them anew, or put evidence in their place."""

from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from vademecum import prompts
from vademecum.core.types import EvidenceSentence, Hit
from vademecum.graphs import _drafting
from vademecum.graphs._claims import Claim, claim, passed, plain, quoted
from vademecum.verification.words import parse

MAX_QUOTED = 4
"""Sentences that take the place of one that did not pass: as many as an answer without a model has."""

_HALF = 0.5


def redrafted(
    claims: Sequence[Claim], model: BaseChatModel, question: str, hits: Sequence[Hit], forbid: Sequence[str]
) -> list[Claim]:
    """The claims, those that did not pass written anew by a capable model that is told why.

    Those that are only misattributed need no new words, and are cited from where they are true. Where the model's reply
    cannot be read, its claims stay as they are.

    Raises:
        ModelError: it did not answer.
    """
    faulty = [draft for draft in claims if not passed(draft) and not draft["better"]]
    anew: list[Claim] = []
    if faulty:
        written = _drafting.rewrite(model, prompts.load("repair-sentences"), question, faulty, hits, forbid)
        anew = faulty if written is None else written
    mended: list[Claim] = []
    for draft in claims:
        if passed(draft):
            mended.append(draft)
        elif draft["better"]:
            mended.append(_recited(draft))
        elif anew:
            mended.append(anew.pop(0))
    return [*mended, *anew]


def quoted_instead(claims: Sequence[Claim], evidence: Sequence[EvidenceSentence]) -> list[Claim]:
    """The claims, each that did not pass cited from where it is true, or else replaced by the evidence that it names.

    Of that, the sentences are taken that have most of its words, `MAX_QUOTED` at most. Where none has half of them, the
    model has named the wrong ones, and the best evidence takes its place.
    """
    mended: list[Claim] = []
    texts = {plain(draft["text"]) for draft in claims if passed(draft)}
    for draft in claims:
        if passed(draft) or draft["better"]:
            mended.append(draft if passed(draft) else _recited(draft))
            continue
        shares = {sentence: shared_words(draft["text"], sentence.text) for sentence in evidence}
        own = [sentence for sentence in evidence if sentence.text in draft["quotes"] and shares[sentence] >= _HALF]
        likest = sorted(own, key=lambda sentence: -shares[sentence])[:MAX_QUOTED] or evidence[:1]
        mended.extend(quoted(sentence for sentence in likest if plain(sentence.text) not in texts))
        texts |= {plain(sentence.text) for sentence in likest}
    return mended


def shared_words(text: str, quote: str) -> float:
    """The share of the weighty words of `text` that are in `quote`, [0, 1]; 0 where it has none."""
    stems = {word.stem for word in parse(text).words if word.kind != "function"}
    return len(stems & {word.stem for word in parse(quote).words}) / len(stems) if stems else 0.0


def replaced(claims: Sequence[Claim], evidence: Sequence[EvidenceSentence], embeddings: Embeddings) -> list[Claim]:
    """The claims, each that did not pass replaced by the evidence sentence it quotes, or else the one nearest to it.

    It is dropped where that sentence, or a claim that rests on it, is in the answer already.
    """
    mended: list[Claim] = []
    texts = {plain(text) for draft in claims if passed(draft) for text in (draft["text"], *draft["quotes"])}
    for draft in claims:
        if passed(draft):
            mended.append(draft)
            continue
        own = [sentence for sentence in evidence if plain(sentence.text) in map(plain, draft["quotes"])]
        for sentence in (own or nearest(draft["text"], evidence, embeddings))[:1]:
            if plain(sentence.text) not in texts:
                texts.add(plain(sentence.text))
                mended.extend(quoted([sentence]))
    return mended


def nearest(text: str, evidence: Sequence[EvidenceSentence], embeddings: Embeddings) -> list[EvidenceSentence]:
    """The evidence ordered by cosine similarity to `text`, nearest first."""
    if not evidence:
        return []
    vectors = np.array(embeddings.embed_documents([text, *(sentence.text for sentence in evidence)]), np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    order = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")
    return [evidence[i] for i in order.tolist()]


def _recited(draft: Claim) -> Claim:
    """The claim cited from where checking found it true."""
    return claim(draft["text"], [citation.quote for citation in draft["better"]], "written")

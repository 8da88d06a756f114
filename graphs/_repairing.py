"""Mending the claims that did not pass: cite where they are true, word them anew, or put evidence in their place."""

from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from vademecum import prompts
from vademecum.core.types import EvidenceSentence, Hit
from vademecum.graphs import _drafting
from vademecum.graphs._claims import Claim, claim, passed, plain, quoted


def redrafted(
    claims: Sequence[Claim], model: BaseChatModel, question: str, hits: Sequence[Hit], forbid: Sequence[str]
) -> list[Claim]:
    """The claims, those that did not pass written anew by a capable model that is told why.

    Those that are only misattributed need no new words, and are cited from where they are true. Where the model's reply
    cannot be read, its claims stay as they are.

    Raises:
        ModelError: it did not answer.
    """
    faulty = [one for one in claims if not passed(one) and not one["better"]]
    anew: list[Claim] = []
    if faulty:
        written = _drafting.rewrite(model, prompts.load("repair-sentences"), question, faulty, hits, forbid)
        anew = faulty if written is None else written
    mended: list[Claim] = []
    for one in claims:
        if passed(one):
            mended.append(one)
        elif one["better"]:
            mended.append(_recited(one))
        elif anew:
            mended.append(anew.pop(0))
    return [*mended, *anew]


def replaced(claims: Sequence[Claim], evidence: Sequence[EvidenceSentence], embeddings: Embeddings) -> list[Claim]:
    """The claims, each that did not pass replaced by the evidence sentence it quotes, or else the one nearest to it.

    It is dropped where that sentence, or a claim that rests on it, is in the answer already.
    """
    kept: list[Claim] = []
    said = {plain(text) for one in claims if passed(one) for text in (one["text"], *one["quotes"])}
    for one in claims:
        if passed(one):
            kept.append(one)
            continue
        own = [it for it in evidence if plain(it.text) in map(plain, one["quotes"])]
        for sentence in (own or nearest(one["text"], evidence, embeddings))[:1]:
            if plain(sentence.text) not in said:
                said.add(plain(sentence.text))
                kept.extend(quoted([sentence]))
    return kept


def nearest(text: str, evidence: Sequence[EvidenceSentence], embeddings: Embeddings) -> list[EvidenceSentence]:
    """The evidence ordered by cosine similarity to `text`, nearest first."""
    if not evidence:
        return []
    vectors = np.array(embeddings.embed_documents([text, *(sentence.text for sentence in evidence)]), np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    order = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")
    return [evidence[i] for i in order.tolist()]


def _recited(one: Claim) -> Claim:
    """The claim cited from where checking found it true."""
    return claim(one["text"], [citation.quote for citation in one["better"]], "written")

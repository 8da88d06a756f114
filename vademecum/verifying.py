"""`vademecum.verify`: whether any texts support a claim, without a workspace and without a language model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vademecum.core.errors import UsageError
from vademecum.core.settings import load_settings
from vademecum.models import embedding_model
from vademecum.models.process_cache import once
from vademecum.verification.grounding import Grounding, Verification

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def verify(claim: str, texts: Sequence[str] | str) -> Verification:
    """Whether `texts` (or one text) support `claim`, which may have several sentences.

        found = vade.verify("The lease ends on 30 June.", [letter, contract])
        found.verdict            # "supported" or "unsupported"
        found.reasons            # why not, in plain words
        found.span               # (text, start, end, quote): texts[text][start:end] supports or contradicts it
        found.kind               # "supports", "contradicts", "nearest" or "none"

    Markers of citations ("[1]") are no part of the claim. Nothing is sent anywhere: words near in meaning are known by
    the embedding model that comes with the package.

    Raises:
        UsageError: the claim or a text is not a string.
    """
    texts = [texts] if isinstance(texts, str) else list(texts)
    if not isinstance(claim, str) or not all(isinstance(text, str) for text in texts):
        raise UsageError("verify takes a claim and texts, all of them strings")
    return once("grounding", lambda: Grounding(_embedded)).verify(claim, texts)


def _embedded() -> "Embeddings":
    return embedding_model("embedded", load_settings())

"""Write `models/e5_mean.npy` and `retrieval/e5_token_projection.npy`: what is taken off the vectors of the encoder for
many languages, and how those of its tokens are kept small.

    vade models pull multilingual; python -m benchmarks.fit_e5      (some minutes; needs ../shared)

The model's vectors all point one way: of unrelated texts the cosine is .76, of a question and its answer .88, and of
any two tokens .6. Without their mean (Mu and Viswanath 2018, "All-but-the-top", arXiv:1702.01417) these are .09 and
.56, as with all-MiniLM, to whose vectors the ranking is fitted. Dense MRR on `languages`: es .955 and .959, ru .966 and
.976, tr .907 and .931.
"""

from pathlib import Path

import numpy as np

from vademecum.core.settings import load_settings
from vademecum.models import embedding_model
from vademecum.models.multilingual import MultilingualE5
from vademecum.retrieval.encode import TOKEN_DIMENSIONS, unit

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
LANGUAGES = {
    "en": [SHARED / "eval" / name / "corpus" for name in ("wiki", "notes", "spans")],
    **{name: [SHARED / "eval" / "languages" / name / "corpus"] for name in ("es", "ru", "tr")},
    "others": [SHARED / "cases" / name / "in" for name in ("languages", "chinese-many")],
}
PARAGRAPHS = 48
"""Of each, evenly over its files."""


def paragraphs(folders: list[Path]) -> list[str]:
    """Some of the paragraphs of some words in these folders."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.*")) if file.suffix in (".txt", ".md")]
    found = [part for file in files for part in file.read_text("utf-8").split("\n\n") if len(part) > 20]
    return found[:: max(1, len(found) // PARAGRAPHS)][:PARAGRAPHS]


def main() -> None:
    model = embedding_model("multilingual", load_settings())
    assert isinstance(model, MultilingualE5)
    model.mean = np.zeros(384, np.float32)
    tokens = [np.concatenate([one.tokens for one in model.encode(paragraphs(each))]) for each in LANGUAGES.values()]
    mean = np.mean([each.mean(axis=0) for each in tokens], axis=0)
    moments = [unit(each - mean).T @ unit(each - mean) / len(each) for each in tokens]
    _, axes = np.linalg.eigh(np.sum(moments, axis=0))
    np.save(ROOT / "models" / "e5_mean.npy", mean.astype(np.float16))
    np.save(ROOT / "retrieval" / "e5_token_projection.npy", axes[:, ::-1][:, :TOKEN_DIMENSIONS].astype(np.float16))


if __name__ == "__main__":
    main()

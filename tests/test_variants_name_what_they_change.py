"""Variants: settings and a graph, from the text of a command."""

import pytest

from vademecum import evaluating
from vademecum.core.errors import SettingsError, UsageError
from vademecum.evaluation.variants import Variant


@pytest.mark.parametrize(
    ("text", "settings", "graph", "name"),
    [
        ("mode=dense,model=extractive", {"mode": "dense", "model": "extractive"}, "answer",
         "mode-dense-model-extractive"),
        ("dense", {"mode": "dense"}, "answer", "dense"),
        ("few-shot", {"technique": "few-shot"}, "answer", "few-shot"),
        ("research", {}, "research", "research"),
        ("extractive", {"model": "extractive"}, "answer", "extractive"),
        ("http://localhost:8080/v1", {"model": "http://localhost:8080/v1"}, "answer", "http-localhost-8080-v1"),
        ("refuse_below=0.6, name=strict", {"refuse_below": "0.6"}, "answer", "strict"),
        ("", {}, "answer", "default"),
    ],
)  # fmt: skip
def test_a_variant_is_what_its_text_says(text: str, settings: dict, graph: str, name: str) -> None:
    assert Variant.parse(text) == Variant(name, graph, settings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("speed=9", "no 'speed'; there are: graph, name, model"),
        ("dense,mode=best", "'mode' twice"),
        ("home=/tmp", "no 'home'"),
        ("model_key=sk-1", "no 'model_key'"),
        ("tracing=langsmith", "no 'tracing'"),
    ],
)
def test_what_no_variant_has_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        Variant.parse(text)
    assert told in str(raised.value)


def test_a_value_that_cannot_be_used_is_a_setting_error() -> None:
    with pytest.raises(SettingsError, match="refuse_below"):
        evaluating.open_variant(Variant.parse("refuse_below=high"))


def test_kappa_by_hand() -> None:
    from sklearn.metrics import cohen_kappa_score

    from vademecum.evaluation.labels import kappa

    # 20 + 15 agree of 50; ann says right 25 times, bob 30: (.7 - .5) / (1 - .5) = .4.
    ann = [True] * 25 + [False] * 25
    bob = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    first, second = ({str(at): it for at, it in enumerate(said)} for said in (ann, bob))
    assert kappa(first, {**second, "more": True}) == (pytest.approx(0.4), 50)
    assert kappa(first, second)[0] == pytest.approx(cohen_kappa_score(ann, bob))
    assert kappa({"a": True}, {"a": True}) == (1.0, 1)
    assert kappa({"a": True}, {"b": True})[1] == 0

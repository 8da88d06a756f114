"""A pytest plugin: a data set as regression tests, one test a case.

    @pytest.mark.vade_eval("tests/regressions.jsonl", variant="model=extractive", documents="docs/")
    def test_answers_stay_right(vade_case):
        vade_case.check()

A path is looked for beside the test's file, then in pytest's root folder. Without `documents` the workspace that the
settings name is asked. `check()` fails where an answer does not do what the case says is right, and says what came
instead; `vade_case.answer` and `vade_case.scores` are there for demands of your own. Nothing is traced.
`vade eval keep RUN_ID --to tests/regressions.jsonl` adds an answer as a case.

Installed with the application, the plugin is there without a word; it imports nothing heavy before a marked test runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from vademecum.core.types import Answer
    from vademecum.evaluation.cases import Case
    from vademecum.evaluation.running import Bench

MARK = "vade_eval"


@dataclass(frozen=True)
class _Arguments:
    """The arguments of a marker, its paths in full."""

    data_set: Path
    variant: str
    documents: tuple[Path, ...]


class EvaluatedCase:
    """One case of a data set, answered and scored when that is first asked for."""

    def __init__(self, case: "Case", bench: "Bench") -> None:
        self.case = case
        self._bench = bench

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every metric that applies to the case, by name."""
        from vademecum.evaluation.metrics import all_metrics

        row = self._bench.run_case(self.case)
        self._answer = row.outcome.answer
        return {name: all_metrics()[name].alone(numbers) for name, numbers in row.values.items()}

    @property
    def answer(self) -> "Answer":
        """The answer."""
        assert self.scores is not None
        assert self._answer is not None
        return self._answer

    def check(self) -> None:
        """Fail where the answer is not what the case says is right.

        Where the documents do not answer it must be a refusal; where they do, it must cover the evidence, or hold one
        of the short answers where there is no evidence; and its quotes must carry it.
        """
        __tracebackhide__ = True
        answer, case = self.answer, self.case
        if case.answerable is False:
            if not answer.abstained:
                pytest.fail(f"{case.question!r}: the documents do not answer this, but it said: {answer.text}", False)
            return
        if answer.abstained:
            pytest.fail(
                f"{case.question!r}: refused (confidence {answer.confidence:.2f}); right is: {case.right}", False
            )
        if case.evidence and not self.scores["evidence_covered"]:
            pytest.fail(f"{case.question!r}: said {answer.text!r}; right is: {case.right}", False)
        if not case.evidence and case.answer and not case.names_answer(answer.text):
            pytest.fail(f"{case.question!r}: said {answer.text!r}; right is: {case.right}", False)
        if self.scores.get("groundedness", 1.0) < 1:
            pytest.fail(f"{case.question!r}: a sentence is not carried by its quotes: {answer.text}", False)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", f"{MARK}(data_set, variant='', documents=()): one test for each case of a data set (vade eval)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each case of the marker's data set."""
    marker = metafunc.definition.get_closest_marker(MARK)
    if marker is None:
        return
    from vademecum.core.errors import VademecumError
    from vademecum.evaluation import data_sets

    try:
        arguments = _arguments(metafunc.definition, *marker.args, **marker.kwargs)
        cases = data_sets.read(str(arguments.data_set)).cases
    except (VademecumError, TypeError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {MARK}: {error}") from error
    metafunc.parametrize(
        ("_vade_arguments", "vade_case"),
        [(arguments, case) for case in cases],
        ids=[case.id for case in cases],
        indirect=True,
    )


@pytest.fixture(scope="session")
def _vade_benches() -> "Iterator[dict[_Arguments, Bench]]":
    """Benches by the marker's arguments, so that documents are ingested, and models loaded, once."""
    benches: dict[_Arguments, Any] = {}
    yield benches
    for bench in benches.values():
        bench.target.library.close()


@pytest.fixture
def _vade_arguments(request: pytest.FixtureRequest) -> _Arguments:
    return request.param


@pytest.fixture
def vade_case(
    request: pytest.FixtureRequest, _vade_arguments: _Arguments, _vade_benches: "dict[_Arguments, Bench]"
) -> EvaluatedCase:
    """The case of this test."""
    if _vade_arguments not in _vade_benches:
        _vade_benches[_vade_arguments] = _bench(_vade_arguments)
    return EvaluatedCase(request.param, _vade_benches[_vade_arguments])


def _bench(arguments: _Arguments) -> "Bench":
    from vademecum import evaluating
    from vademecum.core.settings import load_settings
    from vademecum.evaluation import data_sets
    from vademecum.evaluation.running import Bench
    from vademecum.evaluation.variants import Variant
    from vademecum.plugin_folders import use

    use(load_settings())  # a variant may name what a person's own folders hold
    variant = Variant.parse(arguments.variant)
    notebook = evaluating.open_variant(variant, *arguments.documents, offline=True)
    return Bench(data_sets.read(str(arguments.data_set)), evaluating.target(notebook, variant.graph))


def _arguments(
    item: Any, data_set: str | Path, variant: str = "", documents: str | Path | list[str | Path] | tuple = ()
) -> _Arguments:
    paths = [documents] if isinstance(documents, str | Path) else documents
    return _Arguments(_place(item, data_set), variant, tuple(_place(item, path) for path in paths))


def _place(item: Any, path: str | Path) -> Path:
    """The path beside the test's file, or in the root folder."""
    beside = item.path.parent / path
    return beside if beside.exists() else item.config.rootpath / path

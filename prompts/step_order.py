"""The order of a chain's steps: what each follows, from what it is filled with and from the branches."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from vademecum.core.errors import PromptError
from vademecum.prompts.steps import Step

Condition = tuple[str, str]
"""That a step runs only where another one (the first) leads to this one (the second)."""

Conditions = Mapping[str, frozenset[Condition]]
"""For each step the branches that must have been taken for it to run."""


def ordered(file: str, steps: Mapping[str, Step]) -> dict[str, Step]:
    """The steps, each with what it follows, in the order of their file.

    Raises:
        PromptError: they go round in a circle, or a step waits for what does not always run with it.
    """
    deciders = _deciders(steps)
    predecessors = {name: _step_sources(step, steps) | deciders.get(name, set()) for name, step in steps.items()}
    earlier: dict[str, set[str]] = {}
    conditions: dict[str, frozenset[Condition]] = {}
    placed: dict[str, Step] = {}
    for name in _topological(file, predecessors):
        earlier[name] = predecessors[name].union(*(earlier[before] for before in predecessors[name]))
        placed[name] = _placed(steps[name], steps, deciders.get(name, set()), earlier, conditions)
        conditions[name] = _conditions(placed[name], conditions)
    return {name: placed[name] for name in steps}


def stages(steps: Mapping[str, Step]) -> list[list[Step]]:
    """The steps in stages: each follows only steps of the stages before, and those of one run side by side."""
    sorter = TopologicalSorter({step.name: step.after for step in steps.values()})
    sorter.prepare()
    stages_of_steps: list[list[Step]] = []
    while sorter.is_active():
        ready = set(sorter.get_ready())
        stages_of_steps.append([step for step in steps.values() if step.name in ready])
        sorter.done(*ready)
    return stages_of_steps


def _deciders(steps: Mapping[str, Step]) -> dict[str, set[str]]:
    """For each step that is a branch, the step that decides on it.

    Raises:
        PromptError: there are two.
    """
    deciders: dict[str, set[str]] = {}
    for step in steps.values():
        for target in set(step.declared.branches.values()):
            if target in deciders:
                raise PromptError(
                    f"{steps[target].where}: is a branch of {step.name!r} and of {min(deciders[target])!r}; "
                    "one can decide"
                )
            deciders[target] = {step.name}
    return deciders


def _step_sources(step: Step, steps: Mapping[str, Step]) -> set[str]:
    """The steps that a step's inputs may come from."""
    return {origin for origins in step.sources.values() for origin in origins if origin in steps}


def _topological(file: str, predecessors: Mapping[str, Iterable[str]]) -> list[str]:
    """The names, each after its predecessors.

    Raises:
        PromptError: they go round in a circle.
    """
    sorter = TopologicalSorter({name: sorted(names) for name, names in predecessors.items()})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        raise PromptError(
            f"{file}: step {circle[0]!r}: the steps go round in a circle: {' → '.join(circle)}; take one of these out"
        ) from None


def _placed(
    step: Step,
    steps: Mapping[str, Step],
    deciders: set[str],
    earlier: Mapping[str, set[str]],
    conditions: Conditions,
) -> Step:
    """The step with what it follows."""
    origins = [[origin for origin in sources if origin in steps] for sources in step.sources.values()]
    alternatives = [names for names in origins if len(names) > 1]
    single = {names[0] for names in origins if len(names) == 1}
    if deciders:
        decider = min(deciders)
        late = single.union(*alternatives) - {decider} - earlier[decider]
        if late:
            raise PromptError(
                f"{step.where}: is a branch of {decider!r}, and takes {min(late)!r}, which runs only later"
            )
        return replace(step, after=(decider,), waits="branch")
    if alternatives:
        _require_alternatives(step, alternatives, single, earlier, conditions)
        return replace(step, after=tuple(alternatives[0]), waits="any")
    after = [name for name in single if not any(name in earlier[later] for later in single)]
    if len({conditions[name] for name in after}) > 1:
        raise PromptError(
            f"{step.where}: takes {' and '.join(sorted(after))}, which do not always run together; "
            "name those of which one runs as a list"
        )
    return replace(step, after=tuple(name for name in steps if name in after))


def _require_alternatives(
    step: Step,
    alternatives: list[list[str]],
    single: set[str],
    earlier: Mapping[str, set[str]],
    conditions: Conditions,
) -> None:
    """Raise PromptError unless one, and only one, of the first alternatives runs, after all else the step takes."""
    first = alternatives[0]
    for name, second in itertools.permutations(first, 2):
        if not any(a[0] == b[0] and a[1] != b[1] for a in conditions[name] for b in conditions[second]):
            raise PromptError(f"{step.where}: takes one of {name} and {second}, which are not branches of one step")
    before_all = set.intersection(*(earlier[name] for name in first))
    late = single.union(*(names for names in alternatives[1:] if names != first)) - before_all
    if late:
        raise PromptError(f"{step.where}: takes one of {', '.join(first)}, and {min(late)!r}, which may run later")


def _conditions(step: Step, conditions: Conditions) -> frozenset[Condition]:
    """The branches that must have been taken for the step to run."""
    before = [conditions[name] for name in step.after]
    if step.waits == "branch":
        return before[0] | {(step.after[0], step.name)}
    if step.waits == "any":
        return frozenset.intersection(*before)
    return frozenset().union(*before)

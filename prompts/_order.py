"""The order of a chain's steps: what each follows, found from what it is filled with and from the branches."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vademecum.core.errors import PromptError

if TYPE_CHECKING:
    from vademecum.prompts.chaining import Step

Condition = tuple[str, str]
"""That a step runs only where another one (the first) leads to this one (the second)."""


def ordered(file: str, steps: "Mapping[str, Step]") -> "dict[str, Step]":
    """The steps, each with what it follows, in the order of their file.

    Raises:
        PromptError: they go round in a circle, or a step waits for what does not always run with it.
    """
    deciders = _deciders(steps)
    before = {name: _sources(step, steps) | deciders.get(name, set()) for name, step in steps.items()}
    _require_no_cycle(file, before)
    earlier = {name: _earlier(name, before) for name in steps}
    conditions: dict[str, frozenset[Condition]] = {}
    placed: dict[str, Step] = {}
    for name in sorted(steps, key=lambda it: (len(earlier[it]), list(steps).index(it))):
        placed[name] = _placed(steps[name], steps, deciders.get(name, set()), earlier, conditions)
        conditions[name] = _conditions(placed[name], conditions)
    return {name: placed[name] for name in steps}


def stages(steps: "Mapping[str, Step]") -> "list[list[Step]]":
    """The steps in stages: each follows only steps of the stages before, and those of one run side by side."""
    found: list[list[Step]] = []
    depth: dict[str, int] = {}
    waiting = list(steps.values())
    while waiting:
        ready = [step for step in waiting if all(name in depth for name in step.after)]
        for step in ready:
            depth[step.name] = 1 + max((depth[name] for name in step.after), default=-1)
            found.extend([] for _ in range(depth[step.name] + 1 - len(found)))
            found[depth[step.name]].append(step)
        waiting = [step for step in waiting if step.name not in depth]
    return found


def _deciders(steps: "Mapping[str, Step]") -> dict[str, set[str]]:
    """For each step that is a branch, the step that decides on it.

    Raises:
        PromptError: there are two.
    """
    found: dict[str, set[str]] = {}
    for step in steps.values():
        for target in set(step.declared.branches.values()):
            if target in found:
                raise PromptError(
                    f"{steps[target].where}: is a branch of {step.name!r} and of {min(found[target])!r}; one can decide"
                )
            found[target] = {step.name}
    return found


def _sources(step: "Step", steps: "Mapping[str, Step]") -> set[str]:
    return {origin for origins in step.sources.values() for origin in origins if origin in steps}


def _require_no_cycle(file: str, before: Mapping[str, Iterable[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = [*way[way.index(name) :], name]
            told = " → ".join(reversed(circle))
            raise PromptError(f"{file}: step {name!r}: the steps go round in a circle: {told}; take one of these out")
        if name not in done:
            for other in before[name]:
                visit(other, (*way, name))
            done.add(name)

    for name in before:
        visit(name, ())


def _earlier(name: str, before: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(before[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(before[other])
    return found


def _placed(
    step: "Step",
    steps: "Mapping[str, Step]",
    decider: set[str],
    earlier: Mapping[str, set[str]],
    conditions: Mapping[str, frozenset[Condition]],
) -> "Step":
    """The step with what it follows."""
    origins = [[it for it in found if it in steps] for found in step.sources.values()]
    choices = [found for found in origins if len(found) > 1]
    single = {found[0] for found in origins if len(found) == 1}
    if decider:
        name = min(decider)
        late = (single | {it for found in choices for it in found}) - {name} - earlier[name]
        if late:
            raise PromptError(f"{step.where}: is a branch of {name!r}, and takes {min(late)!r}, which runs only later")
        return replace(step, after=(name,), waits="branch")
    if choices:
        first = choices[0]
        _require_alternatives(step, choices, single, earlier, conditions)
        return replace(step, after=tuple(first), waits="any")
    after = [it for it in single if not any(it in earlier[other] for other in single)]
    if len({conditions[it] for it in after}) > 1:
        raise PromptError(
            f"{step.where}: takes {' and '.join(sorted(after))}, which do not always run together; "
            "name those of which one runs as a list"
        )
    return replace(step, after=tuple(it for it in steps if it in after))


def _require_alternatives(
    step: "Step",
    choices: list[list[str]],
    single: set[str],
    earlier: Mapping[str, set[str]],
    conditions: Mapping[str, frozenset[Condition]],
) -> None:
    first = choices[0]
    for one in first:
        for other in first:
            apart = any(a[0] == b[0] and a[1] != b[1] for a in conditions[one] for b in conditions[other])
            if one != other and not apart:
                raise PromptError(f"{step.where}: takes one of {one} and {other}, which are not branches of one step")
    shared = set.intersection(*(earlier[it] for it in first))
    late = (single | {it for found in choices[1:] for it in found if found != first}) - shared
    if late:
        raise PromptError(f"{step.where}: takes one of {', '.join(first)}, and {min(late)!r}, which may run later")


def _conditions(step: "Step", known: Mapping[str, frozenset[Condition]]) -> frozenset[Condition]:
    """The branches that must have been taken for the step to run."""
    before = [known[name] for name in step.after]
    if step.waits == "branch":
        return before[0] | {(step.after[0], step.name)}
    if step.waits == "any":
        return frozenset.intersection(*before)
    return frozenset().union(*before)

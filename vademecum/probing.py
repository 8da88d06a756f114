"""`vade models probe`: what a chat model can do, measured, kept, and told in words."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from vademecum import tracing
from vademecum.core.disk_errors import disk_problems_told
from vademecum.core.errors import UsageError
from vademecum.core.settings import Settings
from vademecum.models import chat_model, profiles
from vademecum.models.fitness import Fitness, fitness_of
from vademecum.models.local_models import resolved

if TYPE_CHECKING:
    from vademecum.evaluation.probe import Progress
    from vademecum.models.profiles import Profile

_ANSWERS = {
    "quotes": "its answers are quotes alone: it is not asked",
    "one sentence": "it words one sentence among quotes",
    "numbered": "it answers from numbered sentences",
    "draft": "it drafts from passages, {passages} at most",
}

_TRUSTED = (
    ("choosing", "it chooses tools", "tools are chosen by likeness"),
    ("critique", "it finds fault with drafts", "faults are found by checking alone"),
    ("splitting", "it splits questions for a report", "questions are split by rules"),
    ("programs", "it writes programs", "programs are filled in from worked ones"),
)


def probe(
    settings: Settings, name: str, *, anew: bool = False, progress: "Callable[[Progress], object]" = lambda _: None
) -> "Profile":
    """Measure the chat model called `name`; it goes on where an earlier probe was interrupted, unless `anew`.

    Raises:
        UsageError: no such form of name, or "extractive", which is no model.
        ModelError: it cannot be set up, or does not answer; what was measured is kept.
        WorkspaceError: the profile cannot be written.
    """
    from vademecum.evaluation import probe as probing

    name = resolved(name)
    model = chat_model(name, settings)
    if model is None:
        raise UsageError(f"{name!r} is no language model: there is nothing to measure")
    with tracing.runs(settings.model_copy(update={"tracing": "off"})), disk_problems_told():
        return probing.probe(name, probing.prepared(model), anew=anew, progress=progress)


def measured(name: str) -> "Profile":
    """What was measured of the chat model called `name`.

    Raises:
        UsageError: nothing was.
    """
    profile = profiles.profile_of(resolved(name))
    if profile is None:
        raise UsageError(f"{profiles.shown(name)} was never probed; to do it: vade models probe {profiles.shown(name)}")
    return profile


def in_words(name: str, profile: "Profile") -> Iterator[str]:
    """What was measured, ability by ability, and what follows from it."""
    from vademecum.evaluation.probe import abilities

    failed: dict[str, list[str]] = {}
    for result in profile.failed:
        failed.setdefault(result.ability, []).append(result.task)
    for ability, (passed, asked) in profile.counts().items():
        names = f"; failed: {', '.join(failed[ability])}" if ability in failed else ""
        yield f"{passed} of {asked}  {abilities().get(ability, ability)}{names}"
    figures = [
        f"reads {profile.read:.0f} tokens a second" if profile.read else "",
        f"writes {profile.written:.0f}" if profile.written else "",
        f"finds a line in {profile.context} tokens of text" if "context" in profile.counts() else "",
    ]
    if message := "; ".join(filter(None, figures)):
        yield message
    yield f"So {consequences(fitness_of(name))}."


def in_short(name: str) -> str:
    """How a model that was measured answers, in words; empty where it was not."""
    fitness = fitness_of(name)
    return _ANSWERS[fitness.strategy].format(passages=fitness.passages) if profiles.profile_of(name) else ""


def as_json(name: str, profile: "Profile") -> dict[str, Any]:
    """The profile, and what the model is trusted with, for a program."""
    fitness = fitness_of(name)
    trusted = {"strategy": fitness.strategy, "passages": fitness.passages, "abilities": sorted(fitness.abilities)}
    return {**profile.model_dump(mode="json"), "here": profiles.is_from_here(name), "trusted": trusted}


def consequences(fitness: Fitness) -> str:
    """What a model is trusted with, in words."""
    parts = [_ANSWERS[fitness.strategy].format(passages=fitness.passages)]
    if fitness.is_capable:
        parts += [yes if ability in fitness.abilities else no for ability, yes, no in _TRUSTED]
    return "; ".join(parts)

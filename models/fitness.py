"""What a chat model is trusted with: by its measured profile, else by its name. The one place that decides it."""

from pathlib import Path
from typing import Literal, NamedTuple

from vademecum.core.settings import Settings
from vademecum.models.local_models import local_models, resolved
from vademecum.models.profiles import Profile, profile_of

Strategy = Literal["quotes", "one sentence", "numbered", "draft"]
"""How an answer comes about. `quotes`: without a model. `one sentence`: quotes, one of them in a very small model's
words. `numbered`: a small one reads numbered sentences, and names those it rests on. `draft`: a large one reads
passages, and copies its quotes."""

Ability = Literal["choosing", "critique", "programs", "splitting"]
"""What a model may be trusted with beside its answers; the names are those of `evaluation/probe_tasks.toml`."""

MAX_NUMBERED_BYTES = 4_000_000_000
"""Largest GGUF file that is shown numbered sentences: some four thousand million parameters, or seven in few bits."""

PASSAGES = 6
"""Passages that a draft is written from."""

PASSAGE_TOKENS = 500
"""Tokens of a passage with its place, at most."""

FEWEST_PASSAGES = 3
"""A draft from fewer is no better than one from numbered sentences."""

DRAFT_TOKENS_A_SECOND = 250
"""So fast a model has to read that six passages cost no more than some ten seconds."""

ANSWERS_WELL, ANSWERS_AT_ALL = 0.6, 0.2
"""Shares of the tasks `answering` from which a model writes the answer, or one sentence among quotes."""

TRUSTED: dict[Ability, float] = {
    "choosing": 0.6,
    "critique": 0.75,
    "programs": 0.5,
    "splitting": 0.75,
}
"""Share of an ability's tasks from which a model is trusted with it. Less is asked where something else watches too: a
choice of tools is weighed with likeness, a program is run."""

ABILITIES = frozenset(TRUSTED)

QUOTES_WELL = 0.75
"""That of `quoting`, and of `refusing`, from which a model writes a draft."""


class Fitness(NamedTuple):
    """What a model is trusted with. `passages`: how many it is shown where it drafts."""

    strategy: Strategy
    abilities: frozenset[Ability] = frozenset()
    passages: int = PASSAGES

    @property
    def is_capable(self) -> bool:
        """Whether it is trusted with more than a sentence among quotes."""
        return self.strategy in ("numbered", "draft")


def fitness_of(model_name: str, settings: Settings | None = None) -> Fitness:
    """What the chat model called `model_name` is trusted with; one that nothing is known of, with everything.

    `settings.context_tokens` bounds what a model in this process can read.
    """
    name = resolved(model_name)
    profile = None if name == "extractive" else profile_of(name)
    return _measured(profile, settings) if profile else _assumed(name)


def strategy_of(model_name: str, settings: Settings | None = None) -> Strategy:
    """How the chat model called `model_name` answers; one that nothing is known of is trusted with a draft."""
    return fitness_of(model_name, settings).strategy


def is_very_small(model_name: str, settings: Settings | None = None) -> bool:
    """Whether the model can draft from a few sentences, but not rewrite a question, plan, or correct itself."""
    return model_name != "extractive" and not fitness_of(model_name, settings).is_capable


def is_trusted_with(ability: Ability, model_name: str) -> bool:
    """Whether the model does this itself; else it is done by rules."""
    return ability in fitness_of(model_name).abilities


def _measured(profile: Profile, settings: Settings | None) -> Fitness:
    readable = min(profile.context, settings.context_tokens if settings else profile.context)
    passages = min(PASSAGES, readable // PASSAGE_TOKENS)
    able = frozenset(ability for ability, least in TRUSTED.items() if profile.share(ability) >= least)
    drafts = min(profile.share("quoting"), profile.share("refusing")) >= QUOTES_WELL
    if drafts and passages >= FEWEST_PASSAGES and profile.read >= DRAFT_TOKENS_A_SECOND:
        return Fitness("draft", able, passages)
    if profile.share("answering") >= ANSWERS_WELL:
        return Fitness("numbered", able)
    return Fitness("one sentence" if profile.share("answering") >= ANSWERS_AT_ALL else "quotes")


def _assumed(name: str) -> Fitness:
    if name == "extractive":
        return Fitness("quotes")
    if name == "embedded":
        return Fitness("one sentence")
    is_file = name.lower().endswith(".gguf") and not name.startswith(("http://", "https://"))
    is_small = name in local_models() or (is_file and _size(name) <= MAX_NUMBERED_BYTES)
    return Fitness("numbered" if is_small else "draft", ABILITIES)


def plans(model_name: str, settings: Settings | None = None) -> bool:
    """Whether the model plans, judges and routes: a small one does so worse, and seconds later, than rules."""
    return strategy_of(model_name, settings) == "draft"


def _size(path: str) -> int:
    """Bytes of the file; 0 where there is none, which is said when it is loaded."""
    try:
        return Path(path).expanduser().stat().st_size
    except OSError:
        return 0

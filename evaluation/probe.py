"""What a chat model can do, measured in two to five minutes by some forty tiny tasks: `vade models probe NAME`.

    profile = probe("qwen-1.5b", model, progress=print)

The tasks are in `probe_tasks.toml`, and graded by code (`probe_grading.py`). What was measured is kept task by task, so
that a probe that is interrupted goes on; the profile of before holds until the new one is whole.
"""

import datetime
import hashlib
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import Field, create_model

from vademecum.core.errors import ModelError, VademecumError
from vademecum.evaluation.probe_grading import Reply, is_right
from vademecum.models import model_calls, profiles
from vademecum.models.profiles import Profile, Result
from vademecum.models.retryable import unanswered

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TASKS = Path(__file__).with_name("probe_tasks.toml")

LONGEST = 400
"""Tokens of a reply of a model in this process: none of the tasks takes more."""

SAID = 300
"""Characters of a reply that are kept."""

IN_A_ROW = 3
"""Errors after which a model is taken not to answer at all."""

CHARS_A_TOKEN = 4
"""Where a model does not tell its tokens."""

_KINDS: Mapping[str, Any] = {"text": str, "texts": list[str], "number": int, "numbers": list[int], "yes": bool}


class Task(NamedTuple):
    """One question to a model. `filler`: tokens of text before it, about."""

    name: str
    ability: str
    system: str
    asked: tuple[str, ...]
    right: Mapping[str, Any]
    fields: Mapping[str, Any]
    tools: tuple[dict[str, Any], ...]
    filler: int

    @property
    def messages(self) -> list[BaseMessage]:
        """What the model is sent; what tasks of an ability share comes first."""
        turns = [AIMessage(text) if place % 2 else HumanMessage(text) for place, text in enumerate(self.asked)]
        if self.filler:
            turns[-1] = HumanMessage(f"{_text(self.filler)}\n\n{self.asked[-1]}")
        return [SystemMessage(self.system), *turns] if self.system else list(turns)


class Progress(NamedTuple):
    """How far a probe is: the task that begins, and how many of how many are done."""

    task: Task
    done: int
    count: int


@cache
def tasks(file: Path = TASKS) -> tuple[Task, ...]:
    """All tasks, those of an ability together."""
    return tuple(_tasks(tomllib.loads(file.read_text("utf-8"))))


def abilities() -> dict[str, str]:
    """What each ability is called for a person."""
    return {name: table["about"] for name, table in tomllib.loads(TASKS.read_text("utf-8")).items()}


def probe(
    name: str,
    model: "BaseChatModel",
    *,
    anew: bool = False,
    progress: Callable[[Progress], object] = lambda _: None,
    among: Sequence[Task] | None = None,
) -> Profile:
    """Ask the chat model called `name` all tasks (or those `among` them), and keep what it can do.

    It goes on where an earlier probe of the same weights with the same tasks was interrupted, unless `anew`.

    Raises:
        ModelError: the model does not answer; what was measured is kept.
        OSError: the profile cannot be written.
    """
    asked = tasks() if among is None else among
    so_far = None if anew else profiles.unfinished(name)
    profile = _begun(name, asked) if so_far is None or so_far.tasks != _digest(asked) else so_far
    knowledge, failures = {result.task for result in profile.results}, 0
    for task in asked:
        if task.name in knowledge:
            continue
        progress(Progress(task, len(profile.results), len(asked)))
        result, speeds, error = _result(task, model)
        failures = failures + 1 if error else 0
        if error and failures == IN_A_ROW:
            raise error
        profile = profile.model_copy(update={"results": (*profile.results, result), **speeds})
        profiles.store(name, profile, whole=False)
    whole = profile.model_copy(update={"context": _context(profile, asked), "day": _today()})
    profiles.store(name, whole, whole=True)
    return whole


def _result(task: Task, model: "BaseChatModel") -> tuple[Result, dict[str, float], VademecumError | None]:
    """What the model made of a task, the speeds that it shows, and why it did not answer."""
    began, error = time.perf_counter(), None
    usage: Mapping[str, Any] = {}
    try:
        reply, usage = _reply(task, model)
    except VademecumError as raised:
        reply, error = Reply(f"error: {raised}"), raised
    seconds = time.perf_counter() - began
    passed = error is None and is_right(reply, task.right, "\n".join(task.asked))
    said = " ".join(reply.shown().split())[:SAID]
    wanted = "" if passed else ", ".join(f"{key}: {value}" for key, value in task.right.items())
    result = Result(
        task=task.name, ability=task.ability, passed=passed, said=said, wanted=wanted, seconds=round(seconds, 2)
    )
    # A context that is too small for a task of that kind is what is measured there, and no failure of the model.
    return result, _speeds(task, usage, reply, seconds), None if task.filler else error


def _reply(task: Task, model: "BaseChatModel") -> tuple[Reply, Mapping[str, Any]]:
    """The model's reply, and what it says of tokens."""
    if task.fields:
        form: Any = model_calls.fill(model, _form(task), task.messages)
        return Reply(fields={} if form is None else form.model_dump()), {}
    try:
        bound = model.bind_tools(list(task.tools)) if task.tools else model
        message = bound.invoke(task.messages)
    except VademecumError:
        raise
    except NotImplementedError as error:
        raise ModelError("this model cannot call tools") from error
    except Exception as error:  # providers share no base class; nothing is swallowed
        raise unanswered(error) from error
    calls = [(call["name"], call["args"]) for call in message.tool_calls]
    return Reply(message.text.strip(), None, calls), message.usage_metadata or {}


def _form(task: Task) -> Any:
    fields: dict[str, Any] = {
        name: (Literal[tuple(kind)] if isinstance(kind, list) else _KINDS[kind], Field())  # ty: ignore[invalid-type-form]
        for name, kind in task.fields.items()
    }
    return create_model("Form", __doc__="The reply.", **fields)


def _speeds(task: Task, usage: Mapping[str, Any], reply: Reply, seconds: float) -> dict[str, float]:
    """Tokens a second: read, where a long text is; written, where there is hardly anything to read."""
    if task.filler:
        cached = (usage.get("input_token_details") or {}).get("cache_read", 0)
        read = usage.get("input_tokens", task.filler) - cached
        return {"read": round(read / seconds, 1)}
    if task.ability == "speed":
        written = usage.get("output_tokens") or len(reply.words) / CHARS_A_TOKEN
        return {"written": round(written / seconds, 1)}
    return {}


def _context(profile: Profile, asked: Sequence[Task]) -> int:
    """The longest text in which the line was found, as in all that are shorter."""
    passed, longest = {result.task for result in profile.results if result.passed}, 0
    for task in sorted((task for task in asked if task.filler), key=lambda task: task.filler):
        if task.name not in passed:
            break
        longest = task.filler
    return longest


def _text(tokens: int) -> str:
    """A list of about so many tokens; one line, near its beginning, is what is asked for."""
    things, colours = ("cabinet", "drawer", "locker", "crate", "chest"), ("red", "green", "white", "grey", "brown")
    lines = [
        f"The code of the {colours[n % 5]} {things[n // 5 % 5]} in room {n + 11} is {(n * 7919 + 1203) % 9000 + 1000}."
        for n in range(tokens // 17)
    ]
    lines.insert(len(lines) // 8, "The code of the blue cabinet is 4718.")
    return "\n".join(lines)


def _begun(name: str, asked: Sequence[Task]) -> Profile:
    return Profile(
        model=profiles.shown(name), fingerprint=profiles.fingerprint(name), tasks=_digest(asked), day=_today()
    )


def _digest(asked: Sequence[Task]) -> str:
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _tasks(tables: Mapping[str, Any]) -> Iterator[Task]:
    for ability, table in tables.items():
        for number, task in enumerate(table["tasks"], 1):
            yield Task(
                name=f"{ability}-{number}",
                ability=ability,
                system=table.get("system", "").strip(),
                asked=tuple(text.strip() for text in task["asked"]),
                right=task["right"],
                fields=task.get("fields") or table.get("fields") or {},
                tools=tuple(table.get("tools", ())),
                filler=task.get("filler", 0),
            )


def prepared(model: "BaseChatModel") -> "BaseChatModel":
    """A model of this process that ends a reply soon, and chooses tools itself, whatever its profile says."""
    from vademecum.models.llama_chat import LlamaChat
    from vademecum.models.smollm import SmolLM

    if not isinstance(model, LlamaChat):
        return model
    if isinstance(model, SmolLM) and model.path:
        model = LlamaChat(**{name: getattr(model, name) for name in LlamaChat.model_fields if name != "reuse_prompt"})
    return model.model_copy(update={"max_tokens": LONGEST})

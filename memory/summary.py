"""Summary memory: what was said before the turns that are shown as they were, in a text that never grows too long.

    place = due(messages, summarised, turns=6, tokens=900)
    summary = fold(summary, messages[summarised:place], most_chars=2000, write=None)

A capable model rewrites the summary with each stretch that is added; without one, it is extracted: what the person
said of themselves stays, of questions and answers the latest.
"""

from collections.abc import Callable, Sequence

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately

from vademecum import prompts
from vademecum.language.sentences import sentence_spans
from vademecum.memory import self_statements
from vademecum.memory.buffer import recent, spoken_messages

Write = Callable[[list[BaseMessage]], str]
"""A model's reply to messages."""

STRETCH_TOKENS = 2000
"""Of the conversation, given to a model at once."""

LINE_CHARS = 200
"""Of a question, an answer or a statement in an extracted summary."""

_STATEMENT_MARK, _QUESTION_MARK, _ANSWER_MARK = "The person said: ", "The person asked: ", " Answered: "


def due(messages: Sequence[AnyMessage], summarised: int, *, turns: int, tokens: int) -> int:
    """Up to which message the summary should reach now; `summarised`, up to which it does, where it need not move.

    It moves when more than `turns` turns, or about `tokens` tokens, are not in it; then half of the turns stay out of
    it, so that it moves only every few turns.
    """
    waiting = messages[summarised:]
    questions = [place for place, message in enumerate(waiting) if isinstance(message, HumanMessage)]
    if len(questions) <= turns and count_tokens_approximately(spoken_messages(waiting)) <= tokens:
        return summarised
    latest, spoken = recent(waiting, turns=max(1, turns // 2), tokens=tokens // 2), spoken_messages(waiting)
    if not latest:  # the last turn alone is more than is shown
        return len(messages)
    return summarised + next(place for place, message in enumerate(waiting) if message is spoken[-len(latest)])


def fold(summary: str, messages: Sequence[AnyMessage], *, most_chars: int, write: Write | None = None) -> str:
    """The summary with these messages added, of `most_chars` characters at most.

    `write` is a capable model; without one, or where it says nothing, lines are extracted.
    """
    if write is None:
        return _extracted(summary, messages, most_chars)
    for stretch in _stretches(messages):
        turns_text = "\n".join(_line(message) for message in stretch)
        prompt = prompts.load("memory/summarise-conversation").render(
            summary=unfenced(summary) or "(nothing yet)", turns=unfenced(turns_text), words=str(most_chars // 8)
        )
        reply = write(prompt).strip()
        summary = _cut(reply, most_chars) if reply else _extracted(summary, stretch, most_chars)
    return summary


def unfenced(text: str) -> str:
    """The text, unable to end the fence that a prompt puts around it."""
    return text.replace("<", "‹")


def _stretches(messages: Sequence[AnyMessage]) -> list[list[BaseMessage]]:
    """The messages in pieces that a model can be given at once, each of whole turns where these are short enough."""
    pieces: list[list[BaseMessage]] = [[]]
    for message in spoken_messages(messages):
        full = count_tokens_approximately([*pieces[-1], message]) > STRETCH_TOKENS
        if full and isinstance(message, HumanMessage) and pieces[-1]:
            pieces.append([])
        pieces[-1].append(message)
    return [piece for piece in pieces if piece]


def _line(message: BaseMessage) -> str:
    who = "Person" if isinstance(message, HumanMessage) else "Assistant"
    return f"{who}: {' '.join(message.text.split())[: STRETCH_TOKENS * 2]}"


def _cut(text: str, most_chars: int) -> str:
    """As many whole sentences as fit; a first one that does not is cut."""
    if len(text) <= most_chars:
        return text
    ends = [end for _, end in sentence_spans(text) if end <= most_chars]
    return text[: ends[-1]].rstrip() if ends else _short(text, most_chars)


def _extracted(summary: str, messages: Sequence[BaseMessage], most_chars: int) -> str:
    lines = [*filter(None, summary.split("\n"))]
    for message in spoken_messages(messages):
        if not isinstance(message, HumanMessage):
            if lines and lines[-1].startswith(_QUESTION_MARK) and _ANSWER_MARK not in lines[-1]:
                lines[-1] += _ANSWER_MARK + _first_sentence(message.text)
            continue
        statements = self_statements.about_self(message.text) or filter(
            None, [self_statements.to_remember(message.text)]
        )
        lines.extend(_STATEMENT_MARK + _short(statement) for statement in statements)
        if not self_statements.only_about_self(message.text):
            lines.append(_QUESTION_MARK + _short(message.text))
    return "\n".join(_fitting(list(dict.fromkeys(lines)), most_chars))


def _fitting(lines: list[str], most_chars: int) -> list[str]:
    """The lines without the oldest: first of what was asked, then, where that does not do, of what was said."""
    lines = [*lines]
    for kind in (_QUESTION_MARK, ""):
        for line in [line_text for line_text in lines if line_text.startswith(kind)]:
            if _length(lines) > most_chars:
                lines.remove(line)
    return lines


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _first_sentence(text: str) -> str:
    spans = sentence_spans(text)
    return _short(text[spans[0][0] : spans[0][1]] if spans else text)


def _short(text: str, most: int = LINE_CHARS) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else f"{one_line[: most - 1]}…"

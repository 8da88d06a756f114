"""A filter's tree as a condition in SQL: fields from fixed tables, and every value a parameter.

Conditions on a pair (`metadata_key` and `metadata_value`, `feedback_key` and `feedback_score`, `input_key` and
`input_value`, ...) that stand side by side in one `and` are about the same pair.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from vademecum.core.errors import TraceError
from vademecum.tracing.store.filters import Call, Field
from vademecum.tracing.store.values import dumps, nearest_time, parsed, sound


class Condition(NamedTuple):
    """A condition in SQL on `runs r`, with the values of its question marks.

    `keys` is a query with the same values that names the runs by an index, cheap where it is for few.
    """

    sql: str
    values: tuple[Any, ...] = ()
    keys: str = ""


TEXTS = {
    **{name: f"r.{name}" for name in ("id", "name", "run_type", "status", "error", "trace_id", "parent_run_id")},
    **{name: f"r.{name}" for name in ("session_id", "reference_example_id", "thread_id", "dotted_order", "model")},
    "project_id": "r.session_id",
    "ls_model_name": "r.model",
}
NUMBERS = {
    "latency": "r.latency",
    "latency_seconds": "r.latency",
    **{name: f"r.{name}" for name in ("prompt_tokens", "completion_tokens", "total_tokens")},
    **{name: f"r.{name}" for name in ("prompt_cost", "completion_cost", "total_cost")},
}
TIMES = {name: f"r.{name}" for name in ("start_time", "end_time", "first_token_time")}
BOOLEANS = {"is_root": "(r.parent_run_id IS NULL)", "has_error": "(r.status = 'error')"}
PAIRS = {
    "metadata": {"metadata_key": "name", "metadata_value": "value"},
    "feedback": {
        "feedback_key": "key",
        "feedback_score": "score",
        "feedback_value": "value",
        "feedback_comment": "comment",
    },
    "inputs": {"input_key": "input_key", "input_value": "input_value"},
    "outputs": {"output_key": "output_key", "output_value": "output_value"},
}
_PAIR_OF = {name: pair for pair, names in PAIRS.items() for name in names}
_OPERATORS = {"eq": "IS", "neq": "IS NOT", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
FIELDS = sorted({*TEXTS, *NUMBERS, *TIMES, *BOOLEANS, *_PAIR_OF, "tags", "metadata", "inputs", "outputs"})


def condition(tree: Call) -> Condition:
    """What the expression asks of a run.

    Raises:
        TraceError: it names something that runs do not have, or compares what cannot be compared (400).
    """
    if tree.name == "and":
        return _all(tree.arguments)
    if tree.name == "or":
        parts = [condition(_call(argument)) for argument in tree.arguments]
        return _joined(parts, " OR ", "0")
    if tree.name == "not":
        (inner,) = _arguments(tree, 1)
        inner_condition = condition(_call(inner))
        return Condition(f"NOT coalesce({inner_condition.sql}, 0)", inner_condition.values)
    if (pair := _pair(tree)) is not None:
        return _of_pair(pair, [tree])
    return _single(tree)


def search(text: str) -> Condition:
    """Runs whose name, inputs, outputs or error have these words, one after the other; `word*` is a beginning."""
    words = re.findall(r"\w+", text)
    if not words:
        raise TraceError(f"nothing to search for in {text[:40]!r}; give a word")
    phrase = '"' + " ".join(words) + '"' + ("*" if text.rstrip().endswith("*") else "")
    return Condition(
        "EXISTS (SELECT 1 FROM words WHERE words MATCH ? AND rowid = r.key)",
        (phrase,),
        "SELECT rowid FROM words WHERE words MATCH ?",
    )


def conjuncts(tree: Call) -> list[tuple[Call | None, Condition]]:
    """The parts of an `and`, or the expression itself; without a tree where a part joins several (a pair)."""
    return _parts(tree.arguments) if tree.name == "and" else [(tree, condition(tree))]


def _all(arguments: tuple[Any, ...]) -> Condition:
    return _joined([part for _, part in _parts(arguments)], " AND ", "1")


def _parts(arguments: tuple[Any, ...]) -> list[tuple[Call | None, Condition]]:
    grouped: dict[str, list[Call]] = {}
    parts: list[tuple[Call | None, Condition]] = []
    for call in map(_call, arguments):
        pair = _pair(call)
        if pair is None:
            parts.append((call, condition(call)))
        else:
            grouped.setdefault(pair, []).append(call)
    return [*parts, *((None, _of_pair(pair, calls)) for pair, calls in grouped.items())]


def _joined(parts: list[Condition], word: str, of_none: str) -> Condition:
    if not parts:
        return Condition(of_none)
    sql = word.join(part.sql for part in parts)
    return Condition(f"({sql})", tuple(value for part in parts for value in part.values))


def _single(tree: Call) -> Condition:
    if tree.name == "search":
        (text,) = _arguments(tree, 1) if len(tree.arguments) == 1 else (tree.arguments[-1],)
        return search(str(text))
    if tree.name in ("has", "exists"):
        field, value = _arguments(tree, 2)
        return _has(_name(field), value, exists=tree.name == "exists")
    if tree.name in ("in", "nin"):
        field, values = _arguments(tree, 2)
        either = [
            _compared(Call("eq", (field, option))) for option in (values if isinstance(values, list) else [values])
        ]
        any_of = _joined(either, " OR ", "0")
        return Condition(f"NOT coalesce({any_of.sql}, 0)", any_of.values) if tree.name == "nin" else any_of
    if tree.name in (*_OPERATORS, "like"):
        return _compared(tree)
    functions = ", ".join((*_OPERATORS, "and", "or", "not", "in", "nin", "has", "exists", "like", "search"))
    raise TraceError(f"a filter has no {tree.name[:40]!r}; there are: {functions}")


def _compared(tree: Call) -> Condition:
    field, value = _arguments(tree, 2)
    name = _name(field)
    if isinstance(value, Field | Call | list):
        raise TraceError(f"{tree.name}({name}, ...) compares with a text, a number, true, false or null")
    if name == "error" and value is None and tree.name in ("eq", "neq"):
        return Condition(f"r.status {'!=' if tree.name == 'eq' else '='} 'error'")
    if tree.name == "like":
        return Condition(f"lower({_column(name, TEXTS)}) LIKE lower(?)", (str(value),))
    for columns, convert in _KINDS:
        if name in columns:
            try:
                operand = None if value is None else convert(value)
            except TraceError as error:
                raise TraceError(f"{tree.name}({name}, ...): {error}") from None
            return Condition(f"{columns[name]} {_OPERATORS[tree.name]} ?", (operand,))
    raise TraceError(f"a filter cannot compare {name[:60]!r}; it knows: {', '.join(FIELDS)}")


def _column(name: str, columns: dict[str, str]) -> str:
    if name not in columns:
        raise TraceError(f"a filter cannot compare {name[:60]!r} so; it can: {', '.join(sorted(columns))}")
    return columns[name]


def _number(value: Any) -> float:
    """A number; of seconds also as text: "2s", "150ms"."""
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(ms|s)?\s*", str(value))
    if match is None or isinstance(value, bool):
        raise TraceError(f"{str(value)[:40]!r} is not a number")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


_KINDS: tuple[tuple[dict[str, str], Callable[[Any], Any]], ...] = (
    (TEXTS, str),
    (NUMBERS, _number),
    (TIMES, nearest_time),
    (BOOLEANS, lambda value: int(value in (True, "true", 1))),
)


def _has(name: str, value: Any, *, exists: bool) -> Condition:
    if name == "tags":
        return _labelled("name = '' AND value = ?", (str(value),))
    if name == "metadata":
        return _has_metadata(value, exists=exists)
    if name in ("inputs", "outputs"):
        if exists:
            return _in_payload(name, "j.key IS ?", (str(value),))
        return Condition(f"(SELECT instr(p.{name}, ?) FROM payloads p WHERE p.key = r.key)", (str(value),))
    raise TraceError(f"a filter has has(...) for tags, metadata, inputs and outputs, not for {name[:60]!r}")


def _has_metadata(value: Any, *, exists: bool) -> Condition:
    from vademecum.tracing.store.ingest import label

    if exists or not str(value).lstrip().startswith("{"):
        return _labelled("name = ? AND name != ''", (str(value),))
    try:
        pairs = parsed(str(value).encode())
    except TraceError:
        raise TraceError(f'has(metadata, ...) takes JSON such as \'{{"colour": "blue"}}\', not {value!r}') from None
    parts = [_labelled("name = ? AND value = ?", (key, label(label_value))) for key, label_value in pairs.items()]
    return parts[0] if len(parts) == 1 else _joined(parts, " AND ", "1")


def _labelled(sql: str, values: tuple[Any, ...]) -> Condition:
    return Condition(
        f"EXISTS (SELECT 1 FROM labels WHERE {sql} AND key = r.key)", values, f"SELECT key FROM labels WHERE {sql}"
    )


def _of_pair(pair: str, calls: list[Call]) -> Condition:
    """One condition of all that is asked of the same pair."""
    inner = [_in_pair(pair, call) for call in calls]
    sql = " AND ".join(part.sql for part in inner)
    values = tuple(value for part in inner for value in part.values)
    if pair == "metadata":
        both = f"f.name != '' AND {sql}"
        return Condition(
            f"EXISTS (SELECT 1 FROM labels f WHERE f.key = r.key AND {both})",
            values,
            f"SELECT f.key FROM labels f WHERE {both}" if len(calls) > 1 else "",
        )
    if pair == "feedback":
        return Condition(
            f"r.id IN (SELECT f.run_id FROM feedback f WHERE {sql})",
            values,
            f"SELECT r.key FROM feedback f JOIN runs r ON r.id = f.run_id WHERE {sql}",
        )
    return _in_payload(pair, sql, values)


def _in_payload(part: str, sql: str, values: tuple[Any, ...]) -> Condition:
    return Condition(
        f"EXISTS (SELECT 1 FROM payloads p, json_tree({sound(f'p.{part}')}) j WHERE p.key = r.key AND {sql})",
        values,
    )


def _in_pair(pair: str, tree: Call) -> Condition:
    field, value = _arguments(tree, 2)
    name = _name(field)
    if tree.name == "in" and isinstance(value, list):
        return _joined([_in_pair(pair, Call("eq", (field, option))) for option in value], " OR ", "0")
    if tree.name not in (*_OPERATORS, "like") or isinstance(value, Field | Call | list):
        raise TraceError(f"a filter cannot ask {tree.name}({name}, ...)")
    column = {"inputs": "j", "outputs": "j"}.get(pair, "f") + "."
    column += {"input_key": "key", "output_key": "key", "input_value": "value", "output_value": "value"}.get(
        name, PAIRS[pair][name]
    )
    if name == "feedback_score":
        operand: Any = None if value is None else _number(float(value) if isinstance(value, bool) else value)
    elif name == "feedback_value":
        operand = dumps(value)
    elif pair == "metadata":
        operand = value if isinstance(value, str) else dumps(value)
    else:
        operand = int(value) if isinstance(value, bool) else value
    operator = "LIKE" if tree.name == "like" else _OPERATORS[tree.name]
    return Condition(f"{column} {operator} ?", (operand,))


def _pair(tree: Call) -> str | None:
    first = tree.arguments[0] if tree.arguments else None
    return _PAIR_OF.get(first.name) if isinstance(first, Field) else None


def _arguments(tree: Call, count: int) -> tuple[Any, ...]:
    if len(tree.arguments) != count:
        raise TraceError(f"{tree.name}(...) takes {count} arguments, not {len(tree.arguments)}")
    return tree.arguments


def _call(value: Any) -> Call:
    if not isinstance(value, Call):
        raise TraceError(f'and, or and not take expressions such as eq(name, "answer"), not {str(value)[:60]!r}')
    return value


def _name(value: Any) -> str:
    if not isinstance(value, Field | str):
        raise TraceError(f"a comparison begins with what it compares, such as eq(name, ...), not {str(value)[:60]!r}")
    return value.name if isinstance(value, Field) else value

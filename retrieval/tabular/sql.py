"""Conditions of a plan as SQL, for the columns of `engine.py`."""

from collections.abc import Sequence
from typing import Any

from vademecum.retrieval.tabular.engine import tokens
from vademecum.retrieval.tabular.plan import Filter


def sql_of(filters: Sequence[Filter]) -> tuple[str, list[Any]]:
    """The condition as SQL, and the values of its question marks."""
    parts, values = [], []
    for condition in filters:
        sql, more = _condition(condition)
        parts.append(sql)
        values += more
    return " AND ".join(parts) or "1", values


def _condition(condition: Filter) -> tuple[str, list[Any]]:
    c, words = condition.column, [" ".join(tokens(text)) for text in (condition.text, *condition.others)]
    match condition.op:
        case "is":
            return _any(f"instr(p{c}, ?) > 0", [f"|{condition}|" for condition in words])
        case "is only":
            return _any(f"t{c} = ?", [f" {condition} " for condition in words])
        case "is not":
            return f"(p{c} IS NULL OR instr(p{c}, ?) = 0)", [f"|{words[0]}|"]
        case "has":
            return _any(f"instr(t{c}, ?) > 0", [f" {condition} " for condition in words])
        case "has not":
            return f"(t{c} IS NULL OR instr(t{c}, ?) = 0)", [f" {words[0]} "]
        case "between":
            return f"n{c} BETWEEN ? AND ?", [condition.low, condition.high]
        case "month":
            return f"m{c} = ?", [int(condition.low)]
        case "filled":
            return f"t{c} IS NOT NULL", []
        case "empty":
            return f"t{c} IS NULL", []
    return f"n{c} {condition.op} ?", [condition.low]


def _any(sql: str, values: list[Any]) -> tuple[str, list[Any]]:
    return f"({' OR '.join([sql] * len(values))})", values

"""How numbers and lists of an answer are written."""

from collections.abc import Sequence

from vademecum.retrieval.tabular.table import Column


def listed(texts: Sequence[str]) -> str:
    """The texts, "a, b and c"."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0] if texts else ""


def counted_in_words(count: int, noun: str) -> str:
    """The count with its noun: "1 row", "2,000 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shown_number(number: float, column: Column, decimals: int, unit: str, rounds: bool = False) -> str:
    """A number as its column has it: its decimals (two more where it `rounds`), its unit; thousands are set apart; a
    duration as hours, minutes and seconds.
    """
    if column.kind == "duration":
        return duration(number, decimals)
    if column.kind == "date":
        return str(int(number) // 10000) if number >= 10000 else f"{number:g}"
    text = f"{number:,.{decimals}f}"
    if rounds:
        longer = f"{number:,.{decimals + 2}f}".rstrip("0").rstrip(".")
        text = longer if len(longer) > len(text) else text
    text = text.rstrip("0").rstrip(".") if decimals and float(number).is_integer() else text
    unit = unit or column.unit
    return (
        f"{unit}{text}"
        if unit in ("$", "€", "£", "¥", "₹")
        else f"{text}{unit}"
        if unit == "%"
        else f"{text} {unit}".strip()
    )


def duration(seconds: float, decimals: int) -> str:
    """Seconds as "2:19:03:32" (days first), "1:54:20.4" or "38:04.73"; below a minute in seconds."""
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    whole, part = divmod(round(seconds, decimals), 1)
    minutes, second = divmod(int(whole), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    fraction = f"{part:.{decimals}f}"[1:] if decimals else ""
    if not minutes:
        return f"{sign}{second}{fraction}"
    parts = [days, f"{hour:02d}", f"{minute:02d}"] if days else [hour, f"{minute:02d}"] if hours else [minute]
    return f"{sign}{':'.join(map(str, parts))}:{second:02d}{fraction}"

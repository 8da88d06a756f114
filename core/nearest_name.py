"""What is said of a name that nobody knows: the known one that comes nearest, and all there are."""

import difflib
from collections.abc import Collection

CUTOFF = 0.6
"""Likeness (`difflib`, 0 to 1) from which on a known name is offered: `tecnique` and `technique` have .94."""


MANY = 30
"""Known names that are still listed where one of them comes near."""


def unknown_name(kind: str, name: str, names: Collection[str]) -> str:
    """One line: "no choice named 'modle'; did you mean 'model'? There are: model, technique"."""
    fault, listing = f"no {kind} named {name[:80]!r}", f"here are: {', '.join(names) or 'none'}"
    if (offered := nearest(name, names)) is None:
        return f"{fault}; t{listing}"
    return f"{fault}; did you mean {offered!r}?{f' T{listing}' if len(names) <= MANY else ''}"


def nearest(name: str, names: Collection[str]) -> str | None:
    """The known name with the same letters in another order ("modle"), else the likest; None where none is like it."""
    transposed = [candidate for candidate in names if sorted(candidate) == sorted(name)]
    return next(iter(transposed or difflib.get_close_matches(name, names, n=1, cutoff=CUTOFF)), None)

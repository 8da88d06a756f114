"""How the verdict tells intact sentences from altered ones: the issue's bars, by kind.

python -m benchmarks.verdicts [--table] [--errors] [--seed N] [--wice]

Prints one JSON line; `--table` the table by kind, `--errors` each sentence that was judged wrongly. `--wice` judges
only the claims of ../shared/eval/wice, against their evidence (balanced accuracy of "supported" against the rest).
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.measure import report
from benchmarks.verdict_cases import Case, Grounded, altered, context_cases, verbatim, wice_cases, written
from vademecum.core.settings import load_settings
from vademecum.models.minilm import MiniLM
from vademecum.verification.grounding import Grounding
from vademecum.verification.verdict import Judgement, Verifier

KINDS = ("number", "name", "negation", "citation")


class Row(NamedTuple):
    """One judged case; `wrong` where an altered one passed or an intact one was refused."""

    group: str
    case: Case
    judgement: Judgement
    wrong: bool
    seconds: float


def cases(seed: int = 0) -> dict[str, list[Case]]:
    """All cases, by group."""
    groups = {
        "verbatim": [
            case for folder, count in (("wiki", 90), ("handbook", 60)) for case in verbatim(folder, count, seed + 1)
        ],
        "reworded": list(written("verdicts_reworded", "reworded")),
        "reworded, held out": list(written("verdicts_reworded_held_out", "reworded")),
    }
    for kind in KINDS:
        groups[kind] = [
            case
            for folder, count in (("wiki", 60), ("handbook", 40))
            for case in altered(folder, kind, count, seed + 2)
        ]
    groups["reworded and altered"] = list(written("verdicts_reworded_and_altered", "altered"))
    return groups


def judge(verifier: Verifier, group: str, found: Iterable[Case]) -> list[Row]:
    """The verdict on each case of a group."""
    rows = []
    for case in found:
        began = time.perf_counter()
        judgement = verifier.judge(case.sentence, case.quotes, case.hits)
        seconds = time.perf_counter() - began
        intact = group.startswith(("verbatim", "reworded")) and group != "reworded and altered"
        rows.append(Row(group, case, judgement, (judgement.verdict == "supported") != intact, seconds))
    return rows


def main() -> None:
    """Judge everything and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--errors", metavar="GROUP", nargs="?", const="all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wice", action="store_true")
    options = parser.parse_args()
    if options.wice:
        report("wice", **_balanced(wice_cases()))
        return
    verifier = Verifier(_embeddings)
    results = {group: judge(verifier, group, found) for group, found in cases(options.seed).items()}
    if options.errors:
        for row in [
            row for rows in results.values() for row in rows if row.wrong and options.errors in ("all", row.group)
        ]:
            found = row.judgement
            print(f"[{row.group}] {row.case.sentence}\n    {row.case.quotes[0]!r}\n    {found.verdict} {found.reasons}")
    if options.table:
        _print_table(results)
        _print_contexts()
    wrong = {group: sum(row.wrong for row in rows) / max(1, len(rows)) for group, rows in results.items()}
    pooled = [row for kind in KINDS for row in results[kind]]
    report(
        "verdicts",
        altered_passed=sum(row.wrong for row in pooled) / len(pooled),
        verbatim_refused=wrong["verbatim"],
        reworded_refused=wrong["reworded"],
        held_out_refused=wrong["reworded, held out"],
        reworded_and_altered_passed=wrong["reworded and altered"],
        median_ms=1000 * statistics.median(row.seconds for rows in results.values() for row in rows),
    )


def _balanced(found: Iterable[Grounded]) -> dict[str, float]:
    """Shares of supported claims that were kept and of the others that were caught, and their mean."""
    grounding = Grounding(_embeddings)
    right: dict[bool, list[bool]] = {True: [], False: []}
    for case in found:
        right[case.supported].append(grounding.verify(case.claim, case.texts).is_supported is case.supported)
    kept, caught = (statistics.mean(right[supported] or [0.0]) for supported in (True, False))
    return {"balanced": (kept + caught) / 2, "kept": kept, "caught": caught, "claims": sum(map(len, right.values()))}


def _print_contexts() -> None:
    print("\n| written in context | claims | balanced | kept | caught |\n|---|--:|--:|--:|--:|")
    groups: dict[str, list[Grounded]] = {}
    for case in context_cases():
        groups.setdefault(case.kind, []).append(case)
    for kind, group in sorted(groups.items()):
        figures = _balanced(group)
        shares = " | ".join(f"{figures[name]:.2f}" for name in ("balanced", "kept", "caught"))
        print(f"| {kind:<20} | {len(group)} | {shares} |")


def _embeddings() -> MiniLM:
    return MiniLM(load_settings().threads)


def _print_table(results: dict[str, list[Row]]) -> None:
    print(f"| {'kind':<22} | cases | wrong | supported | misattributed | unsupported | not found |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for group, rows in results.items():
        count = Counter(row.judgement.verdict for row in rows)
        wrong = sum(row.wrong for row in rows) / max(1, len(rows))
        shown = " | ".join(
            str(count[verdict]) for verdict in ("supported", "misattributed", "unsupported", "not found")
        )
        print(f"| {group:<22} | {len(rows)} | {wrong:.1%} | {shown} |")


if __name__ == "__main__":
    main()

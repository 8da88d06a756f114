"""An answer as a person reads it: sentences with marks and numbers, and under them what each number stands for."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from vademecum.cli._terminal import say, say_block
from vademecum.core.markdown import blocks
from vademecum.core.types import Answer, Citation, Origin, Report, Sentence, Verdict

if TYPE_CHECKING:
    from vademecum.verification.citation_status import CitationStatus

Standings = Mapping[Citation, "CitationStatus"]
"""What has become of citations of some time ago."""

MARKS: dict[Verdict, str] = {"supported": "✓", "misattributed": "↷", "not found": "?", "unsupported": "✗"}
COLOURS: dict[Verdict, str] = {
    "supported": "green",
    "misattributed": "yellow",
    "not found": "red",
    "unsupported": "red",
}

MAX_CONTEXT = 60
"""Characters of what stands before a sentence, so that it is understood."""

MAX_QUOTE = 400
"""Characters of a quote that are shown; all of it is in `--json`."""


def show(answer: Answer, ambiguous: Collection[str], standings: Standings | None = None) -> None:
    """Print an answer; `ambiguous` are paths that need their folder to be told apart.

    `standings` say of citations of some time ago what has become of them.
    """
    if answer.abstained:
        say("This is not in your documents.", style="bold")
        if answer.nearest:
            say("The nearest passages:", style="dim")
        show_citations(answer.nearest, ambiguous, standings)
    else:
        numbers = {citation: number for number, citation in enumerate(answer.citations, 1)}
        for place, sentence in enumerate(answer.sentences):
            earlier = _earlier(sentence, answer.sentences[0]) if place else ""
            _sentence(sentence, [numbers[citation] for citation in sentence.citations], earlier)
        say()
        show_citations(answer.citations, ambiguous, standings)
    say(_colophon(answer), style="dim")


def show_report(report: Report, answer: Answer, ambiguous: Collection[str]) -> None:
    """Print a report, section by section; `answer` is the same sentences in one."""
    if answer.abstained:
        show(answer, ambiguous)
        return
    numbers = {citation: number for number, citation in enumerate(answer.citations, 1)}
    if report.sections[0].title != report.question:
        say(report.question, style="bold")
        say()
    for section in report.sections:
        say(section.title, style="bold")
        for sentence in section.sentences:
            _sentence(sentence, [numbers[citation] for citation in sentence.citations])
        say()
    for title in report.unanswered:
        say(f"Not in your documents: {title}", style="yellow")
    if report.unanswered:
        say()
    show_citations(answer.citations, ambiguous)
    say(_colophon(answer), style="dim")


def _earlier(sentence: Sentence, newest: Sentence) -> str:
    """What is said before a sentence of an older document than the first: "earlier, 2026-01-20: "."""
    is_older = sentence.dated and newest.dated and sentence.dated < newest.dated
    return f"earlier, {sentence.dated}: " if is_older else ""


def _sentence(sentence: Sentence, numbers: Sequence[int], earlier: str = "") -> None:
    cited = "".join(f"[{number}]" for number in numbers)
    words = {"quoted": "", "written": "  (the model's words)", "computed": "  (calculated)"}[sentence.origin]
    before = f"{MARKS[sentence.verdict]} {earlier}{_context(sentence)}"
    parts = blocks(sentence.layout)
    if all(part.kind == "prose" for part in parts):
        bold = sentence.answer_span and tuple(len(before) + place for place in sentence.answer_span)
        say(f"{before}{sentence.text} {cited}{words}", style=COLOURS[sentence.verdict], hang="  ", bold=bold)
    else:
        lead = " ".join(part.text for part in parts[:1] if part.kind == "prose")
        say(f"{before}{lead} {cited}{words}", style=COLOURS[sentence.verdict], hang="  ")
        for part in parts[bool(lead) :]:
            say_block(part, indent="  ")
    if sentence.verdict != "supported":
        say(sentence.verdict, style="dim", indent="  ")


def _context(sentence: Sentence) -> str:
    """The name of the record, or the lead-in, that a quoted sentence needs; longer places stand among the citations."""
    needed = sentence.citations[1:] if sentence.origin == "quoted" else ()
    names = [citation.quote.strip("*_: ") for citation in needed if len(citation.quote) <= MAX_CONTEXT]
    return "".join(f"{name}: " for name in names if not name.startswith("|"))


def show_citations(
    citations: Sequence[Citation], ambiguous: Collection[str], standings: Standings | None = None
) -> None:
    """Print each citation with its number, its place and its quote."""
    for number, citation in enumerate(citations, 1):
        standing = standings.get(citation) if standings else None
        if standing and standing.state == "forgotten":
            say(f"[{number}] {standing.message}", style="yellow")
            continue
        path = f"{citation.root}/{citation.path}" if citation.path in ambiguous else citation.path
        say(f"[{number}] {path}, {citation.where}", style="bold")
        quote = citation.quote if len(citation.quote) <= MAX_QUOTE else citation.quote[:MAX_QUOTE] + " …"
        parts = blocks(quote)
        if all(part.kind == "prose" for part in parts):
            say(f"“{quote}”", indent="    ")
        else:
            for part in parts:
                say_block(part, indent="    ")
        if standing and standing.message:
            say(standing.message, indent="    ", style="yellow" if standing.now else "red")
    if citations:
        say()


def _colophon(answer: Answer) -> str:
    if answer.abstained:
        return f"{answer.seconds:.2f} s"
    origins = Counter(sentence.origin for sentence in answer.sentences)
    words: dict[Origin, str] = {"quoted": "quoted", "written": "written", "computed": "calculated"}
    whose = ", ".join(f"{origins[origin]} {word}" for origin, word in words.items() if origins[origin])
    thread = f" · conversation {answer.thread_id}" if answer.thread_id else ""
    return f"{answer.certainty} · {whose} · model {answer.model} · {answer.seconds:.2f} s{thread}"

"""What may be asked next: questions about headings near what an answer rests on, each of which the documents answer.

No model is asked. Each question is weighed as the graph weighs it (`vademecum.graphs.answer.grade_documents`), and
only those that it would answer are offered.
"""

import re
from collections.abc import Iterator, Sequence

from vademecum import prompts
from vademecum.core.types import Answer, Citation, Passage
from vademecum.language.questions import content_words, with_topic
from vademecum.workspace import Workspace

REACH = 8
"""Passages before and after a cited one whose headings are looked at."""

TRIED = 8
"""Questions that are weighed at most: each is a search."""

MAX_TOPIC = 70
"""Characters; a longer heading is a sentence of its own."""

LONGEST_INITIALS = 6
"""Letters; a longer word in capitals is a word and not initials."""

_NUMBERED = re.compile(r"^(?:(?:chapter|section|part|appendix)\s+)?(?:\d+(?:\.\d+)*|[ivxlc]+)[.:)]?\s+", re.IGNORECASE)
_FORMULA = re.compile(r"[=<>{}|\\\[\]^]")
_EMPTY = frozenset(
    """abstract acknowledgements appendix background bibliography conclusion conclusions contents discussion faq
    glossary index introduction license licence links method methods notes overview preface references related results
    see summary table todo""".split()
)
_LEANING = frozenset("after at before by during for from in on to under when where while with without".split())
"""What a heading begins with that is no subject: nothing can be asked about “in training”."""


def follow_ups(workspace: Workspace, answer: Answer, *, earlier: Sequence[str] = (), count: int = 3) -> list[str]:
    """At most `count` questions that the documents answer, nearest first; `earlier` were asked in this conversation."""
    cited_questions = [_question(passage) for passage in _cited(workspace, answer) if _topic(passage)]
    seen = {_key(question) for question in (answer.question, *earlier, *(() if answer.abstained else cited_questions))}
    questions: list[str] = []
    tried = 0
    for question in _candidates(workspace, answer):
        if _key(question) in seen or tried == TRIED:
            continue
        seen.add(_key(question))
        tried += 1
        if _is_answered(workspace, question, answer.question):
            questions.append(question)
        if len(questions) == count:
            break
    return questions


def _candidates(workspace: Workspace, answer: Answer) -> Iterator[str]:
    """Questions about the headings beside the cited passages, then about those that a search for the question finds."""
    for cited in answer.citations:
        yield from (_question(passage) for passage in _beside(workspace, cited) if _topic(passage))
    for hit in workspace.library.search(answer.question):
        if _topic(hit.passage):
            yield _question(hit.passage)


def _cited(workspace: Workspace, answer: Answer) -> list[Passage]:
    """The passages that the answer rests on."""
    catalogue = workspace.library.catalogue
    neighbourhoods = [catalogue.passages_beside(citation.source_id, citation.start, 1) for citation in answer.citations]
    return [
        stored.passage
        for cited, around in zip(answer.citations, neighbourhoods, strict=True)
        for stored in around
        if stored.passage.start <= cited.start < stored.passage.end
    ]


def _beside(workspace: Workspace, cited: Citation) -> list[Passage]:
    """The passages around a cited one under other headings, the nearest first."""
    around = workspace.library.catalogue.passages_beside(cited.source_id, cited.start, REACH)
    own = next((stored.passage.headings for stored in reversed(around) if stored.passage.start <= cited.start), ())
    others = [stored.passage for stored in around if stored.passage.headings != own]
    return sorted(others, key=lambda passage: abs(passage.start - cited.start))


def _topic(passage: Passage) -> str:
    """The heading that a passage stands under, as it is spoken of within a sentence; empty where it says too little."""
    heading = _NUMBERED.sub("", " ".join(passage.headings[-1].split())) if passage.headings else ""
    heading = heading.strip(" .:*_`#")
    words = content_words(heading)
    if not (heading[:1].isalnum() and len(heading) <= MAX_TOPIC) or _FORMULA.search(heading):
        return ""
    if not words or all(word.casefold() in _EMPTY for word in words) or heading.split()[0].casefold() in _LEANING:
        return ""
    if heading.endswith("?"):
        return heading
    if heading.isupper() and (" " in heading or len(heading) > LONGEST_INITIALS):
        return heading.lower()
    name = re.search(rf"[\w,;] {re.escape(heading.split()[0])}\b", passage.text)  # it keeps its capital in a sentence
    return heading if name or heading[1:2].isupper() else heading[:1].lower() + heading[1:]


def _question(passage: Passage) -> str:
    topic = _topic(passage)
    return topic if topic.endswith("?") else prompts.load("follow-up").text(topic=topic)


def _is_answered(workspace: Workspace, question: str, earlier: str) -> bool:
    """Whether the answer graph would answer it after the earlier question."""
    query, library = with_topic(question, earlier), workspace.library
    evidence = library.weigh(query, library.search(query))
    return bool(evidence.sentences) and evidence.confidence >= workspace.settings.refuse_below


def _key(question: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in content_words(question))

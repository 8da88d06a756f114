"""The words of the product: source, passage, citation, verdict, answer.

All are frozen. Offsets count characters (Python `str` indices) of a source's *text*: for a text file the
file decoded, newlines untouched; for other formats the extracted text that the catalogue keeps.
`text[start:end]` is always the exact quote.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from vademecum.core import markdown

Verdict = Literal["supported", "misattributed", "not found", "unsupported"]
"""What checking a sentence against its citations found, without a language model.

`supported`: the quotes are in the source and carry the sentence. `misattributed`: another passage than the
one cited carries it. `not found`: a quote is not in the source. `unsupported`: the quote is there but does
not carry the sentence.
"""

SURE, LIKELY = 0.9, 0.7
"""Confidence from which an answer is called sure, or likely."""

Origin = Literal["quoted", "written", "computed"]
"""Whose words a sentence is: the document's, a model's, or those of a calculation."""

FORGOTTEN = "[forgotten]"
"""Stands where the words of a document stood that the person had forgotten since."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def where(place: str | None, page: int | None, line: int | None) -> str:
    """A place in words, the most telling of the three: "slide 3", "page 2", "line 12"."""
    return place or (f"page {page}" if page else f"line {line or 1}")


class Source(_Frozen):
    """One document of the workspace.

    `path` is relative to `root`, the folder (or the file's folder) that was given to `ingest`, in POSIX form.
    `kind` is the loader's name ("markdown", "pdf", ...); `pages` is None where the format has none. A file inside an
    archive has the archive's path before its own; a web page has its site for `root`. `same_as` is the id of another
    source that holds the same text and stands for this one in every search; empty where there is none.
    """

    id: str
    path: str
    root: str
    title: str
    kind: str
    sha256: str
    pages: int | None = None
    added_at: datetime
    collection: str = "default"
    same_as: str = ""


class Passage(_Frozen):
    """A stretch of a source's text that is found as a whole: `text == source_text[start:end]`.

    `headings` are those above it, outermost first; `page` and `line` count from 1 (page: None without pages). `place`
    is what a person looks for where that is neither a page nor a line: "slide 3", "sheet Budget, row 12".
    """

    id: str
    source_id: str
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    line: int
    place: str | None = None

    @property
    def where(self) -> str:
        """Where in the document it is, for a person: its place, its page or its line."""
        return where(self.place, self.page, self.line)


class Scope(_Frozen):
    """Where a search may look: passages that meet every condition that is given; without any, everywhere.

    `path` is a pattern as in a shell (`letters/*.pdf`; `*` goes through folders too), `kind` a loader's name, `heading`
    words in the title or a heading above the passage, in any case. `since` and `until` are days on which the file was
    last changed, by this machine's clock, both included. A text that several sources hold is looked for under the one
    that came first.
    """

    collection: str | None = None
    path: str | None = None
    kind: str | None = None
    heading: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it says more than the collection."""
        return self != Scope(collection=self.collection)


EVERYWHERE = Scope()


class Citation(_Frozen):
    """The exact characters that a sentence rests on: `quote == source_text[start:end]`.

    `sha256` is that of the file as it was when it was cited; empty in answers of before it was kept.
    """

    path: str
    title: str
    start: int
    end: int
    quote: str
    page: int | None = None
    line: int | None = None
    root: str = ""
    source_id: str = ""
    place: str | None = None
    sha256: str = ""

    @property
    def where(self) -> str:
        """Where in the document it is, for a person: its place, its page or its line."""
        return where(self.place, self.page, self.line)


class Hit(_Frozen):
    """A passage that was found, and how well it fits (higher is better; scales differ between modes)."""

    passage: Passage
    path: str
    root: str
    title: str
    score: float
    sha256: str = ""

    def cite(self, start: int, end: int) -> Citation:
        """A citation of the source's characters `start` to `end`, which must lie inside the passage."""
        passage = self.passage
        if not passage.start <= start < end <= passage.end:
            raise ValueError(f"{start}:{end} is not inside the passage {passage.start}:{passage.end}")
        before = passage.text[: start - passage.start]
        return Citation(
            path=self.path,
            title=self.title,
            start=start,
            end=end,
            quote=passage.text[start - passage.start : end - passage.start],
            page=passage.page,
            line=passage.line + before.count("\n"),
            root=self.root,
            source_id=passage.source_id,
            place=passage.place,
            sha256=self.sha256,
        )


class EvidenceSentence(_Frozen):
    """One sentence of a document that may answer the question; `score`: higher is better.

    `context` are the places that give it its meaning: the name of its record, the header of its column, the question
    that it answers. `answer_span` is where in `text` the words are that answer; None where that is not known. `dated`:
    the day of its document, where documents of several days answer.
    """

    text: str
    citation: Citation
    passage_id: str
    score: float
    context: tuple[Citation, ...] = ()
    answer_span: tuple[int, int] | None = None
    dated: date | None = None


class Evidence(_Frozen):
    """What the documents say on a question: sentences best first, and the chance in [0, 1] that they answer it.

    `expected` is the kind of answer that is asked for (`vademecum.language.expected_answer`). The first `whole`
    sentences answer only together: a list, in its own order.
    """

    sentences: tuple[EvidenceSentence, ...] = ()
    confidence: float = 0.0
    expected: str = "thing"
    whole: int = 1


class Sentence(_Frozen):
    """One sentence of an answer with the citations it rests on and what checking them found.

    `origin` says whose words they are: "quoted" from the document, "written" by the model, or "computed" from the cells
    of a table that are cited; its text says how ("900 kr: sum of Amount where Category is rent"). `answer_span` is
    where in `text` the words are that answer the question; None where that is not known. `dated`: the day of its
    document, where documents of several days answer: the newest comes first.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verdict: Verdict
    origin: Origin = "quoted"
    answer_span: tuple[int, int] | None = None
    dated: date | None = None

    @property
    def layout(self) -> str:
        """The text with the lines of its quotes: a row below its header; code, lists and formulas as written."""
        return markdown.layout(self.text, [citation.quote for citation in self.citations])

    @property
    def markdown(self) -> str:
        """The sentence as Markdown that keeps its layout and emphasis; what could act in it is escaped."""
        return markdown.markdown(self.layout)


class Answer(_Frozen):
    """The answer to a question. Where `abstained`, there are no sentences, and `nearest` shows what was closest.

    `confidence` in [0, 1] is the calibrated chance that the documents answer the question.
    `model` names who wrote ("extractive" where no language model did), `mode` how it was searched; `seconds` is
    wall time.
    """

    question: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    abstained: bool = False
    confidence: float = 0.0
    nearest: tuple[Citation, ...] = ()
    model: str = "extractive"
    technique: str = ""
    mode: str = ""
    run_id: str = ""
    thread_id: str = ""
    seconds: float = 0.0

    @property
    def certainty(self) -> str:
        """The confidence in words: "sure", "likely" or "please check"."""
        return "sure" if self.confidence >= SURE else "likely" if self.confidence >= LIKELY else "please check"

    @property
    def markdown(self) -> str:
        """The answer as Markdown, without its citations (`vademecum.exporting.answer` writes those as footnotes)."""
        return markdown.paragraphs([(sentence.layout, "") for sentence in self.sentences])

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in the order in which the sentences first use them: the numbers a reader sees."""
        return tuple(dict.fromkeys(citation for sentence in self.sentences for citation in sentence.citations))

    @property
    def cited(self) -> tuple[Citation, ...]:
        """Every citation that a reader sees: where it abstained, the nearest passages."""
        return self.nearest if self.abstained else self.citations


class Section(_Frozen):
    """The sentences of a report that answer one part of its question."""

    title: str
    sentences: tuple[Sentence, ...]


class Report(_Frozen):
    """The answer to a question in several parts. `unanswered` are the parts that the documents do not answer.

    Every sentence passed the check of the answer it was taken from, and stands in one section only.
    """

    question: str
    sections: tuple[Section, ...] = ()
    unanswered: tuple[str, ...] = ()


class Entity(_Frozen):
    """Something that documents speak of. `name` is one form for every way to write it, `label` a way it is written.

    `passages`: how many speak of it. `asked`: whether the question names it.
    """

    name: str
    label: str
    passages: int
    asked: bool = False


class Relation(_Frozen):
    """What a document says of two entities, by name: `label` between them, in exactly the characters cited."""

    subject: str
    label: str
    object: str
    citation: Citation


class Knowledge(_Frozen):
    """The part of the knowledge graph around an entity, or that a question leads to; everything in it is cited."""

    about: str
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()

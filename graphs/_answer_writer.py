"""How an answer is drafted: sentences with the quotes they rest on, by whatever technique (see `_techniques.py`).

A large model writes from passages, a small one from numbered sentences (`_numbered.py`). A very small one is shown the
sentences that would be the answer without it, and is not its own critic: what checking finds wrong is the critique.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langgraph.runtime import Runtime

from vademecum import prompts
from vademecum.core.types import Evidence, EvidenceSentence, Hit
from vademecum.graphs import _claims, _drafting, _numbered, _repairing, _voting
from vademecum.graphs._claims import Claim
from vademecum.graphs._techniques import Update, Work, Writer
from vademecum.models import model_calls
from vademecum.models.fitness import fitness_of
from vademecum.prompts import Prompt

LIKEST = 3
"""Units that a claim may rest on although the model did not name them."""


class Drafting(Work, total=False):
    """What a draft is written from, and what it becomes: keys of the answer graph's own state."""

    standalone: str
    hits: list[Hit]
    evidence: Evidence
    claims: list[Claim]
    forbidden: list[str]
    notes: list[str]
    drafted_by: str


class Drafted(Work, total=False):
    """What is handed to the answer graph."""

    claims: list[Claim]
    forbidden: list[str]
    notes: list[str]
    drafted_by: str


class ClaimWriter(Writer[list[Claim]]):
    """Drafts as lists of claims, for the answer graph to check."""

    state = Drafting
    output = Drafted

    def messages(self, prompt: Prompt, state: Mapping[str, Any], context: Any) -> list[BaseMessage]:
        """The prompt with the question, the evidence as this model is shown it, and what earlier steps found."""
        if context.strategy == "numbered":
            prompt = _numbered.own_prompt(prompt)
            evidence = _numbered.shown(_numbered.blocks(state["hits"], state["evidence"]))
        elif context.capable_model:
            evidence = _drafting.passages(state["hits"][: fitness_of(context.model_name).passages])
        else:
            evidence = _drafting.numbered(short_answer(state["evidence"], prompt.front.forbid))
        inputs = {"question": state["standalone"], "evidence": evidence, **state.get("found", {})}
        return prompt.render(**{name: inputs[name] for name in (*prompt.inputs, *prompt.front.steps) if name in inputs})

    def write(
        self, prompt: Prompt, messages: Sequence[BaseMessage], state: Mapping[str, Any], context: Any
    ) -> list[Claim] | None:
        """The sentences that the model writes, with their quotes."""
        model = _voting.sampling(context.model, state["number"]) if "number" in state else context.model
        if context.strategy == "numbered":
            units = _numbered.units(_numbered.blocks(state["hits"], state["evidence"]))
            draft = _numbered.write(model, prompt, messages, units)
            return draft and [_with_fewest_quotes(claim, units, state, context) for claim in draft]
        if context.capable_model:
            return _drafting.write(model, prompt, messages)
        among = short_answer(state["evidence"], prompt.front.forbid)
        return _drafting.write_among(model, prompt, messages, state["standalone"], among, context.embeddings)

    def step(self, name: str, prompt: str) -> Callable[..., Update]:
        """A step before the draft: the model's words, or the sentences that a very small one marks."""

        def run(state: Mapping[str, Any], runtime: Runtime[Any]) -> Update:
            context = runtime.context
            messages = self.messages(prompts.load(prompt), state, context)
            if context.strategy == "numbered":
                units = _numbered.units(_numbered.blocks(state["hits"], state["evidence"]))
                lines = [unit.text for unit in units]
            elif context.capable_model:
                return {"found": {name: model_calls.ask(context.model, messages)}}
            else:
                lines = _drafting.one_a_line(short_answer(state["evidence"]))
            marked = _drafting.pick(context.model, messages, lines)
            return {"found": {name: "\n".join(marked)}}

        return run

    def text(self, draft: list[Claim]) -> str:
        """The sentences, one a line."""
        return "\n".join(claim["text"] for claim in draft)

    def gist(self, draft: list[Claim]) -> str:
        """The most direct sentence, which comes first."""
        return draft[0]["text"] if draft else ""

    def as_reply(self, draft: list[Claim]) -> str:
        """The draft in the form that it was asked for."""
        sentences = [_drafting.DraftSentence(quotes=claim["quotes"], text=claim["text"]) for claim in draft]
        return _drafting.Draft(sentences=sentences).model_dump_json()

    def faults(self, prompt: Prompt, draft: list[Claim], state: Mapping[str, Any], context: Any) -> list[str]:
        """What the model finds wrong, or where it is not trusted with that, the check against the quotes."""
        if context.model_for("critique"):
            return super().faults(prompt, draft, state, context)
        text_of = context.library.catalogue.text
        checked = [_claims.check(claim, context.verifier, state["hits"], text_of) for claim in draft]
        return [f"{claim['text']} ({'; '.join(claim['reasons'])})" for claim in checked if not _claims.passed(claim)]

    def hand_in(self, prompt: Prompt, draft: list[Claim] | None, state: Mapping[str, Any], context: Any) -> Update:
        """The claims to be checked; the evidence itself where the draft could not be read."""
        forbidden = list(prompt.front.forbid)
        if draft is None:
            note = f"the draft of {context.model_name} could not be read; the evidence is quoted instead"
            return {**extracted(state["evidence"], forbidden), "forbidden": forbidden, "notes": [note]}
        return {"claims": _drafting.without(draft, forbidden), "forbidden": forbidden}


def _with_fewest_quotes(claim: Claim, units: Sequence[_numbered.Unit], state: Mapping[str, Any], context: Any) -> Claim:
    """The claim with the fewest quotes that carry it: one unit that it names or all, with the lines above or without.

    A small model often names the wrong one: those come next that have most of the claim's words.
    """
    cited = [unit for unit in units if unit.text in claim["quotes"]]
    shares = {unit: _repairing.shared_words(claim["text"], " ".join([*unit.context, unit.text])) for unit in units}
    likest = [unit for unit in sorted(units, key=lambda unit: -shares[unit])[:LIKEST] if shares[unit] > 0]
    choices = [*([unit] for unit in cited), cited, *([unit] for unit in likest)]
    attempts = [[unit.text for unit in choice] for choice in choices]
    attempts += [
        [quote for unit in choice for quote in (*unit.context, unit.text)]
        for choice in choices
        if all(unit.keeps_columns(claim["text"]) for unit in choice)
    ]
    for quotes in attempts:
        attempt: Claim = {**claim, "quotes": list(dict.fromkeys(quotes))}
        checked = _claims.check(attempt, context.verifier, state["hits"], context.library.catalogue.text)
        if _claims.passed(checked):
            return attempt
    return claim


def extracted(evidence: Evidence, forbidden: Sequence[str] = ()) -> Update:
    """The evidence sentences that make a short answer, as a draft without a language model."""
    return {"claims": _claims.quoted(short_answer(evidence, forbidden)), "drafted_by": "extractive"}


def short_answer(evidence: Evidence, forbidden: Sequence[str] = ()) -> Sequence[EvidenceSentence]:
    """The evidence sentences that make a short answer, most often one, without those that hold a forbidden phrase."""
    from vademecum.retrieval.evidence.direct_answer import sentences_for_answer

    return sentences_for_answer(allowed(evidence, forbidden))


def allowed(evidence: Evidence, forbidden: Sequence[str]) -> Evidence:
    """The evidence without the sentences that hold a forbidden phrase."""
    sentences = tuple(sentence for sentence in evidence.sentences if not _drafting.mentions(sentence.text, forbidden))
    whole = evidence.whole if len(sentences) == len(evidence.sentences) else 1
    return evidence.model_copy(update={"sentences": sentences, "whole": whole})

"""A chain as an LCEL runnable: a sequence of stages, in each the steps that run side by side, some on a condition."""

import importlib
from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda, RunnablePassthrough

from vademecum.core import plugins
from vademecum.core.errors import PromptError
from vademecum.graphs import _text_writer
from vademecum.prompts import step_order
from vademecum.prompts.chaining import Chain
from vademecum.prompts.steps import Step

Known = Mapping[str, Any]
"""The chain's inputs and what its steps gave so far; None from a step that did not run."""


def compiled(chain: Chain, context: Any) -> Runnable[Any, Any]:
    """The chain in LCEL; see `vademecum.graphs.chain.as_runnable`."""

    def accepted(inputs: dict[str, str]) -> dict[str, str]:
        chain.require(inputs)
        return inputs

    def whole(texts: Known) -> dict[str, Any]:
        ran = {name: text for name, text in texts.items() if text is not None}
        return {**ran, "output": chain.last(ran)}

    runnable: Runnable[Any, Any] = RunnableLambda(accepted)
    for stage in step_order.stages(chain.steps):
        runnable |= RunnablePassthrough.assign(**{step.name: _conditional(step, chain, context) for step in stage})
    return (runnable | RunnableLambda(whole)).with_config(run_name=f"chain:{chain.name}")


def own(step: Step) -> Runnable[Any, Any]:
    """The runnable that a step names, `package.module:name`; a plain function becomes one.

    Raises:
        PromptError: there is none; names the file and the step.
    """
    module, _, name = step.declared.runnable.partition(":")
    try:
        runnable = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        path = step.declared.runnable
        reason = plugins.moved(error) or error
        raise PromptError(f"{step.where}: no runnable {path!r} (package.module:name): {reason}") from error
    return runnable if isinstance(runnable, Runnable) else RunnableLambda(runnable)


def _conditional(step: Step, chain: Chain, context: Any) -> Runnable[Any, Any]:
    """The step where it is to run, None where its branch was not taken."""
    run = _run(step, chain, context)
    if not step.after:
        return run

    def reached(texts: Known) -> bool:
        if step.waits == "branch":
            decider = chain.steps[step.after[0]]
            decision = texts[decider.name]
            return decision is not None and decider.branch(decision) == step.name
        ran = [texts[name] is not None for name in step.after]
        return any(ran) if step.waits == "any" else all(ran)

    return RunnableBranch((reached, run), lambda _: None)


def _run(step: Step, chain: Chain, context: Any) -> Runnable[Any, Any]:
    def filled(texts: Known) -> dict[str, str]:
        ran = {name: text for name, text in texts.items() if name in chain.steps and text is not None}
        return step.filled({name: texts[name] for name in chain.inputs}, ran)

    if step.declared.runnable:
        return (RunnableLambda(filled) | own(step) | str).with_config(run_name=step.name)
    reply = _text_writer.build(step.load).bind(context=context)
    state = RunnableLambda(filled) | RunnableLambda(lambda inputs: {"inputs": inputs})
    last: RunnableLambda[Any, Any] = RunnableLambda(lambda replied: replied["reply"])
    return (state | reply | last).with_config(run_name=step.name)

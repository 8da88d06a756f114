"""What models did in a run: calls, tokens, log-probabilities, cost; nothing is made up where a model does not tell."""

import math

import pytest
from langchain_core.messages import AIMessage
from scripted import Scripted

from vademecum.evaluation.spending import Spending


def spent(*messages: AIMessage):
    spending = Spending()
    model = Scripted(script=list(messages))
    for _ in messages:
        model.invoke("?", config={"callbacks": [spending]})
    return spending.usage()


def reply(name: str = "gpt-5-mini", *, tokens: tuple[int, int] = (1_000_000, 100_000), **told: object) -> AIMessage:
    read, written = tokens
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    return AIMessage("Yes.", usage_metadata=usage, response_metadata={"model_name": name, **told})


def test_calls_tokens_and_prices_add_up() -> None:
    usage = spent(reply(), reply(tokens=(1_000_000, 0)))
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (2, 2_000_000, 100_000)
    assert usage.cost == pytest.approx(2 * 0.25 + 0.1 * 2)  # tracing/store/prices.json
    assert usage.models == ("gpt-5-mini",)


def test_a_price_that_is_not_known_makes_the_whole_cost_unknown() -> None:
    assert spent(reply(), reply("house-model-7b")).cost is None
    assert spent().cost is None


def test_what_runs_in_this_process_costs_nothing() -> None:
    assert spent(reply("smollm2-135m-instruct", model_provider="llama.cpp")).cost == 0


def test_log_probabilities_are_summed_where_they_are_told() -> None:
    tokens = [{"token": "Ye", "logprob": math.log(0.5)}, {"token": "s", "logprob": math.log(0.25)}]
    usage = spent(reply(logprobs={"content": tokens}), reply(), reply(logprobs=None))
    assert usage.scored_tokens == 2
    assert usage.log_probability == pytest.approx(math.log(0.125))


@pytest.mark.slow
def test_the_embedded_model_tells_the_log_probability_of_every_token() -> None:
    from vademecum.models.smollm import SmolLM

    spending = Spending()
    said = SmolLM(logprobs=True, max_tokens=12).invoke("Say hello.", config={"callbacks": [spending]})
    usage = spending.usage()
    told = said.response_metadata["logprobs"]["content"]
    assert "".join(it["token"] for it in told).strip() == said.text.strip()
    assert usage.scored_tokens == len(told)
    assert usage.log_probability < 0
    assert usage.cost == 0
    assert SmolLM(max_tokens=12).invoke("Say hello.").text == said.text
    assert "logprobs" not in SmolLM(max_tokens=2).invoke("Say hello.").response_metadata

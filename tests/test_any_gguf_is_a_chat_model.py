"""Any GGUF file that was tuned to chat is a chat model: within its context, with what was read kept, held to a form.

With the embedded model's own file; a few with qwen-0.5b, where the person has it.
"""

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapters import write_adapter
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

import vademecum
from vademecum import doctor, privacy
from vademecum.core.errors import ModelError
from vademecum.core.settings import load_settings
from vademecum.models import chat_model, gguf
from vademecum.models.fitted_prompt import Prompt, fitted
from vademecum.models.llama_chat import LlamaChat
from vademecum.models.smollm import SmolLM
from vademecum.models.tool_calling.grammar_calls import CallReader
from vademecum.models.weights import SMOLLM2, verified_path


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two whole numbers: what is a times b?"""
    return a * b


@tool
def weather(city: str) -> str:
    """The weather in a city today."""
    return f"rain in {city}"


TOOLS = [multiply, weather]


@pytest.fixture(scope="module")
def gguf_file() -> Path:
    return verified_path(SMOLLM2)


@pytest.fixture(scope="module")
def model(gguf_file: Path) -> LlamaChat:
    return LlamaChat(path=gguf_file, model="any", threads=1, context_tokens=1024, max_tokens=8)


def pieces(message: BaseMessage) -> list[tuple[str, str]]:
    assert isinstance(message, AIMessage)
    return [(call["name"], json.dumps(call["args"])) for call in message.tool_calls]


# What stands in the file


def test_a_path_gives_the_class_for_any_file_and_the_tiny_one_keeps_its_own(gguf_file: Path) -> None:
    settings = load_settings()
    assert type(chat_model(str(gguf_file), settings)) is LlamaChat
    assert type(chat_model("embedded", settings)) is SmolLM


def damaged(kind: str, whole: Path, folder: Path) -> Path:
    file = folder / f"{kind}.gguf"
    content = whole.read_bytes()
    if kind == "cut in the header":
        file.write_bytes(content[:4000])
    elif kind == "cut in the weights":
        file.write_bytes(content[: len(content) // 2])
    elif kind == "for embeddings":
        file.write_bytes(content.replace(b"tokenizer.chat_template", b"tokenizer.some_template", 1))
    elif kind == "absurd lengths":
        file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + b"\xff" * 100)
    elif kind == "an adapter":
        write_adapter(file)
    return file


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cut in the header", "is damaged, or cut short; get it anew"),
        ("cut in the weights", "is cut short: it has .* bytes or more; get it anew"),
        ("for embeddings", "is no chat model: it has no chat template"),
        ("absurd lengths", "is damaged, or cut short"),
        ("an adapter", "is a LoRA adapter, no model; name it behind the model"),
        ("missing", "cannot be read: No such file"),
    ],
)
def test_what_is_no_chat_model_is_refused_in_one_line(kind: str, said: str, gguf_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said) as refusal:
        chat_model(str(damaged(kind, gguf_file, tmp_path)), load_settings())
    assert "\n" not in str(refusal.value)


def test_what_does_not_fit_the_memory_is_refused_before_it_is_loaded(
    gguf_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "total_memory", lambda: 300_000_000)
    with pytest.raises(ModelError, match=r"takes 0\.4 GB with a context of 4096 tokens, and this machine has 0\.3 GB"):
        chat_model(str(gguf_file), load_settings())


def test_the_context_is_no_longer_than_the_model_was_trained_for(gguf_file: Path) -> None:
    assert LlamaChat(path=gguf_file, context_tokens=32768).header().context == 8192


# Within the context


class Counting:
    """A model of which a word is a token."""

    context_tokens = 100

    def count_prompt(self, turns: list[dict], _: dict) -> int:
        return sum(len(turn["content"].split()) for turn in turns)


def conversation(requests: int, words: int = 10) -> list[dict]:
    turns = [{"role": "system", "content": "brief"}]
    for i in range(requests):
        turns += [
            {"role": "user", "content": f"{i} " + "word " * words},
            {"role": "assistant", "content": "yes " * words},
        ]
    return [*turns[:-1]]


def test_the_oldest_turns_are_left_out_and_the_prompt_begins_alike_for_a_while() -> None:
    firsts = []
    for requests in range(2, 14):
        prompt = fitted(Prompt(conversation(requests), {}), Counting(), 20)  # ty: ignore[invalid-argument-type]
        assert prompt.turns[0]["role"] == "system"
        assert prompt.turns[-1]["content"].startswith(f"{requests - 1} ")
        assert Counting().count_prompt(prompt.turns, {}) <= 80
        assert prompt.left_out == len(conversation(requests)) - len(prompt.turns)
        firsts.append(prompt.turns[1]["content"])
    assert len(set(firsts)) <= 4


def test_long_results_of_tools_are_shortened_before_a_request_is_refused() -> None:
    turns = [{"role": "user", "content": "look"}, {"role": "tool", "content": "page " * 400}]
    prompt = fitted(Prompt(turns, {}), Counting(), 20)  # ty: ignore[invalid-argument-type]
    assert prompt.turns[0] == turns[0]
    assert prompt.turns[1]["content"].endswith("[cut short]")
    assert len(turns[1]["content"]) == 2000


@pytest.mark.slow
def test_a_request_longer_than_a_context_of_300_tokens_is_refused_in_one_line(gguf_file: Path) -> None:
    model = LlamaChat(path=gguf_file, threads=1, context_tokens=300, max_tokens=4)
    with pytest.raises(
        ModelError, match=r"the prompt has \d+ tokens, and .* 300 has room for 296.*; shorten it"
    ) as refusal:
        model.invoke("word " * 400)
    assert "\n" not in str(refusal.value)
    long_talk = [m for i in range(12) for m in (HumanMessage(f"{i} " + "word " * 30), AIMessage("Yes."))]
    reply = model.invoke([SystemMessage("Be brief."), *long_talk, HumanMessage("Say hello")])
    assert reply.response_metadata["left_out"] > 0


@pytest.mark.slow
def test_a_second_turn_reads_only_what_is_new(model: LlamaChat) -> None:
    first = [SystemMessage("You are brief. " * 10), HumanMessage("Say hello")]
    reply = model.invoke(first)
    second = model.invoke([*first, reply, HumanMessage("Once more")])
    usage = second.usage_metadata
    assert usage
    assert usage["input_token_details"]["cache_read"] > 0.7 * usage["input_tokens"]
    measured = model.model_copy(update={"reuse_prompt": False}).invoke([*first, reply, HumanMessage("Once more")])
    assert measured.usage_metadata
    assert measured.usage_metadata["input_token_details"]["cache_read"] == 0
    assert model.get_num_tokens("Hello world, how are you?") == 7


# Adapters


@pytest.mark.slow
def test_an_adapter_changes_what_is_written_and_at_scale_0_nothing(gguf_file: Path, tmp_path: Path) -> None:
    beside = tmp_path / "tiny.gguf"
    beside.symlink_to(gguf_file)
    write_adapter(tmp_path / "style.gguf")
    settings = load_settings()
    named = chat_model(f"{beside}+style.gguf", settings)
    assert isinstance(named, LlamaChat)
    assert named.model_name == "tiny+style"
    options = {"threads": 1, "context_tokens": 1024, "max_tokens": 12, "reuse_prompt": False}
    styled = named.model_copy(update=options)
    plain = LlamaChat(path=gguf_file, **options)
    said = [each.invoke("Say hello") for each in (plain, styled, styled.model_copy(update={"adapter_scale": 0.0}))]
    assert said[1].content != said[0].content
    assert said[2].content == said[0].content
    assert said[1].response_metadata["model_name"] == "tiny+style"
    assert styled._get_ls_params()["ls_model_name"] == "tiny+style"


def test_an_adapter_that_is_none_is_refused_in_one_line(gguf_file: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no adapter .*nothing\.gguf; put the file there"):
        chat_model(f"{gguf_file}+nothing", load_settings())
    with pytest.raises(ModelError, match="is no LoRA adapter"):
        chat_model(f"{gguf_file}+{gguf_file}", load_settings())


def test_doctor_names_the_adapter_and_nothing_of_it_leaves_the_machine(gguf_file: Path, tmp_path: Path) -> None:
    style = write_adapter(tmp_path / "style.gguf")
    notes = vademecum.open(home=tmp_path / "home", model=f"{gguf_file}+{style}")
    told = next(finding.message for finding in doctor.findings(notes) if finding.name == "model")
    assert told.endswith(f".gguf+{style}")
    for name in (notes.settings.model, "qwen-1.5b", "qwen-1.5b+style.gguf"):
        flows = privacy.flows(vademecum.open(home=tmp_path / "home", model=name))
        assert not any(flow.leaves for flow in flows if "model" in flow.name.lower())


def test_a_plus_in_a_path_is_no_adapter(gguf_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c++.gguf+old"
    folder.mkdir()
    shutil.copyfile(gguf_file, folder / "tiny.gguf")
    opened = chat_model(str(folder / "tiny.gguf"), load_settings())
    assert isinstance(opened, LlamaChat)
    assert opened.adapter is None


# Calls


CALLS = [
    '<tool_call>\n{"name": "a", "arguments": {"x": "}\\"{"}}\n</tool_call>',
    '<tool_call>\n{"name": "b", "arguments": {}}\n</tool_call>',
    '<tool_call>\n{"name": "a", "arguments": {"x": "}\\"{"}}\n</tool_call>',
]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_calls_are_read_piece_by_piece_and_a_repeated_one_ends_them(size: int) -> None:
    text = "\n".join(CALLS)
    reader = CallReader([], live=True)
    read = [piece for i in range(0, len(text), size) for piece in reader.feed(text[i : i + size])]
    whole: dict[int, list[str]] = {}
    for piece in read:
        whole.setdefault(piece["index"] or 0, ["", ""])
        whole[piece["index"] or 0][0] += piece["name"] or ""
        whole[piece["index"] or 0][1] += piece["args"] or ""
    assert whole == {0: ["a", '{"x": "}\\"{"}'], 1: ["b", "{}"]}
    assert reader.repeats


@pytest.mark.slow
def test_a_call_that_must_be_made_keeps_its_schema(model: LlamaChat) -> None:
    made = model.bind_tools(TOOLS, tool_choice="weather", max_tokens=60).invoke("Hello").tool_calls
    assert made
    assert {call["name"] for call in made} == {"weather"}
    assert all(set(call["args"]) == {"city"} for call in made)


@pytest.mark.slow
def test_closing_the_stream_stops_within_a_token(model: LlamaChat) -> None:
    stream = model.bind(max_tokens=900).stream("Count from one to a thousand in words.")
    assert isinstance(stream, Iterator)
    next(stream)
    stream.close()  # ty: ignore[unresolved-attribute]
    used = model.invoke("Say hello").usage_metadata
    assert used
    assert used["output_tokens"] <= 8


# With a model that understands


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@pytest.fixture
def qwen(small_model: str) -> LlamaChat:
    made = chat_model(small_model, load_settings())
    assert isinstance(made, LlamaChat)
    return made.model_copy(update={"max_tokens": 60})


@pytest.mark.slow
def test_the_tool_that_fits_is_called_and_its_result_is_told_in_words(qwen: LlamaChat) -> None:
    bound, request = qwen.bind_tools(TOOLS), HumanMessage("What is 12 times 7?")
    chunks = list(bound.stream([request]))
    assert sum(bool(chunk.tool_call_chunks) for chunk in chunks) > 1  # type: ignore[attr-defined]
    reply = bound.invoke([request])
    assert pieces(reply) == [("multiply", '{"a": 12, "b": 7}')]
    result = ToolMessage("84", tool_call_id=reply.tool_calls[0]["id"] or "", name="multiply")
    told = bound.invoke([request, reply, result])
    assert told.tool_calls == []
    assert "84" in str(told.content)


@pytest.mark.slow
def test_where_no_tool_fits_the_model_answers_by_itself(qwen: LlamaChat) -> None:
    reply = qwen.bind_tools(TOOLS).invoke("Who wrote the play Hamlet?")
    assert reply.tool_calls == []
    assert "Shakespeare" in str(reply.content)


@pytest.mark.slow
def test_what_is_said_of_a_person_comes_out_by_its_schema(qwen: LlamaChat) -> None:
    person = qwen.with_structured_output(Person).invoke("Anna Berg turned 41 last week. Who is she?")
    assert person == Person(name="Anna Berg", age=41)

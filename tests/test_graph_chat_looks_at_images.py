"""A person attaches an image: a model that sees it is given it, any other the text in it, and the reply says so."""

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from PIL import Image, ImageDraw, ImageFont
from scripted import Scripted, SmallLibrary

from vademecum.attaching import MAX_SIDE, image_block
from vademecum.core.errors import ModelError, UsageError
from vademecum.graphs import _images, chat
from vademecum.verification.verdict import Verifier


def picture(folder: Path, text: str = "", *, size: tuple[int, int] = (900, 120), form: str = "png") -> Path:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((30, 30), text, font=ImageFont.load_default(40), fill="black")
    image.save(file := folder / f"picture.{form}")
    return file


class Talk:
    def __init__(self, model: Any = None, name: str = "scripted") -> None:
        context: Any = chat.Context(SmallLibrary(), Verifier(), model=model, model_name=name)  # ty: ignore
        self.context, self.model = context, model
        self.graph = chat.build(checkpointer=InMemorySaver())
        self.config: Any = {"configurable": {"thread_id": "t"}}

    def say(self, text: str, *images: dict[str, Any]) -> str:
        given = {"question": text, **({"attachments": list(images)} if images else {})}
        return self.graph.invoke(given, self.config, context=self.context)["messages"][-1].text

    @property
    def messages(self) -> list[Any]:
        return self.graph.get_state(self.config).values["messages"]


def test_a_model_that_sees_is_given_the_image(tmp_path: Path) -> None:
    block = image_block(picture(tmp_path))
    talk = Talk(Scripted(script=["A white picture.", {"to": "small_talk"}, "White."]))
    assert talk.say("What is this?", block) == "A white picture."
    [sent] = [it for it in talk.model.seen[0] if it.type == "human"]
    assert [part["type"] for part in sent.content] == ["text", "image"]
    assert sent.content[1]["base64"] == block["base64"]
    talk.say("And its colour?")
    assert any(_images.attached(it) for it in talk.model.seen[2])  # a follow-up is about the image still


@pytest.mark.slow
def test_an_image_stays_a_few_turns_and_no_longer(tmp_path: Path) -> None:
    talk = Talk(Scripted(script=["White.", *[each for _ in range(5) for each in ({"to": "small_talk"}, "Fine.")]]))
    talk.say("What is this?", image_block(picture(tmp_path)))
    for turn in range(5):
        assert any(_images.attached(it) for it in talk.messages) == (turn <= _images.TURNS)
        talk.say("Well, well.")
    assert talk.messages[0].text == f"What is this?\n\n{_images.GONE}"


def test_an_image_that_a_model_refuses_does_not_spoil_the_conversation(tmp_path: Path) -> None:
    talk = Talk(Scripted(script=[RuntimeError("no images here"), {"to": "small_talk"}, "Fine."]))
    with pytest.raises(ModelError, match="no images here"):
        talk.say("What is this?", image_block(picture(tmp_path)))
    assert talk.say("Well, well.") == "Fine."
    assert not any(_images.attached(it) for it in [*talk.messages, *talk.model.seen[-1]])


@pytest.mark.slow
def test_a_model_that_does_not_see_is_told_of_an_earlier_image_in_words(tmp_path: Path) -> None:
    talk = Talk(Scripted(script=["White."]))
    talk.say("What is this?", image_block(picture(tmp_path, "Total 48 EUR")))
    blind = Scripted(script=[{"to": "small_talk"}, "Fine."], profile={"image_inputs": False})
    talk.context = replace(talk.context, model=blind)
    talk.say("Well, well.")
    assert not any(_images.attached(it) for it in blind.seen[1])
    assert "image" in blind.seen[1][1].text


@pytest.mark.slow
@pytest.mark.extra("ocr")
@pytest.mark.parametrize("name", ["extractive", "embedded", "blind"])
def test_for_a_model_that_does_not_see_the_text_is_read_and_that_is_said(tmp_path: Path, name: str) -> None:
    model = Scripted(script=["It is 48 EUR."], profile={"image_inputs": False}) if name != "extractive" else None
    talk = Talk(model, name)
    reply = talk.say("What is the total?", image_block(picture(tmp_path, "Total 48 EUR")))
    assert reply.endswith(f"{chat.ONLY_READ}\n> Total 48 EUR")
    assert reply.startswith("It is 48 EUR." if name == "blind" else chat.ONLY_READ)
    assert isinstance(talk.messages[0], HumanMessage)
    assert "> Total 48 EUR" in talk.messages[0].text
    assert not _images.attached(talk.messages[0])
    if model and name == "blind":
        assert "> Total 48 EUR" in model.seen[0][-1].text


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_an_image_without_text_is_told_as_one(tmp_path: Path) -> None:
    assert Talk(None, "extractive").say("What is this?", image_block(picture(tmp_path))) == chat.NOTHING_READ


@pytest.mark.slow
@pytest.mark.parametrize("form", ["png", "jpg", "webp", "gif", "bmp"])
def test_a_large_image_is_scaled_to_what_a_model_looks_at(tmp_path: Path, form: str) -> None:
    block = image_block(picture(tmp_path, size=(3000, 1500), form=form))
    with Image.open(io.BytesIO(base64.b64decode(block["base64"]))) as image:
        assert image.size == (MAX_SIDE, MAX_SIDE // 2)
        assert block["mime_type"] == f"image/{(image.format or '').lower()}"


@pytest.mark.slow
def test_what_is_no_image_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(picture(tmp_path).read_bytes()[:60])
    (tmp_path / "text.png").write_text("not an image")
    for file in (tmp_path / "cut.png", tmp_path / "text.png", tmp_path, tmp_path / "none.png"):
        with pytest.raises(UsageError) as raised:
            image_block(file)
        assert "\n" not in str(raised.value)
    with pytest.raises(UsageError, match="too many"):
        image_block(picture(tmp_path, size=(9000, 9000)))

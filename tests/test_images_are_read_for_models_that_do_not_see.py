"""An image in the conversation goes to a model that sees; for any other the text in it is read, and that is said."""

import base64
import io
import sys

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from PIL import Image, ImageDraw, ImageFont
from scripted import Scripted

from vademecum.core.errors import ModelError
from vademecum.models import ocr
from vademecum.models.images import MARK, NOTHING, UNREAD, readable, request_in
from vademecum.models.smollm import SmolLM

BLIND = SmolLM()


def picture(text: str = "", form: str = "PNG") -> str:
    """A white picture with black text, base64."""
    image = Image.new("RGB", (900, 120), "white")
    ImageDraw.Draw(image).text((30, 30), text, font=ImageFont.load_default(40), fill="black")
    file = io.BytesIO()
    image.save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def shown(image: str, question: str = "What is the total?") -> HumanMessage:
    block = {"type": "image", "base64": image, "mime_type": "image/png"}
    return HumanMessage([{"type": "text", "text": question}, block])


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    monkeypatch.setattr("vademecum.models.ocr.once", lambda key, load: load())


def test_a_model_that_sees_gets_the_image_as_it_is() -> None:
    conversation = [SystemMessage("Be brief."), shown(picture())]
    told = readable(conversation, Scripted(script=[]))
    assert [id(message) for message in told] == [id(message) for message in conversation]


def test_the_profile_decides_whether_a_model_sees() -> None:
    seeing = Scripted(script=[], profile={"image_inputs": True})
    blind = Scripted(script=[], profile={"image_inputs": False})
    assert readable([shown("AAAA")], seeing)[0].content[1]["type"] == "image"
    with pytest.raises(ModelError, match="cannot be read"):
        readable([shown("AAAA")], blind)


def test_a_conversation_without_images_is_left_as_it_is() -> None:
    conversation: list[BaseMessage] = [HumanMessage("Hello"), AIMessage([{"type": "text", "text": "Hi"}])]
    assert readable(conversation, BLIND) == conversation


@pytest.mark.slow
@pytest.mark.extra("ocr")
@pytest.mark.parametrize("model", [BLIND, None], ids=["embedded", "none"])
def test_the_text_of_an_image_is_read_and_that_is_said(model: SmolLM | None) -> None:
    told = readable([shown(picture("Invoice 2231, total 48.50 EUR"))], model)[0]
    assert told.text == f"What is the total?\n\n{MARK}\n> Invoice 2231, total 48.50 EUR"
    assert request_in(told.text) == "What is the total?"


@pytest.mark.slow
@pytest.mark.extra("ocr")
@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + picture("Total 48 EUR", "JPEG")}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture("Total 48 EUR")}},
    ],
    ids=["OpenAI's form", "Anthropic's form"],
)
def test_images_are_found_in_the_forms_of_other_providers(block: dict) -> None:
    told = readable([HumanMessage([block])], BLIND)[0]
    assert told.text == f"{MARK}\n> Total 48 EUR"


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_an_image_without_text_is_told_as_one() -> None:
    assert readable([shown(picture())], BLIND)[0].text.endswith(NOTHING)


@pytest.mark.slow
@pytest.mark.extra("ocr")
def test_the_embedded_model_answers_a_message_with_an_image() -> None:
    reply = BLIND.invoke([shown(picture("The bridge was finished in 1874"), "Which year?")], max_tokens=8)
    assert reply.text
    assert reply.usage_metadata["input_tokens"] > 30


@pytest.mark.usefixtures("without_the_extra")
def test_without_ocr_one_line_says_how_to_add_it() -> None:
    with pytest.raises(ModelError, match=r"\./run setup ocr; or take a model that sees: --model") as raised:
        readable([shown(picture("Another total"))], BLIND)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("without_the_extra")
def test_an_image_of_an_earlier_turn_does_not_stop_the_conversation() -> None:
    tool = ToolMessage(
        [{"type": "image", "base64": picture("A third total"), "mime_type": "image/png"}], tool_call_id="1"
    )
    told = readable([shown(picture("A fourth")), AIMessage("?"), HumanMessage("Never mind"), tool], BLIND)
    assert [message.text for message in told] == [f"What is the total?\n\n{UNREAD}", "?", "Never mind", UNREAD]


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"type": "image", "url": "https://example.org/a.png"}, "not fetched; attach the file itself"),
        ({"type": "image", "file_id": "file-1"}, "kept by another service"),
        ({"type": "image", "base64": "???", "mime_type": "image/png"}, "not base64"),
    ],
)
def test_an_image_that_is_not_there_is_told_in_one_line(block: dict, line: str) -> None:
    with pytest.raises(ModelError, match=line):
        readable([HumanMessage([block])], BLIND)


def test_a_picture_too_large_to_decode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_PIXELS", 1000)
    monkeypatch.setattr("vademecum.models.ocr.once", lambda key, load: None)
    with pytest.raises(ModelError, match="900 x 120 pixels, more than 1,000"):
        readable([shown(picture("Too large"))], BLIND)

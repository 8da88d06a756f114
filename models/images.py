"""Images in a conversation: for a model that sees, as they are; for any other, the text that is in them, said so.

    readable(messages, model)

A model sees unless its profile (`BaseChatModel.profile`) says that it does not: LangChain knows the profiles of the
providers' models, and of a server of one's own only its owner knows what it takes.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, HumanMessage

from vademecum.core.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MARK = "[text read from the image by OCR]"
"""Stands before what was read from an image; each line of it begins with "> ", as all quoted material does."""

NOTHING = "[an image, in which OCR found no text]"
UNREAD = "[an image that could not be read]"
"""In place of an image of an earlier turn, or of a tool's result, that cannot be read: the conversation goes on."""


def sees(model: "BaseChatModel | None") -> bool:
    """Whether images are given to the model as they are; without a model nobody looks at them."""
    return model is not None and (model.profile or {}).get("image_inputs") is not False


def readable(messages: Sequence[BaseMessage], model: "BaseChatModel | None") -> list[BaseMessage]:
    """The messages as the model can take them; the same objects, but for those whose images it does not see.

    Raises:
        ModelError: an image of the last message of the person cannot be read, or OCR is not installed.
    """
    if sees(model):
        return list(messages)
    last_request = max(
        (place for place, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1
    )
    return [_with_text_for_images(message, strict=place == last_request) for place, message in enumerate(messages)]


def request_in(text: str) -> str:
    """What the person wrote in a message that `readable` made, without what was read from images."""
    return text.partition(MARK)[0].strip() or text


def _with_text_for_images(message: BaseMessage, *, strict: bool) -> BaseMessage:
    """The message with text in place of each image; `strict` raises where an image cannot be read."""
    if isinstance(message.content, str):
        return message
    blocks = message.content_blocks
    if not any(block["type"] == "image" for block in blocks):
        return message
    images = [_text_in(block, strict=strict) for block in blocks if block["type"] == "image"]
    rest = [block for block in blocks if block["type"] != "image"]
    typed_text = "".join(block["text"] for block in rest if block["type"] == "text")
    text = "\n\n".join(filter(None, [typed_text.strip(), *images]))
    others = [block for block in rest if block["type"] != "text"]
    return message.model_copy(update={"content": [{"type": "text", "text": text}, *others] if others else text})


def _text_in(block: Mapping[str, Any], *, strict: bool) -> str:
    from vademecum.models import ocr

    try:
        lines = ocr.read(_bytes_of(block))
    except ModelError as error:
        if strict:
            raise ModelError(f"{error}; or take a model that sees: --model ollama:..., --model http://...") from error
        return UNREAD
    return "\n".join([MARK, *(f"> {line}" for line in lines)]) if lines else NOTHING


def _bytes_of(block: Mapping[str, Any]) -> bytes:
    """The encoded image that a block carries.

    Raises:
        ModelError: it carries none; an address is not fetched, because nothing leaves the machine unasked.
    """
    url = block.get("url", "")
    data = block.get("base64") or (url.partition(";base64,")[2] if url.startswith("data:") else "")
    if not data:
        where = f"at {url[:100]}" if url else "kept by another service"
        raise ModelError(f"the image is {where}, from where it is not fetched; attach the file itself")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ModelError("the image is not base64 as it should be; attach the file again") from error

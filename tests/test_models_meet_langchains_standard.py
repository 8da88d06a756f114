"""The embedded models behave as LangChain expects of every chat model and every embeddings."""

from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests

from vademecum.core.settings import load_settings
from vademecum.models import chat_model
from vademecum.models.llama_chat import LlamaChat
from vademecum.models.minilm import MiniLM
from vademecum.models.smollm import SmolLM


class TestChatModel(ChatModelUnitTests):
    """What can be told without generating."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return SmolLM


@pytest.mark.slow
class TestChatModelGenerates(ChatModelIntegrationTests):
    """What takes a real answer."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return SmolLM

    @property
    def chat_model_params(self) -> dict[str, Any]:
        # At 0, the default, the jokes asked for by schema repeat themselves until each string is full: 365 tokens.
        return {"temperature": 0.7, "threads": 1}

    @property
    def supports_json_mode(self) -> bool:
        return False  # `method="json_mode"` is a provider's own switch; here a schema is always given

    @property
    def supports_image_inputs(self) -> bool:
        return False  # the model reads text only; so no audio and no PDF either


class TestAnyChatModel(ChatModelUnitTests):
    """What can be told of any GGUF file without generating."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaChat


@pytest.mark.slow
class TestAnyChatModelGenerates(ChatModelIntegrationTests):
    """What takes a real answer, of a model that was pulled: 50 tests, of which CI runs three."""

    IN_CI = frozenset({"test_stream", "test_tool_calling", "test_structured_output_pydantic_2_v1"})

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaChat

    @pytest.fixture
    def model(self, small_model: str, request: Any) -> BaseChatModel:
        made = chat_model(small_model, load_settings())
        return made.model_copy(update={"max_tokens": 200, **(getattr(request, "param", None) or {})})

    @property
    def supports_json_mode(self) -> bool:
        return False  # as above

    @property
    def supports_image_inputs(self) -> bool:
        return False  # as above


class TestEmbeddings(EmbeddingsUnitTests):
    """What can be told without embedding."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MiniLM


@pytest.mark.slow
class TestEmbeddingsEmbed(EmbeddingsIntegrationTests):
    """What takes real vectors."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MiniLM

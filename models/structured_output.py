"""A model's answers as JSON of a schema, held to it by a grammar."""

from operator import itemgetter
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass

from vademecum.models import json_schema


def structured(
    chat_model: BaseChatModel, schema: dict[str, Any] | type, *, include_raw: bool, method: str
) -> Runnable[Any, Any]:
    """The model with its answers parsed as `schema`. `method`: "json_schema", or "json_mode", any JSON object."""
    form: dict[str, Any] = (
        {"response_format": {"type": "json_object"}}
        if method == "json_mode"
        else {"grammar": json_schema.grammar(convert_to_json_schema(schema))}
    )
    output_format = {"kwargs": {"method": method}, "schema": schema}
    model = chat_model.bind(**form, ls_structured_output_format=output_format)
    parser: BaseOutputParser[Any] = JsonOutputParser()
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        parser = PydanticOutputParser(pydantic_object=cast(Any, schema))
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")

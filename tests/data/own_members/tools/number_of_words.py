"""Count the words of a text."""

from langchain_core.tools import BaseTool, tool

from vademecum.tools import Services


def build(services: Services) -> BaseTool:
    @tool
    def number_of_words(text: str) -> int:
        """Count the words of a text."""
        return len(text.split())

    example = {"request": "Count the words of: a b c", "args": {"text": "a b c"}}
    number_of_words.metadata = {"effect": "none", "examples": [example]}
    return number_of_words

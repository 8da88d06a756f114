"""Tools of langchain-community that the settings name, used like any other.

The setting `community` maps a class to the arguments it is made with; an argument "community:..." is made first:

    [community."tools.wikipedia.tool.WikipediaQueryRun"]
    api_wrapper = "community:utilities.wikipedia.WikipediaAPIWrapper"

What they return is quoted as material. None says what it does beyond that, so each counts as one that writes.
"""

from langchain_core.tools import BaseTool, StructuredTool

from vademecum.core.community import PREFIX, community
from vademecum.tools import Services
from vademecum.tools._quoting import material
from vademecum.tools._schema import safe_name


def parts(services: Services) -> list[str]:
    """The classes that the setting names."""
    return sorted(name.removeprefix(PREFIX) for name in services.chosen.community)


def build_part(services: Services, part: str) -> list[BaseTool]:
    """The tool of that class.

    Raises:
        SettingsError: there is no such tool, or it cannot be set up.
    """
    arguments_by_name = {name.removeprefix(PREFIX): arguments for name, arguments in services.chosen.community.items()}
    tool = community(part, BaseTool, arguments_by_name[part].get_secret_value())

    def call(**arguments: object) -> object:
        result = tool._run(**arguments)
        return material(f"the tool {tool.name}", result) if isinstance(result, str) else result

    return [
        StructuredTool(
            name=safe_name(tool.name),
            description=tool.description,
            args_schema=tool.args_schema or tool.get_input_schema(),
            func=call,
            metadata={"effect": "writes"},
        )
    ]

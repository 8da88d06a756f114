"""The clerk: counts words, and nothing else."""

from langchain.agents import create_agent

from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import stack

TOOLS = ("number-of-words",)


def build(model, tools, *, checkpointer=None, approve: Approval = "ask"):
    return create_agent(
        model,
        list(tools),
        middleware=stack(model, tools, approve=approve),
        checkpointer=checkpointer,
        name="clerk",
    )

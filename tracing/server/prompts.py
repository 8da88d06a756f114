"""Prompts and their commits."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server.exchange import Body, Store, flag, parameter, reply, window
from vademecum.tracing.store import prompts
from vademecum.tracing.store.values import identity, sent_name

router = APIRouter()


@router.get("/repos")
def search(request: Request, store: Store) -> Response:
    """Prompts that fit."""
    filters = {
        "query": parameter(request, "query"),
        **{name: flag(request, name) for name in ("is_public", "is_archived")},
    }
    return reply(prompts.search(store, {**filters, **window(request)}))


@router.post("/repos")
def create(store: Store, body: Body) -> Response:
    """Make a prompt."""
    return reply({"repo": prompts.create(store, body)})


@router.get("/repos/{owner}/{handle}")
def read(store: Store, owner: str, handle: str) -> Response:
    """One prompt."""
    return reply({"repo": prompts.read(store, _own(owner, handle))})


@router.patch("/repos/{owner}/{handle}")
def update(store: Store, owner: str, handle: str, body: Body) -> Response:
    """Change what is said of a prompt."""
    return reply({"repo": prompts.update(store, _own(owner, handle), body)})


@router.delete("/repos/{owner}/{handle}")
def delete(store: Store, owner: str, handle: str) -> Response:
    """Delete a prompt."""
    prompts.delete(store, _own(owner, handle))
    return reply({"message": "deleted"})


@router.get("/repos/{owner}/{handle}/tags")
def tags(store: Store, owner: str, handle: str) -> Response:
    """The tags of a prompt's commits."""
    return reply(prompts.tags(store, _own(owner, handle)))


@router.post("/repos/{owner}/{handle}/tags")
def tag(store: Store, owner: str, handle: str, body: Body) -> Response:
    """Tag a commit."""
    name = sent_name(body.get("tag_name"), "tag_name")
    return reply(prompts.tag(store, _own(owner, handle), name, identity(body.get("commit_id"), "commit_id")))


@router.get("/commits/{owner}/{handle}")
def commits(request: Request, store: Store, owner: str, handle: str) -> Response:
    """The commits of a prompt, the latest first."""
    return reply(prompts.commits(store, _own(owner, handle), **window(request)))


@router.post("/commits/{owner}/{handle}")
def commit(store: Store, owner: str, handle: str, body: Body) -> Response:
    """Add a commit."""
    return reply({"commit": prompts.commit(store, _own(owner, handle), body)})


@router.get("/commits/{owner}/{handle}/{reference}")
def read_commit(store: Store, owner: str, handle: str, reference: str) -> Response:
    """A commit by "latest", a tag, or the beginning of its hash."""
    return reply(prompts.read_commit(store, _own(owner, handle), reference))


@router.post("/likes/{owner}/{handle}")
def like(store: Store, owner: str, handle: str, body: Body) -> Response:
    """Like a prompt, or no longer."""
    prompt = prompts.update(store, _own(owner, handle), {"liked": bool(body.get("like"))})
    return reply({"likes": prompt["num_likes"]})


def _own(owner: str, handle: str) -> str:
    if owner != prompts.OWNER:
        raise TraceError(
            f"this server has no prompts of {owner[:60]!r}; its own are named without an owner", status=404
        )
    return handle

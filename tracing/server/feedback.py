"""Feedback on runs and projects."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vademecum.tracing.server.exchange import Body, Store, reply, several, window
from vademecum.tracing.store import feedback
from vademecum.tracing.store.values import identity

router = APIRouter(prefix="/feedback")


@router.post("")
def create(store: Store, body: Body) -> Response:
    """Add a feedback."""
    return reply(feedback.create(store, body))


@router.get("")
def search(request: Request, store: Store) -> Response:
    """Feedback of some runs or projects."""
    filters = {name: several(request, name) for name in ("run", "session", "key", "source")}
    filters |= {name: [identity(raw_id, name) for raw_id in filters[name]] for name in ("run", "session")}
    return reply(feedback.search(store, {**filters, **window(request)}))


@router.get("/{feedback_id}")
def read(store: Store, feedback_id: str) -> Response:
    """One feedback."""
    return reply(feedback.read(store, identity(feedback_id, "feedback id")))


@router.patch("/{feedback_id}")
def update(store: Store, feedback_id: str, body: Body) -> Response:
    """Change a feedback."""
    return reply(feedback.update(store, identity(feedback_id, "feedback id"), body))


@router.delete("/{feedback_id}")
def delete(store: Store, feedback_id: str) -> Response:
    """Remove a feedback."""
    feedback.delete(store, identity(feedback_id, "feedback id"))
    return reply({"message": "deleted"})

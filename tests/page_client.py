"""A client of the page that is no browser: it sends what headers it likes, by HTTP and by WebSocket."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from vademecum.page_access import cookie_name
from vademecum.web_server import Page

PATIENCE = 60
"""Seconds."""


def cookie(page: Page) -> dict[str, str]:
    """The header by which the page knows a browser."""
    return {"Cookie": f"{cookie_name(page.token)}={page.token}"}


def request(page: Page, path: str, *, method: str = "GET", **headers: str) -> tuple[int, Mapping[str, str], str]:
    """Status, headers and body of what the page answers; a header's `_` is `-`."""
    connection = http.client.HTTPConnection(urlsplit(page.address).netloc, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, text in headers.items():
            connection.putheader(name.replace("_", "-"), text)
        connection.endheaders()
        answer = connection.getresponse()
        names = {name.lower(): text for name, text in answer.getheaders()}
        return answer.status, names, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def run_script(page: Page, name: str = "", **headers: str) -> None:
    """Have the script behind the page of that name run once, to its end.

    Raises:
        InvalidStatus: the page refused the connection.
    """
    stream = f"{page.address.replace('http', 'ws', 1)}/_stcore/stream"
    sent = {key.replace("_", "-"): text for key, text in headers.items()}
    with connect(stream, additional_headers=sent, max_size=None, proxy=None) as socket:
        socket.send(BackMsg(rerun_script=ClientState(page_name=name)).SerializeToString())
        while (
            ForwardMsg.FromString(socket.recv(timeout=PATIENCE, decode=False)).WhichOneof("type") != "script_finished"
        ):
            pass

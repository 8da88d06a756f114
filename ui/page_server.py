"""The process behind `vade ui`: Streamlit's server, on a socket that `vademecum/web_server.py` opened, for its token.

python -P -m vademecum.ui.page_server SOCKET [--home FOLDER]        reads the token from its standard input

What Streamlit may do is said here and in `.streamlit/config.toml` beside this file, which comes before any such file of
a person's own; the folder in which the process runs is empty.
"""

import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit import App
    from uvicorn import Server

SCRIPT = Path(__file__).parent / "app.py"


def serve(listener: socket.socket, token: str) -> None:
    """Answer on the socket until a signal ends it."""
    import uvicorn

    settings = uvicorn.Config(
        application(token, *listener.getsockname()[:2]),
        http="h11",  # the faster parser takes heads without end
        h11_max_incomplete_event_size=64_000,  # bytes of a head: all other servers of this machine leave cookies, too
        ws="websockets-sansio",
        ws_max_size=200_000_000,  # bytes: Streamlit's own bound of a message
        ws_per_message_deflate=False,  # all of it stays on this machine
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,  # seconds, for tabs that are open
    )
    server = uvicorn.Server(settings)
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _end_with_parent(server: "Server") -> None:
    """End the server when the command that started it has ended, however that ended: then its pipe is closed."""
    os.read(sys.stdin.fileno(), 1)
    server.should_exit = True


def application(token: str, host: str, port: int) -> "App":
    """The pages, for who holds the token, with what Streamlit may do at this address."""
    import secrets

    import streamlit as st
    from starlette.middleware import Middleware
    from streamlit import config
    from streamlit.web import bootstrap

    from vademecum.page_access import PageAccess

    app = st.App(SCRIPT, middleware=[Middleware(PageAccess, token=token)])  # first: then its config.toml is read
    options: dict[str, Any] = {
        "browser.serverAddress": host,
        "browser.serverPort": port,
        "server.address": host,
        "server.allowedHosts": ["localhost", "127.0.0.1", "::1", host],
        "server.port": port,
    }
    bootstrap.load_config_options(options)
    config.set_option("server.cookieSecret", secrets.token_hex(32))
    return app


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches the command, too, which ends
        serve(socket.socket(fileno=int(sys.argv.pop(1))), sys.stdin.readline().strip())

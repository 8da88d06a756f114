"""What keeps a test to this machine. Not in `conftest.py`: each folder of tests has a file of that name."""

import ipaddress

FOREIGN = ("VADE_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_", "ANTHROPIC_", "OLLAMA_", "STREAMLIT_")

attempts: list[str] = []
"""Hosts that the running test reached for and was refused."""


class NetworkUsedError(RuntimeError):
    """A test reached for a host that is not this machine."""


def refuse_remote_hosts(event: str, arguments: tuple) -> None:
    """An audit hook (`sys.addaudithook`) that lets sockets reach this machine only."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a Unix socket's address is its path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        attempts.append(str(host))
        raise NetworkUsedError(f"{event} to {host!r}: tests may use this machine only")


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified

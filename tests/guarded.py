"""Processes with a guard at their sockets: it refuses, and writes down, whatever is not this machine.

Python's audit hook sees what Python code connects to, in the processes that these start, too.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from commands import in_one_process

ROOT = Path(__file__).resolve().parent.parent
GUARD = """
import ipaddress, os, sys

def local(host):
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return name == "localhost"

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not local(host):
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError(f"refused: {host}")

sys.addaudithook(refuse)
"""
EVERYTHING_ON = {
    "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "lsv2_pt_0123456789",
    "ANONYMIZED_TELEMETRY": "true", "CHROMA_OTEL_COLLECTION_ENDPOINT": "", "VADE_TRACING": "local",
}  # fmt: skip


class Guarded:
    """Runs `vade` with a guard at its sockets, everything switched on that would phone home."""

    def __init__(self, folder: Path, prefix: Sequence[str] = ()) -> None:
        (folder / "guard").mkdir()
        (folder / "guard" / "sitecustomize.py").write_text(GUARD)
        self.log = folder / "guard.log"
        self.prefix = prefix
        self.environment = {
            **os.environ,
            **EVERYTHING_ON,
            "PYTHONPATH": str(folder / "guard"),
            "GUARD_LOG": str(self.log),
            "VADE_HOME": str(folder / "home"),
        }

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Python with these arguments, in the root of the repository."""
        command = [*self.prefix, sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def vade(self, *commands: list[str]) -> list[dict]:
        """What each command prints with `--json`; all of them in one process."""
        return in_one_process(*commands, environment=self.environment, prefix=self.prefix)

    def attempts(self) -> str:
        """What was reached for beyond this machine, a line each."""
        return self.log.read_text() if self.log.exists() else ""

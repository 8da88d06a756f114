"""No test can reach another machine, the developer's own workspace, or the developer's keys."""

import os
import socket
from pathlib import Path

import pytest
from isolation import FOREIGN, NetworkUsedError, attempts

from vademecum.core.settings import load_settings


def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as one, pytest.raises(NetworkUsedError):
        one.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkUsedError):
        socket.getaddrinfo("example.org", 443)
    assert attempts == ["192.0.2.1", "example.org"]
    attempts.clear()


def test_the_workspace_is_the_tests_own(own_home: Path) -> None:
    assert load_settings().home.is_relative_to(own_home)


def test_no_key_and_no_setting_of_the_developer_is_seen() -> None:
    of_conftest = {"VADE_TRACING", "VADE_THREADS"}
    of_tracing = {"LANGSMITH_USE_DAEMON", "LANGSMITH_DISABLE_RUN_COMPRESSION"}
    ours = of_conftest | of_tracing
    assert [name for name in os.environ if name.startswith(FOREIGN) and name not in ours] == []

"""What a page fails at is told in one line there, and in full in a file of the workspace."""

import stat

from streamlit.testing.v1 import AppTest

SCRIPT = """
from pathlib import Path
from vademecum.ui import page_errors

try:
    raise KeyError("as " + "sk-ant-api03-" + "a1B2" * 24)
except KeyError as error:
    page_errors.show(Path({home!r}), "library", error)
"""


def test_the_traceback_is_in_a_file_and_the_page_names_it(tmp_path):
    app = AppTest.from_string(SCRIPT.format(home=str(tmp_path)), default_timeout=60).run()
    assert not app.exception
    [message] = [element.value for element in app.error]
    assert "failed" in message
    assert "Traceback" not in message
    file = tmp_path / "page-errors.log"
    written = file.read_text("utf-8")
    assert "library\nTraceback" in written
    assert "KeyError" in written
    assert "a1B2a1B2" not in written
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_stays_small_and_a_full_workspace_is_no_second_failure(tmp_path):
    file = tmp_path / "page-errors.log"
    file.write_text("x" * 300_000)
    AppTest.from_string(SCRIPT.format(home=str(tmp_path)), default_timeout=60).run()
    assert file.stat().st_size < 10_000
    assert (tmp_path / "page-errors.old.log").stat().st_size == 300_000
    (tmp_path / "no folder").write_text("")
    app = AppTest.from_string(SCRIPT.format(home=str(tmp_path / "no folder")), default_timeout=60).run()
    assert not app.exception
    assert len(app.error) == 1

"""Four times the documents take no more memory to ingest: it is bounded by the largest file, not by their number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = 12
"""Under --complete; otherwise half as many, whose texts, vectors and words weigh half as much."""

CHILD = """
import json, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from vademecum.retrieval.ingestion.ingest import ingest
from workspaces import open_library
report = ingest(open_library(Path(sys.argv[1])), [sys.argv[2]])
peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
print(json.dumps([report.passages, int(peak) / 1000]))
"""


def peak_mb(tmp_path: Path, files: int) -> tuple[int, float]:
    """Passages of so many files, and the most memory (MB) that a process took to ingest them."""
    folder = tmp_path / f"notes-{files}"
    folder.mkdir()
    for number in range(files):
        body = "\n\n".join(f"Paragraph {i} of note {number} says what no other says. " * 12 for i in range(120))
        (folder / f"{number:03}.md").write_text(body, "utf-8")
    code = CHILD.format(tests=str(TESTS), root=str(TESTS.parent))
    command = [sys.executable, "-c", code, str(tmp_path / f"home-{files}"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    passages, peak = json.loads(done.stdout.splitlines()[-1])
    return passages, peak


@pytest.mark.slow
@pytest.mark.soak
def test_four_times_as_many_passages_take_no_more(tmp_path, pytestconfig):
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say what a process took at most")
    files = FILES if pytestconfig.getoption("--complete") else FILES // 2
    few, low = peak_mb(tmp_path, files)
    many, high = peak_mb(tmp_path, files * 4)
    assert many >= few * 4 >= files * 340
    # The texts, vectors and words of what came on top would be 5 MB a file of the few.
    assert high < low + files * 10 / 3, f"{few} passages took {low:.0f} MB, {many} took {high:.0f} MB"

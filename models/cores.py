"""How many processor cores the embedded models may use."""

import math
import os
from pathlib import Path


def thread_count(wanted: int = 0) -> int:
    """`wanted`, or for 0 the cores this process may run on, within the container's CPU quota where there is one."""
    if wanted > 0:
        return wanted
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cores, _quota(Path("/sys/fs/cgroup/cpu.max")) or cores))


def _quota(file: Path) -> int | None:
    """Cores granted by cgroup v2 (`"MICROSECONDS PERIOD"`, or `"max PERIOD"`), rounded up; None without a limit."""
    try:
        granted, period = file.read_text("ascii").split()
        return math.ceil(int(granted) / int(period))
    except (OSError, ValueError):
        return None

"""What the embedded models may expect of the machine: cores, memory, and how it sums products of bytes."""

import math
import os
import platform
from pathlib import Path


def thread_count(requested: int = 0) -> int:
    """`requested`, or for 0 the cores this process may run on, within the container's CPU quota where there is one."""
    if requested > 0:
        return requested
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cores, _quota(Path("/sys/fs/cgroup/cpu.max")) or cores))


def total_memory(granted: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Bytes of memory of the machine, or those that its container is granted, where these are fewer."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(granted.read_text("ascii")))
    except (OSError, ValueError):  # "max": no limit
        return memory


def sums_exactly(described: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether products of uint8 and int8 are surely summed in 32 bits.

    x86 processors without VNNI sum pairs in 16 bits, which overflow. Where nothing tells, the answer is no.
    """
    if platform.machine().lower() not in ("x86_64", "amd64", "i386", "i686", "x86"):
        return True
    try:
        with described.open(encoding="utf-8", errors="replace") as lines:  # one stretch a core: the first is enough
            flags = next(line for line in lines if line.startswith("flags"))
    except (OSError, StopIteration):
        return False
    return not {"avx512_vnni", "avx_vnni"}.isdisjoint(flags.split())


def _quota(file: Path) -> int | None:
    """Cores granted by cgroup v2 (`"MICROSECONDS PERIOD"`, or `"max PERIOD"`), rounded up; None without a limit."""
    try:
        granted, period = file.read_text("ascii").split()
        return math.ceil(int(granted) / int(period))
    except (OSError, ValueError):
        return None

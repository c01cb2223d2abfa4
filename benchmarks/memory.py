"""How much memory a process held at its peak."""

import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """Most memory that this process ever held, in MB.

    On Linux from its own status: `ru_maxrss` begins there with the peak of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)

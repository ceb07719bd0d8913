"""CPU time that a run cannot hide: that of the control group, less the zygote's own.

When children end that a program ignores (SIGCHLD), the kernel adds their CPU time to nobody's; their group
has it all the same. It is counted from the first look at a run, after 20 ms: what was hidden before that is
little, and to ask at every start would be dear.
"""

import os
import time

# What is hidden has to be as much to count: the group's figure lags behind by up to a tick of every core, and
# a run that hides nothing shall have the figure that it has without a group.
LEAST_SECONDS = 0.05
STAT_BYTES = 4096


class Meter:
    """Reads the group's CPU time from `file`, an open cpu.stat (cgroup-v2, "usage_usec")."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.others = 0.0  # seconds that are not the run's

    def begin(self, seen_seconds: float) -> None:
        """Now the run has used `seen_seconds`."""
        self.others = self._all_but_zygote() - seen_seconds

    def corrected(self, seen_seconds: float) -> float:
        """What the run has used, where `seen_seconds` of it are seen otherwise."""
        spent = self._all_but_zygote() - self.others
        return spent if spent - seen_seconds > LEAST_SECONDS else seen_seconds

    def _all_but_zygote(self) -> float:
        usage = os.pread(self.file, STAT_BYTES, 0).split(maxsplit=2)[1]
        return int(usage) / 1e6 - time.process_time()

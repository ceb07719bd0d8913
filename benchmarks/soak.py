"""Whether many runs leave anything behind: honest and hostile programs, by the thousand, through one Sandbox.

    python benchmarks/soak.py [runs, 50000] [workers, 2]

Counted before and after, once the workers are warm: processes below this one, open descriptors of all of
them, files in the temporary folders (in shared ones, for root, only those of other users, as the runs are),
and the resident memory of all. Exits with 1 where more is left than before (of memory, more than 20 MB and a
tenth), or where a run ended otherwise than its program has to.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Limits, Parameter, Program, Signature, Status

LIMITS = Limits(cpu_seconds=0.5, wall_seconds=1.0, memory_mb=128, output_bytes=1 << 20, processes=16)
FUNCTION = Signature("twice", (Parameter("n", "int"),), "int", class_name="")
HONEST = (
    ("print(int(input()) * 2)", Status.OK),
    ("import sys, json\nprint(json.dumps(sorted(sys.stdin.read())))", Status.OK),
    ("open('left', 'w').write('x' * 1000)\nprint(1)", None),  # crashes where there is no folder to write to
    ("import threading\nt = threading.Thread(target=print, args=(1,))\nt.start()", Status.OK),
    ("raise ValueError", Status.CRASH),
    ("print('x' * 100_000)", Status.OK),
)
HOSTILE = (
    ("import os\nos.fork()\nos.kill(os.getpid(), 9)", Status.CRASH),
    ("import os\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(1000)", Status.OK),
    ("x = bytearray(1 << 30)", Status.MEMORY),
    ("while True: print('x' * 65536)", Status.OUTPUT),
    ("import os\n[os.dup(0) for _ in range(40)]\nos.kill(os.getppid(), 9)", None),
    ("import os, sys\nsys.stdout.close()\nos.closerange(0, 64)\nos._exit(3)", Status.CRASH),
    ("import os\n[os.pipe() for _ in range(20)]\nos._exit(0)", Status.OK),
    ("def f(:", Status.COMPILE),
)
RARE = (  # one in a thousand: each takes its whole limit
    ("while True: pass", Status.TIME),
    ("import time\ntime.sleep(1000)", Status.TIME),
    ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", Status.TIME),
)
SHARED = (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"))
WARM_RUNS = 1000
BATCH = 20  # runs of a program before the next comes


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is of this process and those below it."""

    processes: int
    descriptors: int
    files: int
    resident_mb: float


def programs(runs: int) -> Iterator[tuple[Job, Status | None]]:
    """The runs and how each has to end; None where it depends on the walls."""
    several = (*HONEST, *HOSTILE)
    for number in range(runs):
        place = number // BATCH
        if number % 1000 == 999:
            code, status = RARE[number // 1000 % len(RARE)]
        elif place % 10 == 9:
            yield Job(Program("def twice(n): return 2 * n", signature=FUNCTION), b"21\n", LIMITS), Status.OK
            continue
        else:
            code, status = several[place % len(several)]
        yield Job(Program(code), b"%d\n" % number, LIMITS), status


def below(pid: int) -> list[int]:
    """The process and all below it that are still there."""
    try:
        children = Path(f"/proc/{pid}/task").glob("*/children")
        pids = [int(word) for path in children for word in path.read_text().split()]
    except OSError:
        return []
    return [pid, *(each for child in pids for each in below(child))]


def counted(own: Path) -> Counts:
    pids = below(os.getpid())
    shared = [path for folder in SHARED if folder.is_dir() for path in folder.iterdir()]
    return Counts(
        processes=len(pids),
        descriptors=sum(_descriptors(pid) for pid in pids),
        files=len(list(own.iterdir())) + sum(map(_may_be_of_a_run, shared)),
        resident_mb=sum(_resident(pid) for pid in pids) / (1 << 20),
    )


def _may_be_of_a_run(path: Path) -> bool:
    try:
        return os.geteuid() != 0 or path.lstat().st_uid != 0
    except OSError:
        return False  # it has just gone


def _descriptors(pid: int) -> int:
    """Open descriptors; 0 of a process that may not be looked into, a zygote that is not dumpable."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def leaks(before: Counts, after: Counts) -> list[str]:
    found = [
        each.name
        for each in fields(Counts)
        if each.name != "resident_mb" and getattr(after, each.name) > getattr(before, each.name)
    ]
    grown = after.resident_mb - before.resident_mb
    return [*found, "resident_mb"] if grown > max(20.0, before.resident_mb / 10) else found


def soak(sandbox: Sandbox, runs: int) -> Counter[str]:
    """Make the runs; what ended otherwise than it has to, counted."""
    surprises: Counter[str] = Counter()
    pairs = programs(runs)
    while part := list(islice(pairs, 1000)):
        outcomes = sandbox.run_all(job for job, _ in part)
        for (job, status), outcome in zip(part, outcomes, strict=True):
            if outcome.status is Status.INTERNAL or (status is not None and outcome.status is not status):
                surprises[f"{outcome.status}, not {status}: {job.program.code!r}"] += 1
    return surprises


def main(runs: int, workers: int) -> int:
    with tempfile.TemporaryDirectory() as name, Sandbox(workers) as sandbox:
        tempfile.tempdir = name  # for whatever this process makes
        print(f"{workers} workers, {', '.join(sandbox.layers)}", flush=True)
        soak(sandbox, WARM_RUNS)
        before, begun = counted(Path(name)), time.monotonic()
        surprises = soak(sandbox, runs)
        seconds, after = time.monotonic() - begun, counted(Path(name))
    print(f"{runs} runs in {seconds:.0f} s, {surprises.total()} ended otherwise than they have to")
    for surprise, times in surprises.items():
        print(f"{times:6d} x {surprise}")
    for each in fields(Counts):
        print(f"{each.name:12s} {getattr(before, each.name):10.0f} {getattr(after, each.name):10.0f}")
    found = leaks(before, after)
    print(f"leaks: {', '.join(found) or 'none'}")
    return 1 if found or surprises else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=int, nargs="?", default=50_000)
    parser.add_argument("workers", type=int, nargs="?", default=2)
    options = parser.parse_args()
    sys.exit(main(options.runs, options.workers))

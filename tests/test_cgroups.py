"""Control groups: where they may be made, and what they add to the walls.

Most machines that tests run on have none to give away: there these tests begin this file once more in the
root of a cgroup namespace, where that can be had.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grouped
import pytest
from synthsmith.verification.errors import SandboxError
from synthsmith.verification.sandbox import Sandbox, cannot_run, cgroups, doctor
from synthsmith.verification.sandbox.wire import SEVERAL_PROCESSES
from synthsmith.verification.types import Language, Limits, Program, Status

ROOMY = Limits(cpu_seconds=10.0, wall_seconds=60.0, memory_mb=128, output_bytes=1 << 20, processes=16)
MOUNTS = """\
22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
35 24 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
36 24 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
"""
HIDES_CPU = """\
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        while time.process_time() < 0.1:
            pass
        os._exit(0)
    time.sleep(0.11)
"""
HOLDS_80_MB = """\
block = bytearray(80 << 20)
for place in range(0, len(block), 4096):
    block[place] = 1
print(len(block))
"""
INSIDE = cgroups.place() is not None
needs_group = pytest.mark.skipif(not INSIDE, reason="no control group is delegated to this process")
needs_memory = pytest.mark.skipif(
    not INSIDE or "memory" not in cgroups.place().controllers,
    reason="no control group with the memory controller is delegated to this process",
)


def own_groups() -> list[Path]:
    return sorted(cgroups.place().folder.glob(f"{cgroups.PREFIX}{os.getpid()}-*"))


def allow_together(monkeypatch: pytest.MonkeyPatch, mb: int, *, memory_mb: int, output_mb: int) -> None:
    """Let a group hold less than one process of these limits may: then the kernel is first."""
    allowed = SEVERAL_PROCESSES * memory_mb + cgroups.STREAMS * output_mb
    monkeypatch.setattr(cgroups, "MEMORY_BESIDES", mb - allowed << 20)


@pytest.fixture(params=["root", "user", "bare"])
def each_way(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    try:
        sandbox = Sandbox(1, walls=request.param)
    except SandboxError as error:
        pytest.skip(str(error))
    with sandbox:
        yield sandbox


def test_a_group_is_found_by_what_the_kernel_says() -> None:
    unified = Path("/sys/fs/cgroup/unified")
    assert cgroups.own_group("3:memory:/a\n0::/user.slice/run\n", MOUNTS) == (
        "/user.slice/run",
        unified / "user.slice/run",
    )
    part = MOUNTS.replace("0:29 / ", "0:29 /user.slice ").replace("unified", "uni\\040fied")
    assert cgroups.own_group("0::/user.slice/run\n", part) == (
        "/user.slice/run",
        Path("/sys/fs/cgroup/uni fied/run"),
    )


@pytest.mark.parametrize(
    ("groups", "mounts"),
    [
        ("3:memory:/a\n", MOUNTS),
        ("0::/other\n", MOUNTS.replace("0:29 / ", "0:29 /user.slice ")),
        ("0::/a\n", MOUNTS.replace("cgroup2", "cgroup")),
        ("0::/../a\n", MOUNTS.replace("0:29 / ", "0:29 /user.slice ")),
    ],
    ids=["only v1", "not shown", "not mounted", "outside the namespace"],
)
def test_no_group_is_found_where_the_kernel_shows_none(groups: str, mounts: str) -> None:
    assert cgroups.own_group(groups, mounts) is None


def test_a_group_is_only_ours_where_it_is_marked(tmp_path: Path) -> None:
    assert not cgroups.is_delegated("/user.slice/run", tmp_path)
    assert not cgroups.is_delegated("/", tmp_path)  # the machine's root, which has no cgroup.events
    try:
        os.setxattr(tmp_path, "user.delegate", b"1")
    except OSError as error:
        pytest.skip(f"the file system of the temporary folder has no such attributes: {error}")
    assert cgroups.is_delegated("/user.slice/run", tmp_path)
    os.setxattr(tmp_path, "user.delegate", b"0")
    assert not cgroups.is_delegated("/user.slice/run", tmp_path)


@pytest.mark.skipif(INSIDE, reason="this process has groups to give away")
def test_what_needs_a_group_holds_in_a_namespace_of_groups() -> None:
    pytest_here = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-rs",
        __file__,
    ]
    done = subprocess.run(
        [sys.executable, grouped.__file__, *pytest_here], capture_output=True, text=True, timeout=600
    )
    if done.returncode == grouped.NOT_HERE:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "no control group is delegated" not in done.stdout


@needs_group
def test_cpu_time_that_is_hidden_counts(each_way: Sandbox) -> None:
    outcome = each_way.run(Program(HIDES_CPU), limits=replace(ROOMY, cpu_seconds=0.5, wall_seconds=30.0))
    assert outcome.status is Status.TIME
    assert outcome.usage.cpu_seconds > 0.5
    assert outcome.usage.wall_seconds < 20.0


@needs_group
def test_what_a_run_has_hidden_is_not_the_next_ones(each_way: Sandbox) -> None:
    for _ in range(2):
        each_way.run(Program(HIDES_CPU), limits=replace(ROOMY, cpu_seconds=0.5, wall_seconds=30.0))
        honest = each_way.run(
            Program("import time\nwhile time.process_time() < 0.2: pass"),
            limits=replace(ROOMY, cpu_seconds=0.5),
        )
        assert honest.status is Status.OK
        assert 0.2 <= honest.usage.cpu_seconds < 0.5


@needs_group
def test_a_sandbox_leaves_no_group(each_way: Sandbox) -> None:
    assert len(own_groups()) == 1
    each_way.run(Program("import os\nif os.fork() == 0:\n  os.setsid()\n  __import__('time').sleep(60)"))
    each_way.close()
    assert own_groups() == []


@needs_group
def test_the_groups_of_who_was_killed_are_removed_by_the_next() -> None:
    code = (
        "import time\nfrom synthsmith.verification.sandbox import Sandbox\n"
        "sandbox = Sandbox(1)\nprint('ready', flush=True)\ntime.sleep(600)"
    )
    folder = cgroups.place().folder
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    left = list(folder.glob(f"{cgroups.PREFIX}{process.pid}-*"))
    assert left
    until = time.monotonic() + 30
    while any((group / "cgroup.procs").read_text() for group in left) and time.monotonic() < until:
        time.sleep(0.01)
    subprocess.run(
        [sys.executable, "-c", "from synthsmith.verification.sandbox import cgroups; cgroups.place()"]
    )
    assert [group for group in left if group.exists()] == []


@needs_group
def test_programs_see_no_name_of_a_group(each_way: Sandbox) -> None:
    code = (
        "try: groups = open('/proc/self/cgroup').read().split()\nexcept OSError: groups = []\n"
        "print([group for group in groups if group.startswith('0::') and group != '0::/'])"
    )
    assert each_way.run(Program(code)).stdout == b"[]\n"


@needs_group
def test_the_doctor_finds_the_group() -> None:
    findings = {finding.name: finding for finding in doctor()}
    assert findings["cgroup cpu"].holds
    for name in cgroups.place().controllers:
        assert findings[f"cgroup {name}"].holds


@needs_memory
def test_the_kernel_ends_what_holds_more_than_all_may(
    each_way: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_together(monkeypatch, 60, memory_mb=ROOMY.memory_mb, output_mb=1)
    outcome = each_way.run(Program(HOLDS_80_MB), limits=ROOMY)
    assert outcome.status is Status.MEMORY
    assert outcome.usage.memory_mb > 32
    monkeypatch.undo()
    after = each_way.run(Program(HOLDS_80_MB), limits=ROOMY)
    assert (after.status, after.stdout) == (Status.OK, b"83886080\n")
    assert len(own_groups()) == 1


@needs_memory
def test_a_compiler_that_is_ended_by_the_kernel_is_the_programs_fault(
    each_way: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_together(monkeypatch, 60, memory_mb=1024, output_mb=64)
    outcome = each_way.run(Program("print(" + "+".join(["1"] * 200_000) + ")"), limits=ROOMY)
    assert outcome.status is Status.COMPILE
    assert b"did not finish (memory" in outcome.stderr
    monkeypatch.undo()
    assert each_way.run(Program("print(1)"), limits=ROOMY).stdout == b"1\n"


@needs_memory
@pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
def test_so_is_a_compiler_of_binaries(each_way: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_together(monkeypatch, 30, memory_mb=512, output_mb=64)
    outcome = each_way.run(Program("#include <map>\nint main() {}", Language.CPP), limits=ROOMY)
    assert outcome.status is Status.COMPILE
    assert b"did not finish (memory" in outcome.stderr
    monkeypatch.undo()
    assert each_way.run(Program("int main() {}", Language.CPP), limits=ROOMY).status is Status.OK


@needs_memory
def test_processes_are_bounded_without_regard_to_users(each_way: Sandbox) -> None:
    code = (
        "import os, time\nmade = 0\ntry:\n  while made < 200:\n"
        "    if os.fork() == 0:\n      time.sleep(30)\n      os._exit(0)\n    made += 1\n"
        "except OSError: pass\nprint(made)"
    )
    limits = replace(ROOMY, processes=60, cpu_seconds=20.0)
    outcome = each_way.run(Program(code), limits=limits)
    assert int(outcome.stdout or b"0") < 60 + cgroups.PROCESSES_BESIDES

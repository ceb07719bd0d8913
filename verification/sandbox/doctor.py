"""What holds on this machine, each wall proved by a program that attacks it from inside."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import SandboxError
from ..types import Language, Limits, Outcome, Program, Status
from .languages import CPP_FLAGS, cannot_run, compiler
from .line import ENVIRONMENT
from .pool import Sandbox

SMALL = Limits(cpu_seconds=1.0, wall_seconds=5.0, memory_mb=128, output_bytes=1 << 20, processes=16)
REFUSED = b"refused\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """One wall: whether it holds, whether `Sandbox` refuses to work without it, and how we know."""

    name: str
    holds: bool
    required: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Attack:
    """A program that prints `refused` where the wall holds, or ends with another status than OK (`ends`).

    Its arguments are the pid of this process and the path of a file that any user may read.
    """

    name: str
    claim: str
    code: str
    ends: Status = Status.OK

    def repelled(self, outcome: Outcome) -> bool:
        return outcome.status is self.ends and (self.ends is not Status.OK or outcome.stdout == REFUSED)


ATTACKS = (
    Attack("honest programs", "a plain program runs and its output arrives", "print('refused')"),
    Attack(
        "network",
        "no socket can be made",
        "import socket\ntry: socket.socket()\nexcept OSError: print('refused')",
    ),
    Attack(
        "files of others",
        "a file that any user may read cannot be opened",
        "import sys\ntry: open(sys.argv[2])\nexcept OSError: print('refused')",
    ),
    Attack(
        "writing",
        "nothing can be written outside the scratch folder",
        "import os\nok = 0\n"
        "for p in ('/', '/usr', '/etc', '/dev', '/var/tmp', '/dev/shm', os.path.dirname(os.__file__)):\n"
        "  try: open(p + '/written', 'w').close(); ok += 1; os.unlink(p + '/written')\n"
        "  except OSError: pass\nif not ok: print('refused')",
    ),
    Attack(
        "signals",
        "the caller's process cannot be signalled, the worker survives being killed",
        "import os, sys\ntry: os.kill(os.getppid(), 9)\nexcept OSError: pass\n"
        "try: os.kill(int(sys.argv[1]), 0)\nexcept OSError: print('refused')",
    ),
    Attack(
        "system calls",
        "ptrace, mount, unshare, keyctl and shmget are refused",
        "import ctypes, platform\nc = ctypes.CDLL(None)\n"
        "n = (101, 165, 272, 250, 29) if platform.machine() == 'x86_64' else (117, 40, 97, 219, 194)\n"
        "if all(c.syscall(i, 0, 0, 0, 0) == -1 for i in n): print('refused')",
    ),
    Attack(
        "limits",
        "no limit can be raised again",
        "import resource as r\nraised = 0\nfor k in (r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_FSIZE):\n"
        "  try: r.setrlimit(k, (-1, -1)); raised += 1\n  except (OSError, ValueError): pass\n"
        "if not raised: print('refused')",
    ),
    Attack("CPU time", "an endless loop ends as `time`", "while True: pass", Status.TIME),
    Attack(
        "memory",
        "memory without end ends as `memory`",
        "a = []\nwhile True: a.append(bytearray(1 << 22))",
        Status.MEMORY,
    ),
    Attack("output", "output without end ends as `output`", "while True: print('x' * 65536)", Status.OUTPUT),
    Attack(
        "processes",
        "processes without end are bounded and ended",
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        Status.TIME,
    ),
    Attack(
        "environment",
        "no variable of the caller's is seen",
        f"import os\nif set(os.environ) <= set({sorted(ENVIRONMENT)}): print('refused')",
    ),
    Attack(
        "remains",
        "what a run leaves behind is gone at the next",
        "import os\nif os.path.exists('/tmp/left'): print('found')\nelse: print('refused', flush=True)\n"
        "try: open('/tmp/left', 'w')\nexcept OSError: pass\n"
        "if os.fork() == 0:\n  os.setsid()\n  os.closerange(0, 9)\n  __import__('time').sleep(60)",
    ),
)
HIDDEN_CPU = Attack(
    "cgroup cpu",
    "CPU time is counted of children too that nobody waits for",
    "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n"
    "  if os.fork() == 0:\n    while time.process_time() < 0.1: pass\n    os._exit(0)\n"
    "  time.sleep(0.11)",
    Status.TIME,
)
CPP_PROGRAM = '#include <cstdio>\nint main() { std::puts("built"); }\n'
EXTRA = (
    ("pid namespace", "programs see and signal only themselves"),
    ("network namespace", "no network behind the filter either"),
    ("ipc namespace", "no shared memory with the machine"),
    ("private root", "programs see read-only system folders and nothing else"),
    ("own uid", "programs run as a user of their own"),
    ("landlock", "files are closed by the kernel a second time"),
    ("seccomp", "system calls are filtered"),
    ("cgroup memory", "the kernel bounds the memory of all processes of a run together"),
    ("cgroup pids", "the kernel bounds their number without regard to users"),
)


def doctor(walls: str | None = None) -> tuple[Finding, ...]:
    """What holds here, for the way of being that `Sandbox` would choose (or for `walls`)."""
    try:
        with Sandbox(1, unsafe=True, walls=walls) as sandbox, tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("open to all")
            os.chmod(folder, 0o755)
            attacked = tuple(_attack(sandbox, attack, str(secret)) for attack in ATTACKS)
            layers = tuple(Finding(name, name in sandbox.layers, False, detail) for name, detail in EXTRA)
            languages = (_hidden_cpu(sandbox), _cpp(sandbox))
    except SandboxError as error:
        return (Finding("sandbox", False, True, str(error)),)
    return attacked + layers + languages


def _hidden_cpu(sandbox: Sandbox) -> Finding:
    """Whether CPU time ends what hides it; without a group the wall limit would."""
    name, claim = HIDDEN_CPU.name, HIDDEN_CPU.claim
    if name not in sandbox.layers:
        return Finding(name, False, False, claim)
    outcome = sandbox.run(Program(HIDDEN_CPU.code), limits=SMALL)
    counted = outcome.usage.cpu_seconds > SMALL.cpu_seconds
    return Finding(name, HIDDEN_CPU.repelled(outcome) and counted, False, claim)


def _cpp(sandbox: Sandbox) -> Finding:
    """Whether programs in C++ are built and run, which nothing else depends on."""
    name, reason = "programs in C++", cannot_run(Language.CPP)
    if reason:
        return Finding(name, False, False, reason)
    outcome = sandbox.run(Program(CPP_PROGRAM, Language.CPP), limits=SMALL)
    if outcome.stdout == b"built\n":
        return Finding(name, True, False, f"built by {compiler()} {' '.join(CPP_FLAGS)}, and run")
    said = outcome.stderr[-200:].decode(errors="replace").strip()
    return Finding(name, False, False, f"a plain one ended as {outcome.status}: {said!r}")


def _attack(sandbox: Sandbox, attack: Attack, secret: str) -> Finding:
    """Run it twice, as the second must find nothing of the first."""
    program = Program(attack.code, args=(str(os.getpid()), secret))
    outcomes = [sandbox.run(program, limits=SMALL) for _ in range(2)]
    failed = [outcome for outcome in outcomes if not attack.repelled(outcome)]
    if not failed:
        return Finding(attack.name, True, True, attack.claim)
    said = (failed[0].stderr or failed[0].stdout)[-200:].decode(errors="replace").strip()
    return Finding(
        attack.name, False, True, f"not so: {attack.claim} (ended as {failed[0].status}: {said!r})"
    )

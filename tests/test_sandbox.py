"""The sandbox: hostile programs in folders named by the status they must end with, and one promise a test."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.sandbox import SKIPPED, Job, Sandbox, cannot_run, doctor
from synthsmith.verification.sandbox.builds import Build, Builds, new_binary
from synthsmith.verification.sandbox.languages import CPP_FLAGS
from synthsmith.verification.sandbox.line import BrokenWorkerError
from synthsmith.verification.sandbox.pace import allowance
from synthsmith.verification.sandbox.wire import PATIENCE, Tools
from synthsmith.verification.sandbox.worker import Terms, Worker
from synthsmith.verification.types import (
    Language,
    Limits,
    Parameter,
    Program,
    Signature,
    Status,
)

ROOT = Path(__file__).parents[1]
BUILT = pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
PROGRAMS = [
    *sorted((ROOT / "tests/programs").glob("*/*.py")),
    *(pytest.param(path, marks=BUILT) for path in sorted((ROOT / "tests/programs").glob("*/*.cpp"))),
]
ROOMY = Limits(cpu_seconds=10.0, wall_seconds=60.0, memory_mb=128, output_bytes=1 << 20, processes=16)
TIGHT = replace(ROOMY, cpu_seconds=0.3, wall_seconds=0.8)  # for what has to run into it
LONGEST_SECONDS = 60.0  # a guard against waiting for ever, no criterion
DOUBLE = Program("print(2 * int(input()))")


def program_in(path: Path) -> Program:
    code = path.read_text()
    if path.suffix == ".cpp":
        return Program(code, Language.CPP)
    calls = re.match(r"# calls: (?:(\w+)\.)?(\w+)/1(?: -> (\w+))?", code)
    if calls is None:
        return Program(code)
    signature = Signature(calls[2], (Parameter("n", "int"),), calls[3] or "int", class_name=calls[1] or "")
    return Program(code, signature=signature)


def walls_here() -> list[str]:
    return ["root", "user", "bare"] if os.geteuid() == 0 else ["user", "bare"]


@pytest.fixture(scope="module", params=walls_here())
def each_way(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        sandbox = Sandbox(1, walls=request.param)
    except SandboxError as error:
        pytest.skip(str(error))
    with sandbox:
        yield sandbox


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_program_ends_as_its_folder_says_and_harms_nobody(
    path: Path, each_way: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "told")
    if path.stem == "stack_of_a_million_frames" and os.geteuid() == 0 and "own uid" not in each_way.layers:
        pytest.skip("the kernel starts programs of two uids with 8 MiB of stack")
    limits = TIGHT if path.parent.name == "time" else ROOMY
    for _ in range(2 if path.parent.name == "ok" else 1):  # the second run would see what the first left
        outcome = each_way.run(program_in(path), b"21\n", limits)
        assert outcome.status == path.parent.name, outcome.stderr.decode(errors="replace")
        if outcome.status is Status.OK:
            assert outcome.stdout == b"42\n"
    after = each_way.run(DOUBLE, b"21\n", ROOMY)
    assert (after.status, after.stdout) == (Status.OK, b"42\n")


def test_every_attack_of_the_doctor_is_repelled() -> None:
    findings = doctor()
    assert [finding for finding in findings if finding.required and not finding.holds] == []


def test_nothing_of_a_run_is_alive_afterwards() -> None:
    before = children_of(os.getpid())
    with Sandbox(1) as sandbox:
        (launcher,) = set(children_of(os.getpid())) - set(before)
        (zygote,) = children_of(launcher)
        for name in ("ok/daemon_stays_behind", "time/fork_bomb"):
            sandbox.run(program_in(ROOT / f"tests/programs/{name}.py"), b"", TIGHT)
            assert children_of(zygote) == []
    assert not Path(f"/proc/{launcher}").exists()
    assert not Path(f"/proc/{zygote}").exists()


def test_what_is_in_the_way_of_cleaning_up_costs_no_worker() -> None:
    # folders that are not empty under every name that their remover might be foreseen to use
    code = (
        "import os\n"
        "for number in range(40):\n"
        "    for name in (f'.{number}.left', f'{number}'):\n"
        "        os.makedirs(f'/tmp/{name}/inner/inner')\n"
    )
    before = children_of(os.getpid())
    try:
        with Sandbox(1, walls=walls_here()[0]) as sandbox:
            (launcher,) = set(children_of(os.getpid())) - set(before)
            assert sandbox.run(Program(code), b"", ROOMY).status is Status.OK
            assert sandbox.run(DOUBLE, b"21\n", ROOMY).stdout == b"42\n"
            assert set(children_of(os.getpid())) - set(before) == {launcher}
    except SandboxError as error:
        pytest.skip(str(error))


@BUILT
def test_memory_is_watched_after_the_end_of_the_first_thread(each_way: Sandbox) -> None:
    code = """
    #include <cstdlib>
    #include <cstring>
    #include <sys/syscall.h>
    #include <thread>
    #include <unistd.h>
    void take() {
        while (void *part = std::malloc(1 << 20)) std::memset(part, 1, 1 << 20);
        _exit(0);
    }
    int main() {
        std::thread(take).detach();
        syscall(SYS_exit, 0);
    }
    """
    outcome = each_way.run(Program(code, Language.CPP), b"", ROOMY)
    assert outcome.status is Status.MEMORY
    assert outcome.usage.memory_mb < 4 * ROOMY.memory_mb  # it is refused memory only at nine times the limit


@BUILT
def test_a_run_that_keeps_itself_waiting_is_not_waited_for(each_way: Sandbox) -> None:
    program = program_in(ROOT / "tests/programs/time/keeps_itself_from_the_processor.cpp")
    outcome = each_way.run(program, b"", TIGHT)
    assert outcome.status is Status.TIME
    assert outcome.usage.wall_seconds < PATIENCE / 2 * TIGHT.wall


def test_all_processes_end_when_the_user_is_killed() -> None:
    code = (
        "import sys, threading\n"
        "from synthsmith.verification.sandbox import Sandbox\n"
        "from synthsmith.verification.types import Limits, Program\n"
        "sandbox = Sandbox(1)\n"
        "loop = lambda: sandbox.run(Program('while True: pass'), limits=Limits(cpu_seconds=600))\n"
        "threading.Thread(target=loop, daemon=True).start()\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as user:
        assert user.stdout is not None
        user.stdout.readline()
        ended = [os.pidfd_open(pid) for pid in descendants(user.pid)]
        user.kill()
    assert len(ended) >= 2  # launcher and zygote
    poll = select.poll()
    for descriptor in ended:
        poll.register(descriptor, select.POLLIN)
        assert poll.poll(20_000), "a process outlived its user"
        poll.unregister(descriptor)
        os.close(descriptor)


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def test_a_caller_with_many_open_files_is_served_like_any_other() -> None:
    # each descriptor that a worker keeps for itself is once that of the line to it
    code = (
        "import os\n"
        "from synthsmith.verification.sandbox import Sandbox\n"
        "from synthsmith.verification.types import Program\n"
        "while os.open(os.devnull, os.O_RDONLY) < 52: pass\n"
        "for _ in range(12):\n"
        "    with Sandbox(1) as sandbox: print(sandbox.run(Program('print(42)')).stdout)\n"
        "    os.open(os.devnull, os.O_RDONLY)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("b'42\\n'\n" * 12, "")


def test_a_killed_worker_is_replaced_and_the_run_made_again() -> None:
    before = children_of(os.getpid())
    with Sandbox(1) as sandbox:
        (launcher,) = set(children_of(os.getpid())) - set(before)
        os.kill(launcher, 9)
        outcome = sandbox.run(DOUBLE, b"21\n", ROOMY)
    assert (outcome.status, outcome.stdout) == (Status.OK, b"42\n")


def test_outcomes_come_in_the_order_of_the_jobs(sandbox: Sandbox) -> None:
    slow_first = "import time; n = int(input()); time.sleep(0.01 * (n % 3)); print(n)"
    jobs = [Job(Program(slow_first), f"{number}\n".encode(), ROOMY) for number in range(30)]
    outcomes = sandbox.run_all(iter(jobs), ahead=7)
    assert [int(outcome.stdout) for outcome in outcomes] == list(range(30))


def test_run_all_takes_no_more_jobs_than_it_may_look_ahead(sandbox: Sandbox) -> None:
    taken = []

    def jobs() -> Iterator[Job]:
        for number in range(100):
            taken.append(number)
            yield Job(DOUBLE, b"1\n", ROOMY)

    outcomes = sandbox.run_all(jobs(), ahead=5)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert len(taken) <= 7


def test_many_threads_may_share_a_sandbox(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = threads.map(lambda n: sandbox.run(DOUBLE, b"%d\n" % n, ROOMY), range(64))
    assert [int(outcome.stdout) for outcome in outcomes] == [2 * n for n in range(64)]


def test_one_with_many_jobs_does_not_keep_others_from_their_turn() -> None:
    others_done = Event()
    jobs = (Job(DOUBLE, b"21\n") for _ in iter(others_done.is_set, True))
    with Sandbox(1) as sandbox, ThreadPoolExecutor(4) as threads:
        many = threads.submit(lambda: sum(each.stdout == b"42\n" for each in sandbox.run_all(jobs)))
        try:
            assert not wait([many], timeout=0.5).done
            others = [threads.submit(sandbox.run, DOUBLE, b"1\n") for _ in range(2)]
            assert {each.result(LONGEST_SECONDS).stdout for each in others} == {b"2\n"}
            few = threads.submit(lambda: [*sandbox.run_all([Job(DOUBLE, b"1\n")] * 9)])
            assert {each.stdout for each in few.result(LONGEST_SECONDS)} == {b"2\n"}
        finally:
            others_done.set()
        assert many.result() > 0


def test_ten_megabytes_go_in_and_come_out(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 40_000
    copy = Program("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())")
    assert sandbox.run(copy, data, Limits(cpu_seconds=10.0)).stdout == data


def test_a_program_gives_the_same_bytes_on_every_worker() -> None:
    odd = Program("import random\nprint(random.random(), {'a', 'b', 'c', (1, 'd')}, hash('x'))")
    outputs = set()
    for _ in range(3):
        with Sandbox(1) as sandbox:
            outputs |= {sandbox.run(odd).stdout for _ in range(2)}
    assert len(outputs) == 1


def test_arguments_and_packages_reach_the_program(sandbox: Sandbox) -> None:
    generator = (
        "import argparse, cyaron, numpy\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--seed', type=int, default=42)\n"
        "print(parser.parse_args().seed, numpy.arange(3).sum())"
    )
    outcome = sandbox.run(Program(generator, args=("--seed", "7")), limits=Limits(cpu_seconds=20.0))
    assert outcome.stdout == b"7 3\n", outcome.stderr.decode()


def test_usage_counts_the_cpu_of_all_processes(sandbox: Sandbox) -> None:
    code = (
        "import os, time\n"
        "for _ in range(2):\n"
        "  if os.fork() == 0:\n"
        "    while time.process_time() < 0.2: pass\n"
        "    os._exit(0)\n"
        "for _ in range(2): os.wait()\n"
    )
    usage = sandbox.run(Program(code), limits=ROOMY).usage
    assert 0.4 <= usage.cpu_seconds < 1.0
    assert 5 < usage.memory_mb < 30


@pytest.mark.parametrize(
    ("code", "exit_code", "signal"),
    [("raise SystemExit(7)", 7, None), ("import os; os.kill(os.getpid(), 15)", None, 15)],
)
def test_an_outcome_tells_the_exit_code_or_the_signal(
    sandbox: Sandbox, code: str, exit_code: int | None, signal: int | None
) -> None:
    outcome = sandbox.run(Program(code), limits=ROOMY)
    assert (outcome.exit_code, outcome.signal) == (exit_code, signal)


# the second kind is taken apart to the last at its end, and makes its module itself
@pytest.mark.parametrize("last", ["", "# finally"])
def test_a_program_recurses_exactly_as_deep_as_under_cpython(
    sandbox: Sandbox, tmp_path: Path, last: str
) -> None:
    code = f"{DEPTHS}{last}"
    (tmp_path / "program.py").write_text(code)
    plain = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, check=True)
    assert sandbox.run(Program(code)).stdout == plain.stdout


DEPTHS = """
import sys
def depth(n):
    try:
        return depth(n + 1)
    except RecursionError:
        return n
print(depth(1), sys.getrecursionlimit())
sys.setrecursionlimit(2**31 - 1)
print(sys.getrecursionlimit())
sys.setrecursionlimit(1234)
print(depth(1), sys.getrecursionlimit())
"""


@pytest.mark.parametrize("last", ["", "# finally"])
def test_the_module_of_a_program_is_as_under_cpython(sandbox: Sandbox, tmp_path: Path, last: str) -> None:
    code = f"{MODULE}{last}"
    (tmp_path / "program.py").write_text(code)
    plain = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, check=True)
    for _ in range(2):  # nothing of a run is there in the next
        assert sandbox.run(Program(code)).stdout == plain.stdout


MODULE = """
"what it does"
import sys, __main__
from math import *
print(__name__, __doc__, __builtins__, __spec__, __package__, "a" in globals(), pi)
print(locals() is globals(), sys.modules["__main__"] is __main__, vars(__main__) is globals())
a: int = 1
exec("b = a + 1")
class C:
    c = [a + n for n in range(3)]
    def own(self):
        return __class__, b
print(C.c, C().own(), C.__module__, __main__.b, __annotations__)
def g():
    global a
    a = 5
g()
print(a, __main__.a, sorted(name for name in globals() if len(name) == 1))
"""


def test_a_short_run_touches_few_pages() -> None:
    """Each costs some 2 microseconds: they are most of what a run costs (about 195; once it was 332)."""
    before = children_of(os.getpid())
    with Sandbox(1) as sandbox:
        (launcher,) = set(children_of(os.getpid())) - set(before)
        (zygote,) = children_of(launcher)

        def faults() -> int:
            fields = Path(f"/proc/{zygote}/stat").read_text().rpartition(")")[2].split()
            return int(fields[7]) + int(fields[8])  # its own and those of the runs

        for _ in range(20):
            sandbox.run(DOUBLE, b"1\n")
        begun = faults()
        for _ in range(20):
            sandbox.run(DOUBLE, b"1\n")
        assert (faults() - begun) / 20 < 260


def test_objects_made_after_the_holes_are_filled_lie_on_few_pages() -> None:
    code = """
import gc, sys
from synthsmith.verification.sandbox import memory
gc.collect()
if sys.argv[1:]:
    memory.fill_holes()
made = [bytes(31) for _ in range(200)]
print(len({id(each) // 4096 for each in made}))
"""
    holes, filled = (
        int(subprocess.run([sys.executable, "-c", code, *word], capture_output=True, check=True).stdout)
        for word in ((), ("fill",))
    )
    assert filled < holes


def test_a_traceback_shows_the_program_and_nothing_of_ours(sandbox: Sandbox) -> None:
    stderr = sandbox.run(Program("def f():\n    return 1 / 0\n\nf()\n"), limits=ROOMY).stderr.decode()
    assert stderr.startswith(
        'Traceback (most recent call last):\n  File "solution.py", line 4, in <module>\n    f()'
    )
    assert stderr.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("(1, [2.5, None, True])", b"[1,[2.5,null,true]]\n"),
        ("{'a': {1: 'é'}}", b'{"a":{"1":"\\u00e9"}}\n'),
        ("float('nan')", b"NaN\n"),
        ("[[0] * 2] * 2", b"[[0,0],[0,0]]\n"),
    ],
)
def test_a_function_returns_one_compact_line_of_json(sandbox: Sandbox, value: str, text: bytes) -> None:
    signature = Signature("f", (), "object", class_name="")
    outcome = sandbox.run(Program(f"def f(): return {value}", signature=signature), limits=ROOMY)
    assert (outcome.status, outcome.stdout) == (Status.OK, text)


def test_a_function_gets_one_value_a_line(sandbox: Sandbox) -> None:
    parameters = (Parameter("a", "List[int]"), Parameter("s", "str"))
    program = Program(
        "class Solution:\n    def f(self, a: List[int], s: str): return [len(a), s]",
        signature=Signature("f", parameters, "list"),
    )
    assert sandbox.run(program, b'[1,2,3]\n"x y"\n', ROOMY).stdout == b'[3,"x y"]\n'
    assert sandbox.run(program, b"[1,2,3]\n", ROOMY).status is Status.CRASH


def test_a_language_that_cannot_be_run_is_an_input_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.languages.compiler", lambda: None)
    with pytest.raises(InputError, match=r"'cpp' cannot be run: cpp needs g\+\+"):
        sandbox.run(Program("int main() {}", Language.CPP))


@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed")
def test_numpy_is_there_before_programs_that_name_it_and_no_others(each_way: Sandbox) -> None:
    loaded = "import sys\nprint('num' + 'py' in sys.modules)\n"
    drawing = Program(loaded + "import numpy\nprint(numpy.random.rand() + float(input()))")
    first, plain, second = each_way.run_all([Job(drawing, b"0"), Job(Program(loaded)), Job(drawing, b"0")])
    assert first.stdout.startswith(b"True\n0.")
    assert (plain.stdout, second.stdout) == (b"False\n", first.stdout)
    failing = each_way.run(Program("import numpy\nnumpy.linalg.inv(numpy.zeros((2, 2)))"))
    assert (failing.status, failing.raised) == (Status.CRASH, True)


@BUILT
def test_flags_choose_the_language_and_wrong_ones_are_refused_at_once() -> None:
    program = Program('#include <cstdio>\nint main() { std::printf("%ld", __cplusplus); }', Language.CPP)
    with Sandbox(1, cpp_flags=("-std=c++20", "-O1")) as sandbox:
        assert sandbox.run(program, limits=ROOMY).stdout == b"202002"
        assert sandbox.version.endswith("/-std=c++20 -O1")
    with pytest.raises(InputError, match=r"g\+\+ does not take the flags -std=none: .*unrecognized"):
        Sandbox(1, cpp_flags=("-std=none",))


@BUILT
def test_a_compiler_that_does_not_end_is_ended(sandbox: Sandbox) -> None:
    code = (
        "template <long N, int D>\n"
        "struct T { static const long v = T<2 * N, D - 1>::v ^ T<2 * N + 1, D - 1>::v; };\n"
        "template <long N> struct T<N, 0> { static const long v = N; };\n"
        "int main() { return T<1, 30>::v; }\n"
    )
    outcome = sandbox.run(Program(code, Language.CPP), limits=ROOMY)
    assert outcome.status is Status.COMPILE
    # on a busy machine it may meet its limit of addresses, and say so, before it is looked at
    assert b"the compiler did not finish" in outcome.stderr or b"memory exhausted" in outcome.stderr
    assert sandbox.run(DOUBLE, b"21\n", ROOMY).stdout == b"42\n"


@BUILT
def test_a_compiler_reads_no_files_of_others_and_names_the_line(each_way: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("told\n")
    outcome = each_way.run(Program(f'\n#include "{tmp_path}/secret"\nint main() {{}}', Language.CPP))
    assert outcome.status is Status.COMPILE
    assert outcome.stderr.startswith(b"solution.cpp:2:")
    assert b"told" not in outcome.stderr


READS_FILES = Program(
    "import os, sys\n"
    "print(sys.argv[1:])\n"
    "for path in sys.argv[2:] + sys.argv[2:3]: print(open(path).read())\n"
    "print([n for n in range(3, 64) if os.path.exists(f'/proc/self/fd/{n}')], input())",
    args=("first",),
)


def test_a_run_reads_the_files_that_it_is_given_each_from_the_start(each_way: Sandbox) -> None:
    for text in (b"aa", b"b"):
        outcome = each_way.run(READS_FILES, b"in\n", ROOMY, (text, b"", b"c\nd"))
        paths = b"['first', '/proc/self/fd/3', '/proc/self/fd/4', '/proc/self/fd/5']"
        expected = b"\n".join([paths, text, b"", b"c\nd", text, b"[3, 4, 5] in\n"])
        assert (outcome.status, outcome.stdout) == (Status.OK, expected), outcome.stderr
    assert each_way.run(READS_FILES, b"in\n", ROOMY).stdout == b"['first']\n[] in\n"


@BUILT
def test_a_binary_reads_the_files_that_it_is_given(each_way: Sandbox) -> None:
    code = """
#include <fstream>
#include <iostream>
int main(int n, char** words) {
    std::cout << words[1];
    for (int i = 2; i < n; ++i) std::cout << ' ' << words[i] << ' ' << std::ifstream(words[i]).rdbuf();
}
"""
    program = Program(code, Language.CPP, args=("none",))
    outcome = each_way.run(program, b"", ROOMY, (b"one", b"two"))
    assert outcome.stdout.split() == b"none /proc/self/fd/3 one /proc/self/fd/4 two".split(), outcome.stderr
    assert each_way.run(program, b"", ROOMY).stdout.split() == [b"none"]


def test_given_files_can_be_long_and_many_but_never_written_to(each_way: Sandbox) -> None:
    code = """
import os, sys
size = sum(len(open(path, "rb").read()) for path in sys.argv[1:])
for change in (os.truncate, lambda path, _: os.pwrite(os.open(path, os.O_RDWR), b"x", 0)):
    try:
        change(sys.argv[1], 0)
    except OSError:
        size += 1
print(size)
"""
    files = (b"x" * (2 * ROOMY.output_bytes), *[b"y"] * 7)
    outcome = each_way.run(Program(code), b"", ROOMY, files)
    assert outcome.stdout == b"%d\n" % (2 * ROOMY.output_bytes + 7 + 2), outcome.stderr


def test_files_that_cannot_be_given_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="at most 8 files, not 9"):
        sandbox.run(DOUBLE, files=(b"",) * 9)
    function = Program("", signature=Signature("f", (), "int"))
    with pytest.raises(InputError, match="not to a function"):
        list(sandbox.run_all([Job(function, files=(b"",))]))


@BUILT
def test_a_program_is_built_once_for_all_workers_and_gets_its_arguments() -> None:
    code = "#include <cstdio>\nint main(int n, char** words) { std::puts(n > 1 ? words[1] : __TIME__); }"
    with Sandbox(2) as sandbox:
        jobs = [Job(Program(code, Language.CPP), limits=ROOMY) for _ in range(8)]
        assert len({outcome.stdout for outcome in sandbox.run_all(jobs)}) == 1
        assert sandbox.run(Program(code, Language.CPP, args=("é",)), limits=ROOMY).stdout == "é\n".encode()


def test_builds_are_made_once_and_the_oldest_let_go() -> None:
    made = []

    def make(source: bytes, _: Tools) -> Build:
        made.append(source)
        binary = new_binary()
        os.write(binary, source)
        return Build(binary, None)

    builds, tools = Builds(most=2), Tools(("compile",), ("link",))
    for source in (b"a", b"b", b"a", b"c", b"a", b"b"):
        build = builds.get(source, tools, make)
        assert os.pread(build.binary, 9, 0) == source
        with pytest.raises(PermissionError):
            os.pwrite(build.binary, b"x", 0)
    assert made == [b"a", b"b", b"c", b"b"]


def test_a_program_that_is_always_too_slow_is_given_no_more_than_its_limit(sandbox: Sandbox) -> None:
    endless, limits = Program("while True: pass"), replace(ROOMY, cpu_seconds=0.5)
    outcomes = list(sandbox.run_all([Job(endless, str(number).encode(), limits) for number in range(9)]))
    assert {outcome.status for outcome in outcomes} == {Status.TIME}
    room = [
        each.usage.cpu_seconds / (limits.cpu_seconds * allowance(each.usage.slowness)) for each in outcomes
    ]
    assert min(room[:3]) > 1.15  # it might have been late
    assert max(room[5:]) < 1.15
    assert min(room) >= 0.9  # the pace of the last moments, when it was ended


@pytest.mark.parametrize("code", ["while True: pass", "import os\nos.fork()\nwhile True: os.ftruncate(2, 0)"])
def test_a_run_that_nobody_wants_any_more_is_ended(each_way: Sandbox, code: str) -> None:
    begun = time.monotonic()
    unwanted = Job(Program(code), limits=ROOMY, unless=lambda: time.monotonic() > begun + 0.3)
    first, second, third = each_way.run_all([unwanted, Job(DOUBLE, b"21\n"), unwanted])
    assert (first, second.stdout, third) == (SKIPPED, b"42\n", SKIPPED)
    assert time.monotonic() - begun < ROOMY.cpu_seconds
    assert each_way.run(Program(code), unless=lambda: True) is SKIPPED
    assert each_way.run(DOUBLE, b"21\n", unless=lambda: False).stdout == b"42\n"


def test_a_closed_sandbox_says_so() -> None:
    with Sandbox(1) as sandbox:
        pass
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(DOUBLE)


def test_who_uses_a_worker_that_another_thread_closes_is_told_so() -> None:
    worker = Worker(walls_here()[-1], Terms(CPP_FLAGS, 1.0, patient=False))
    try:
        worker.ready()
        worker.begin(DOUBLE, b"21\n", ROOMY)
        worker.close()
        for use in (worker.end, worker.cpu_seconds, lambda: worker.begin(DOUBLE, b"21\n", ROOMY)):
            with pytest.raises(BrokenWorkerError, match="it was closed"):
                use()
    finally:
        worker.close()


def test_who_runs_a_program_when_the_sandbox_is_closed_is_told_so() -> None:
    endless = Program("print(flush=True)\nwhile True: pass")
    with ThreadPoolExecutor(4) as threads, Sandbox(2) as sandbox:
        runs = [threads.submit(sandbox.run, endless, b"", ROOMY) for _ in range(4)]
        assert not wait(runs, timeout=0.5).done
        sandbox.close()
        for run in runs:
            with pytest.raises(SandboxError, match="closed"):
                run.result()


@pytest.mark.parametrize("when", ["__init__", "ready"])
def test_who_gets_a_worker_while_the_sandbox_is_closed_is_told_so(
    monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    before = children_of(os.getpid())
    starting = getattr(Worker, when)

    def closing(worker: Worker, *terms: object) -> None:
        sandbox.close()
        starting(worker, *terms)

    with Sandbox(1) as sandbox:
        (launcher,) = set(children_of(os.getpid())) - set(before)
        os.kill(launcher, 9)
        monkeypatch.setattr(Worker, when, closing)
        with pytest.raises(SandboxError, match="the sandbox was closed while a worker started"):
            sandbox.run(DOUBLE, b"21\n", ROOMY)
    assert set(children_of(os.getpid())) == set(before)


def test_below_the_minimum_only_the_unsafe_word_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.pool.missing", lambda _: "nothing holds")
    with pytest.raises(SandboxError, match="nothing holds"):
        Sandbox(1)
    with Sandbox(1, unsafe=True) as sandbox:
        assert sandbox.run(DOUBLE, b"1\n").stdout == b"2\n"


def test_a_late_run_gets_its_turn_alone_while_others_keep_the_workers_busy(sandbox: Sandbox) -> None:
    limits = replace(ROOMY, cpu_seconds=0.2)
    # it burns until it has used a little more than its limit, and ends by itself
    late = Program("import time\nwhile time.process_time() < 0.22: pass\nprint('late')")
    busy = Program("import time\nwhile time.process_time() < 0.15: pass\nprint('busy')")
    jobs = [Job(late if number % 4 == 0 else busy, b"", limits) for number in range(12)]
    outcomes = list(sandbox.run_all(jobs))
    for number, outcome in enumerate(outcomes):
        if number % 4 == 0:
            assert (outcome.exit_code, outcome.stdout) == (0, b"late\n")
            late_even_so = outcome.usage.cpu_seconds > 0.2 * allowance(outcome.usage.slowness)
            assert (outcome.status is Status.TIME) is late_even_so
        else:
            assert (outcome.status, outcome.stdout) == (Status.OK, b"busy\n")

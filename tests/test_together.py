"""Several inputs in one process: what comes of them is what runs of their own give, or is not told at all."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Case, Language, Limits, Outcome, Program, Solution, Status, Verdict

ROOMY = Limits(cpu_seconds=10.0, wall_seconds=60.0, memory_mb=128, output_bytes=1 << 20, processes=16)
COUNT = 12
NUMBERS = [b"%d\n" % number for number in range(COUNT)]

TAME = {
    "reads lines": "n = int(input())\nprint(n * n)",
    "reads by descriptor": "import os, io, sys\nsys.stdin = io.BytesIO(os.read(0, 99))\n"
    "print(int(sys.stdin.readline()) + 1)",
    "closes its input": "n = int(open(0).read())\nprint(n)",
    "writes without print": "import sys\nsys.stdout.write(sys.stdin.read() * 2)",
    "replaces its output": "import sys, io\nout = sys.stdout = io.StringIO()\nprint(input())\n"
    "sys.stdout = sys.__stdout__\nprint(out.getvalue(), end='')",
    "keeps state in its module": "cache = globals_ = {}\ndef f(n):\n  cache[n] = len(cache)\n  return cache\n"
    "print(f(int(input())))",
    "draws at random": "import random\nprint(random.random(), random.randint(0, 10**9), input())",
    "sets limits": "import sys\nprint(sys.getrecursionlimit(), sys.get_int_max_str_digits())\n"
    "sys.setrecursionlimit(5000)\nsys.set_int_max_str_digits(9999)\nprint(input())",
    "recurses as deep as it may": "import sys\nsys.setrecursionlimit(700)\ndef depth(n):\n"
    "  return n if n == 699 else depth(n + 1)\nprint(depth(1), input())",
    "is the main module": "import sys\nif __name__ == '__main__':\n  print(sys.argv, input())",
    "leaves cleanly": "import sys\nprint(input())\nsys.exit()",
    "buffers binary": "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())",
    "has a finalizer": "class A:\n  def __del__(self): print('gone')\na = A()\nprint(input())",
}
UNTAMED = {
    "threads": "import threading\nt = threading.Thread(target=lambda: print(input()))\nt.start()",
    "evaluates": "print(eval(input()))",
    "reaches the process": "import os\nprint(input(), flush=True)\nos._exit(0)",
    "imports what nobody knows": "import this_is_no_module_of_pythons\nprint(1)",
    "imports by name": "m = __import__('math')\nprint(m.floor(float(input())))",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2) as sandbox:
        yield sandbox


def outcomes(sandbox: Sandbox, code: str, *, may_share: bool, inputs: list[bytes] = NUMBERS) -> list[Outcome]:
    program = Program(code)
    return list(sandbox.run_all(Job(program, each, ROOMY, may_share=may_share) for each in inputs))


def judged_together(solution: Solution, cases: list[Case], sandbox: Sandbox) -> Judged:
    return next(judge_all([Entry(solution, tuple(cases), TOKENS, ROOMY, may_share=True)], sandbox))


def shown(runs: list[Outcome]) -> list[tuple[Status, bytes]]:
    return [(run.status, run.stdout) for run in runs]


@pytest.mark.parametrize("code", TAME.values(), ids=TAME)
def test_tame_programs_share_a_process_and_show_what_they_show_alone(sandbox: Sandbox, code: str) -> None:
    together = outcomes(sandbox, code, may_share=True)
    assert shown(together) == shown(outcomes(sandbox, code, may_share=False))
    assert any(run.shared for run in together) or "recursion" in code  # the last frames are kept back there


@pytest.mark.parametrize("code", UNTAMED.values(), ids=UNTAMED)
def test_programs_that_reach_around_their_module_never_share(sandbox: Sandbox, code: str) -> None:
    assert not any(run.shared for run in outcomes(sandbox, code, may_share=True))


def test_nothing_is_shared_that_was_not_asked_for(sandbox: Sandbox) -> None:
    assert not any(run.shared for run in outcomes(sandbox, TAME["reads lines"], may_share=False))


@pytest.mark.parametrize(
    "bad", ["1 // 0", "sys.exit(3)", "while True: pass", "a = bytearray(1 << 30)", "print('x' * (1 << 21))"]
)
def test_an_input_that_ends_badly_ends_as_alone_and_harms_no_other(sandbox: Sandbox, bad: str) -> None:
    code = f"import sys\nn = int(input())\nif n % 5 == 3:\n  {bad}\nprint(n)"
    limits = replace(ROOMY, cpu_seconds=0.4, wall_seconds=20.0)
    program = Program(code)
    jobs = [Job(program, each, limits, may_share=True) for each in NUMBERS]
    alone = [sandbox.run(program, each, limits) for each in NUMBERS]
    assert shown(list(sandbox.run_all(jobs))) == shown(alone)


@pytest.mark.parametrize(
    "mark",
    ["math.tau = n", "math.__dict__", "open(f'/tmp/{n}', 'w').close()", "sys.path.append('x'); sys.x = n"],
)
def test_a_mark_that_is_left_ends_the_company(sandbox: Sandbox, mark: str) -> None:
    look = "print(math.tau, len(os.listdir('/tmp')), hasattr(sys, 'x'))"
    code = f"import math, os, sys\nn = int(input())\n{look}\n{mark}"
    together = outcomes(sandbox, code, may_share=True)
    assert shown(together) == shown(outcomes(sandbox, code, may_share=False))


def test_only_right_answers_are_believed_of_a_shared_process(sandbox: Sandbox) -> None:
    # a class of the library remembers, which nothing looks at
    code = "from collections import Counter as C\nC.n = getattr(C, 'n', 0) + 1\nprint(C.n)\ninput()"
    assert any(run.stdout != b"1\n" for run in outcomes(sandbox, code, may_share=True))
    cases = [Case(str(index), text.decode(), expected="1") for index, text in enumerate(NUMBERS)]
    judged = judged_together(Solution("one", code), cases, sandbox)
    assert judged.verdict is Verdict.AC


def test_a_wrong_answer_is_confirmed_by_a_run_of_its_own(sandbox: Sandbox) -> None:
    cases = [Case(str(n), f"{n}\n", expected=str(n + (n % 4 == 3))) for n in range(COUNT)]
    judged = judged_together(Solution("one", "print(input())"), cases, sandbox)
    assert [case.verdict for case in judged.cases] == [
        Verdict.WA if n % 4 == 3 else Verdict.AC for n in range(COUNT)
    ]


def test_together_they_keep_the_limit_of_one(sandbox: Sandbox) -> None:
    code = "n = int(input())\nx = 0\nfor i in range(10**6): x += i\nprint(n)"
    limits = replace(ROOMY, cpu_seconds=0.3)
    program = Program(code)
    inputs = [b"%d\n" % n for n in range(30)]
    runs = list(sandbox.run_all([Job(program, each, limits, may_share=True) for each in inputs]))
    assert [run.stdout for run in runs] == inputs


def test_a_worker_killed_amid_shared_inputs_loses_nothing(sandbox: Sandbox) -> None:
    code = "n = int(input())\nfor i in range(20000): pass\nprint(n)"
    inputs = [b"%d\n" % n for n in range(300)]
    program = Program(code)
    runs = sandbox.run_all((Job(program, each, ROOMY, may_share=True) for each in inputs), ahead=100)
    found = [next(runs) for _ in range(20)]
    for launcher in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        for zygote in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
            os.kill(int(zygote), signal.SIGKILL)
    assert [run.stdout for run in [*found, *runs]] == inputs


@settings(max_examples=15)
@given(st.lists(st.binary(max_size=40), min_size=2, max_size=20))
def test_any_input_gives_the_same_in_company(sandbox: Sandbox, inputs: list[bytes]) -> None:
    code = "import sys\ndata = sys.stdin.buffer.read()\nprint(len(data), data[:9].decode())"
    together = outcomes(sandbox, code, may_share=True, inputs=inputs)
    assert shown(together) == shown(outcomes(sandbox, code, may_share=False, inputs=inputs))


def test_a_program_in_another_language_never_shares(sandbox: Sandbox) -> None:
    program = Program('#include <cstdio>\nint main() { std::puts("1"); }', Language.CPP)
    runs = sandbox.run_all([Job(program, each, ROOMY, may_share=True) for each in NUMBERS])
    assert not any(run.shared for run in runs)

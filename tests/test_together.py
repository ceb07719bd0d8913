"""Several inputs in one process: what comes of them is what runs of their own give, or is not told at all."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import (
    Case,
    Language,
    Limits,
    Outcome,
    Parameter,
    Program,
    Signature,
    Solution,
    Status,
    Verdict,
)

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
    "numbers its files": "import os\nf = open('/dev/null')\nn = os.open('/dev/null', 0)\n"
    "print(f.fileno(), n, input())\nos.close(n)\nf.close()",
}
METHOD = Signature("f", (Parameter("n", "int"),), "int")
CALLED = {  # the body of the method, and what stands before it
    "returns": ("return n * n", ""),
    "prints beside": ("print(n)\n        return n", ""),
    "recurses deep": ("g = lambda k: k and 1 + g(k - 1)\n        return g(20000) + n", ""),
    "draws at random": ("return randint(0, 10**9) + random.randrange(9)", ""),
    "remembers in its module": ("seen.append(n)\n        return len(seen)", "seen = []"),
    "remembers in its function": (
        "return h(n)",
        "@cache\ndef h(n, seen=[]):\n    seen.append(n)\n    return len(seen)",
    ),
    "remembers in its class": ("Solution.k = getattr(Solution, 'k', 0) + 1\n        return Solution.k", ""),
}
UNTAMED = {
    "has a finalizer": "class A:\n  def __del__(self): print('gone')\na = A()\nprint(input())",
    "looks at the clock": "import time\nprint(time.time_ns() > 0, input())",
    "asks for the date": "import datetime\nprint(datetime.datetime.now().year > 2000, input())",
    "draws by chance": "import random\nrandom.seed()\nprint(input())",
    "asks the kernel for chance": "import os\nprint(len(os.urandom(4)), input())",
    "threads": "import threading\nt = threading.Thread(target=lambda: print(input()))\nt.start()",
    "evaluates": "print(eval(input()))",
    "reaches the process": "import os\nprint(input(), flush=True)\nos._exit(0)",
    "imports what nobody knows": "import this_is_no_module_of_pythons\nprint(1)",
    "imports by name": "m = __import__('math')\nprint(m.floor(float(input())))",
}


@pytest.fixture(autouse=True)
def _small_however_slow_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.turn.SMALL_SECONDS", 1.0)


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


@pytest.mark.parametrize(("body", "before"), CALLED.values(), ids=CALLED)
def test_functions_share_a_process_and_return_what_they_return_alone(
    sandbox: Sandbox, body: str, before: str
) -> None:
    program = Program(f"{before}\nclass Solution:\n    def f(self, n):\n        {body}", signature=METHOD)
    together = list(sandbox.run_all(Job(program, each, ROOMY, may_share=True) for each in NUMBERS))
    assert shown(together) == shown(list(sandbox.run_all(Job(program, each, ROOMY) for each in NUMBERS)))
    assert all(run.status is Status.OK for run in together)
    assert any(run.shared for run in together)


def test_functions_on_lists_share_a_process_though_they_give_the_nodes_an_order(sandbox: Sandbox) -> None:
    code = """
class Solution:
    def f(self, lists):
        count = len(dir(ListNode))
        ListNode.__lt__ = lambda one, other: one.val < other.val
        heap = [node for node in lists if node]
        heapify(heap)
        first = ListNode(count)
        end = first
        while heap:
            end.next = end = heappop(heap)
            if end.next:
                heappush(heap, end.next)
        return first
"""
    nodes = Signature("f", (Parameter("lists", "List[Optional[ListNode]]"),), "Optional[ListNode]")
    program = Program(code, signature=nodes)
    inputs = [b"[[1,4,%d],[],[2,3]]\n" % (n + 5) for n in range(COUNT)]
    together = list(sandbox.run_all(Job(program, each, ROOMY, may_share=True) for each in inputs))
    assert shown(together) == shown(list(sandbox.run_all(Job(program, each, ROOMY) for each in inputs)))
    assert any(run.shared for run in together)


@pytest.mark.parametrize(
    "bad",
    ["1 // 0", "sys.exit(0)", "while True: pass", "return [0] * 10**7", "return {1}", "open(0).read(9)[5]"],
)
def test_a_call_that_ends_badly_ends_as_alone_and_harms_no_other(sandbox: Sandbox, bad: str) -> None:
    code = (
        f"class Solution:\n    def f(self, n):\n        if n % 5 == 3:\n            {bad}\n        return n"
    )
    program, limits = Program(code, signature=METHOD), replace(ROOMY, cpu_seconds=0.2, wall_seconds=20.0)
    jobs = [Job(program, each, limits, may_share=True) for each in NUMBERS]
    alone = [sandbox.run(program, each, limits) for each in NUMBERS]
    assert shown(list(sandbox.run_all(jobs))) == shown(alone)


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
    limits = replace(ROOMY, cpu_seconds=0.2, wall_seconds=20.0)
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


# Each remembers the inputs before behind our back. "one" is right; alone it is never written.
BEHIND = "from collections import Counter as C\nn = int(input())\nC.n = getattr(C, 'n', 0) + 1\n"
LEAKS = {
    "in company always": "print('one' if C.n > 1 else 'other')",
    "counts the company": "print(C.n)",
    "leaves a file open": "import os\nprint(os.open('/dev/null', 0))",
    "lengthens the path": "import sys\nprint(len(sys.path))\nsys.path.append('/')",
    "takes an argument": "import sys\nsys.argv.append('x')\nprint(len(sys.argv))",
    "alters a table": "import string\nprint(string.digits)\nstring.digits = 'one'",
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_what_the_company_changes_is_not_reported(sandbox: Sandbox, leak: str) -> None:
    together = outcomes(sandbox, BEHIND + leak, may_share=True)
    assert shown(together) == shown(outcomes(sandbox, BEHIND + leak, may_share=False))
    assert not any(run.shared for run in together)


def test_no_program_has_a_second_guess() -> None:
    """One that knows its company guesses otherwise there, but for the input that comes twice."""
    knows = BEHIND + "alone = C.n == 1\nprint('even' if n == 0 or alone else 'odd')"
    right = {n: "odd" if n % 2 else "even" for n in range(COUNT)}
    cases = [Case(str(n), f"{n}\n", expected=right[n]) for n in range(COUNT)]
    with Sandbox(1) as sandbox:  # so that the first input is the one that is run alone
        runs = outcomes(sandbox, knows, may_share=True)
        together = judged_together(Solution("one", knows), cases, sandbox)
        alone = next(judge_all([Entry(Solution("one", knows), tuple(cases), TOKENS, ROOMY)], sandbox))
    assert any(run.shared and run.stdout == b"odd\n" for run in runs)  # the sandbox alone does not notice
    assert [case.verdict for case in together.cases] == [case.verdict for case in alone.cases]
    assert together.passed == COUNT / 2


def test_a_forged_report_is_worth_no_more_than_a_wrong_answer(sandbox: Sandbox) -> None:
    """It reaches our frames, tells that all went well and ends before the others had their turn."""
    code = """
import os
n = int(input())
try:
    raise ValueError
except ValueError as error:
    frame = error.__traceback__.tb_frame
    while frame and "ends" not in frame.f_locals:
        frame = frame.f_back
if frame is None:
    print("alone")
else:
    print("forged", flush=True)
    frame.f_globals["_tell"]([7] * len(frame.f_locals["inputs"]))
    getattr(os, "_ex" + "it")(0)
"""
    together = outcomes(sandbox, code, may_share=True)
    assert {run.stdout for run in together} == {b"alone\n"}


def test_a_wrong_answer_is_confirmed_by_a_run_of_its_own(sandbox: Sandbox) -> None:
    cases = [Case(str(n), f"{n}\n", expected=str(n + (n % 4 == 3))) for n in range(COUNT)]
    judged = judged_together(Solution("one", "print(input())"), cases, sandbox)
    assert [case.verdict for case in judged.cases] == [
        Verdict.WA if n % 4 == 3 else Verdict.AC for n in range(COUNT)
    ]


def test_together_they_keep_the_limit_of_one(sandbox: Sandbox) -> None:
    code = "n = int(input())\nx = 0\nfor i in range(10**5): x += i\nprint(n)"
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

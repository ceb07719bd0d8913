"""Whatever bytes come, as a program or as its input: the end of the run is the program's, never our fault."""

import random
from collections.abc import Iterator

import pytest
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.sandbox import Job, Sandbox, cannot_run
from synthsmith.verification.types import Case, Language, Limits, Program, Solution, Status, Verdict

LIMITS = Limits(cpu_seconds=0.5, memory_mb=128, output_bytes=1 << 20, processes=8)
BUILT = pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
ECHO = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
ECHO_CPP = "#include <cstdio>\nint main() { for (int c; (c = getchar()) != EOF;) putchar(c); }"
WORDS = """\
import os|import sys|os|sys|.|exit|_exit|(|)|[|]|{|}|:|=|*|,|\n|\n    |\n        |def f|class A|for i in|
while|if|range|else|return|lambda|yield|raise|try|except|print|input()|1|10**9|-1|'a'|b'\\0'|x|del|os.fork()|open('x')|
os.close(0)|os.close(1)|os.dup2(0, 1)|os.kill(0, 9)|sys.setrecursionlimit|os.abort()|os.setsid()|sys.exit()|
sys.stdin.read()|__import__('threading')|os._exit(0)
"""


def noise(rng: random.Random, most: int = 200) -> bytes:
    return rng.randbytes(rng.choice([0, 1, rng.randrange(most), most]))


def soup(rng: random.Random) -> str:
    """Words of Python in no order; the first ones often parse."""
    head = "import os, sys\n" * rng.randrange(2)
    return head + rng.choice(["", " "]).join(rng.choices(WORDS.split("|"), k=rng.choice([1, 2, 3, 5, 30])))


def texts(rng: random.Random) -> Iterator[str]:
    for _ in range(60):
        yield noise(rng).decode("latin-1")
        yield noise(rng).decode("utf-8", "surrogateescape")
        yield "".join(chr(rng.randrange(0x11000)) for _ in range(rng.randrange(9)))  # surrogates among them
    for _ in range(200):
        yield soup(rng)


def test_no_text_is_a_program_that_breaks_us(sandbox: Sandbox) -> None:
    rng = random.Random(1)
    jobs = [Job(Program(code), noise(rng), LIMITS) for code in texts(rng)]
    outcomes = zip(jobs, sandbox.run_all(jobs), strict=True)
    assert [(job, outcome) for job, outcome in outcomes if outcome.status is Status.INTERNAL] == []


@pytest.mark.parametrize("test", ["assert f(1) == 2", "for i in (1, 2): assert f(i)"])
def test_no_text_is_a_candidate_that_breaks_the_judge(sandbox: Sandbox, test: str) -> None:
    rng = random.Random(2)
    pairs = [under_test(Solution("s", code), test) for code in list(texts(rng))[::3]]
    entries = [Entry(solution, (case,), ASSERTIONS, LIMITS) for solution, case in pairs]
    verdicts = {judged.verdict for judged in judge_all(entries, sandbox)}
    assert not verdicts & {Verdict.JE, Verdict.AC}


@pytest.mark.parametrize(
    "program",
    [Program(ECHO), pytest.param(Program(ECHO_CPP, Language.CPP), marks=BUILT)],
    ids=["python", "cpp"],
)
def test_any_bytes_arrive_and_come_back_as_they_are(sandbox: Sandbox, program: Program) -> None:
    rng = random.Random(3)
    inputs = [noise(rng, 5000) for _ in range(150)]
    outcomes = sandbox.run_all(Job(program, data, LIMITS) for data in inputs)
    assert [(outcome.status, outcome.stdout) for outcome in outcomes] == [
        (Status.OK, data) for data in inputs
    ]


def test_what_a_program_makes_of_any_input_is_its_own_verdict(sandbox: Sandbox) -> None:
    rng = random.Random(4)
    cases = tuple(Case(str(n), noise(rng).decode("latin-1"), expected="0") for n in range(60))
    codes = ["print(sum(map(int, input().split())))", "import sys, json\nprint(json.load(sys.stdin))"]
    entries = [Entry(Solution("s", code), cases, TOKENS, LIMITS) for code in codes]
    verdicts = {case.verdict for judged in judge_all(entries, sandbox) for case in judged.cases}
    assert verdicts <= {Verdict.AC, Verdict.WA, Verdict.RE}


@BUILT
def test_no_text_is_a_program_in_cpp_that_breaks_us(sandbox: Sandbox) -> None:
    rng = random.Random(5)
    codes = ["", "int main() {", "int main() { " + soup(rng) + " }", '#include "/proc/self/fd/0"', "\0" * 99]
    codes += [noise(rng).decode("latin-1"), noise(rng).decode("utf-8", "surrogateescape")]
    jobs = [Job(Program(code, Language.CPP), b"", LIMITS) for code in codes]
    assert {outcome.status for outcome in sandbox.run_all(jobs)} == {Status.COMPILE}

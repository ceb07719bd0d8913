"""From replies to test inputs: generated, checked, kept or dropped for a reason, in the real sandbox."""

import json
from collections.abc import Iterator

import pytest
from made_recordings import GENERATOR, INPUTS, VALIDATOR, inputs, python, think
from synthsmith.builders.cases import Suite, generator_seed, make_suite, read_proposals
from synthsmith.builders.model import Reply
from synthsmith.builders.tasks import Task
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Kind, Parameter, Signature

TASK = Task("t", "codeforces", "Add.", ())
SIGNATURE = Signature("f", (Parameter("a", "List[List[int]]"), Parameter("k", "Optional[float]")), "int")
FUNCTION = Task("t", "leetcode", "Add.", (), SIGNATURE, "class Solution: ...")
ACCEPT = "pass\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2) as box:
        yield box


def suite(
    sandbox: Sandbox,
    *,
    prompted: str | None = None,
    generator: str = GENERATOR,
    validator: str = VALIDATOR,
    task: Task = TASK,
) -> Suite:
    replies = (inputs() if prompted is None else prompted, python(generator), python(validator))
    return make_suite(read_proposals(*map(Reply, replies), draw="0:1"), task, sandbox)


def dropped(made: Suite) -> dict[str, str]:
    return {one.id: one.detail for one in made.dropped}


def unread(made: Suite) -> dict[str, str]:
    return {one.stage: one.detail for one in made.unread}


def emit(*entries: object) -> str:
    lines = [json.dumps(entry) for entry in entries]
    return f"for line in {lines!r}:\n    print(line)\n"


def test_inputs_of_both_ways_are_kept_in_order_under_stable_names(sandbox: Sandbox) -> None:
    made = suite(sandbox)
    assert [case.id for case in made.cases] == ["p1", "p2", "p3", "p7", "p8", "g1", "g2", "g3", "g4", "g5"]
    assert made.cases[2].input == "3\n1 2 3\n"
    assert all(case.expected is None for case in made.cases)
    assert made.unread == ()


def test_blank_double_and_invalid_inputs_are_dropped_with_their_reason(sandbox: Sandbox) -> None:
    made = suite(sandbox)
    assert dropped(made) == {
        "p4": "the same as p3",
        "p5": "invalid: 4 numbers announced, 2 given",
        "p6": "empty",
    }
    assert len(made.cases) + len(made.dropped) == len(INPUTS) + 5


def test_the_seed_is_the_draws_own_and_fixes_the_inputs(sandbox: Sandbox) -> None:
    assert suite(sandbox) == suite(sandbox)
    assert len({generator_seed(f"0:{i}") for i in range(1000)}) == 1000
    assert all(0 <= generator_seed(f"7:{i}") < 2**31 for i in range(1000))


def test_a_generator_may_use_cyaron(sandbox: Sandbox) -> None:
    code = "from cyaron import Vector\nimport json\nn = Vector.random(3, [(1, 9)], 1)\n"
    code += "print(json.dumps({'name': 'x', 'kind': 'stress', 'input': f'{len(n)}\\n1 2 3\\n'}))\n"
    made = suite(sandbox, prompted=inputs(["1\n1\n"]), generator=code)
    assert [(case.id, case.kind) for case in made.cases] == [("p1", Kind.NOMINAL), ("g1", Kind.STRESS)]


@pytest.mark.parametrize(
    ("generator", "why"),
    [
        ("raise KeyError('lost')\n", "ended as crash: KeyError: 'lost'"),
        ("pass\n", "wrote nothing"),
        ("import sys\nsys.stdout.buffer.write(b'\\xff')\n", "not UTF-8"),
    ],
)
def test_a_generator_that_fails_is_on_record_and_the_prompted_inputs_stay(
    sandbox: Sandbox, generator: str, why: str
) -> None:
    made = suite(sandbox, generator=generator)
    assert [case.id for case in made.cases] == ["p1", "p2", "p3", "p7", "p8"]
    assert why in unread(made)["generator"]


def test_single_lines_of_a_generator_that_are_no_cases_are_dropped(sandbox: Sandbox) -> None:
    good = {"name": "n", "kind": "complex", "input": "1\n4\n"}
    lines = emit(good, {"kind": "complex"}, [1], {**good, "kind": "odd"}, {**good, "input": "1\n\ud800\n"})
    lines += emit({**good, "kind": "odd", "input": "\ud800"}, "\ud800")
    made = suite(sandbox, generator=lines + "print('free text')\n")
    assert [case.id for case in made.cases if case.id.startswith("g")] == ["g1"]
    details = dropped(made)
    assert "no known kind: 'odd'" in details["g4"]
    assert "surrogate" in details["g5"]
    assert all("not an object" in details[name] for name in ("g2", "g3", "g7", "g8"))
    assert all(one.head.encode() for one in made.dropped)  # a file can hold it


def test_an_input_too_large_for_a_row_is_dropped(sandbox: Sandbox) -> None:
    code = "import json\nprint(json.dumps({'kind': 'stress', 'input': '1 ' * (5 << 20), 'name': 'x'}))\n"
    made = suite(sandbox, generator=code, validator=ACCEPT)
    assert dropped(made)["g1"] == "larger than 8 MiB"


def test_a_generator_that_cannot_stop_is_cut_at_a_number_of_inputs(sandbox: Sandbox) -> None:
    code = "import json\nfor i in range(60):\n"
    code += "    print(json.dumps({'kind': 'nominal', 'input': f'1\\n{i}\\n', 'name': 'x'}))\n"
    made = suite(sandbox, prompted=think("nothing"), generator=code)
    assert len(made.cases) == 40
    assert dropped(made)["g60"] == "more than 40 generated inputs"


def test_unreadable_inputs_are_on_record_and_the_generated_ones_stay(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=think("I would rather not"))
    assert [case.id for case in made.cases] == ["g1", "g2", "g3", "g4", "g5"]
    assert "inputs" in unread(made)


def test_without_a_readable_validator_no_input_counts(sandbox: Sandbox) -> None:
    made = suite(sandbox, validator="def (\n")
    assert made.cases == ()
    assert "does not parse" in unread(made)["validator"]
    assert dropped(made)["p1"] == "there is no validator that could be read"


def test_a_validator_that_accepts_nothing_is_on_record(sandbox: Sandbox) -> None:
    made = suite(sandbox, validator="import sys\nsys.exit('I like none')\n")
    assert made.cases == ()
    assert "accepts none of 11 inputs; the first: invalid: I like none" in unread(made)["validator"]


def test_an_input_on_which_the_validator_breaks_down_is_dropped(sandbox: Sandbox) -> None:
    made = suite(sandbox, validator="n = int(input())\nassert n < 5\n")
    assert dropped(made)["p7"].startswith("the validator broke down (crash): AssertionError")
    assert "p8" in [case.id for case in made.cases]


def test_a_refusal_is_its_first_line(sandbox: Sandbox) -> None:
    code = "import sys\nif input() == '2':\n    sys.exit('two\\nis not allowed')\n"
    made = suite(sandbox, validator=code)
    assert dropped(made)["p2"] == "invalid: two"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[1, 2], []]\n2.5\n", ""),
        ("[]\nnull", ""),
        ("[[1]]\n3\n\n", ""),
        ("[[1]]\n", "1 lines, but f takes 2 arguments"),
        ("[[1]]\n2\n3\n", "3 lines"),
        ("[[1]]\n'x'\n", "'k' is not JSON"),
        ("[[1]]\nNaN\n", "'k' is not JSON"),
        ("[[true]]\n2\n", "'a' is no List[List[int]]"),
        ("[[1.0]]\n2\n", "'a' is no List[List[int]]"),
        ("[[1]]\ntrue\n", "'k' is no Optional[float]"),
    ],
)
def test_an_input_for_a_function_is_its_arguments(sandbox: Sandbox, text: str, why: str) -> None:
    made = suite(sandbox, prompted=inputs([text]), generator="def (\n", validator=ACCEPT, task=FUNCTION)
    if why:
        assert why in dropped(made)["p1"]
    else:
        assert [case.input for case in made.cases] == [text if text.endswith("\n") else f"{text}\n"]


def test_windows_line_ends_are_made_plain(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=inputs(["2\r\n1 2\r\n"]))
    assert made.cases[0].input == "2\n1 2\n"


def test_an_empty_last_line_is_part_of_the_input(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=inputs(["0\n\n"]))
    assert made.cases[0].input == "0\n\n"

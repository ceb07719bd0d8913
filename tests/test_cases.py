"""From replies to test inputs: generated, checked, kept or dropped for a reason, in the real sandbox."""

import json

import pytest
from made_recordings import GENERATOR, INPUTS, SAMPLES, VALIDATOR, inputs, python, think
from synthsmith.builders.arguments import fits_type
from synthsmith.builders.cases import Suite, make_suite, read_proposals
from synthsmith.builders.generated import RUNS, generator_seed
from synthsmith.builders.model import Reply
from synthsmith.builders.tasks import Task
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Kind, Parameter, Signature

TASK = Task("t", "codeforces", SAMPLES["codeforces"], ())
SIGNATURE = Signature("f", (Parameter("a", "List[List[int]]"), Parameter("k", "Optional[float]")), "int")
EXAMPLE = "**Example 1:**\n\n```\nInput: a = [[8, 9]], k = null\nOutput: 7\n```\n"
FUNCTION = Task("t", "leetcode", EXAMPLE, (), SIGNATURE, "class Solution: ...")
ACCEPT = "pass\n"
PROMPTED = ["sample1", "p1", "p2", "p3", "p7", "p8"]
GENERATED = ["small1-1", "small1-2", "small2-1", "small2-2", "medium1-1", "large1-1", "stress1-1"]


def suite(
    sandbox: Sandbox,
    *,
    prompted: str | None = None,
    generator: str = GENERATOR,
    validator: str = VALIDATOR,
    task: Task = TASK,
) -> Suite:
    replies = (inputs() if prompted is None else prompted, python(generator), python(validator))
    return make_suite(read_proposals(*map(Reply, replies), draw="0:1", task=task), task, sandbox)


def dropped(made: Suite) -> dict[str, str]:
    return {one.id: one.detail for one in made.dropped}


def unread(made: Suite) -> dict[str, str]:
    return {one.stage: one.detail for one in made.unread}


def emit(*entries: object) -> str:
    lines = [json.dumps(entry) for entry in entries]
    return f"for line in {lines!r}:\n    print(line)\n"


def test_inputs_of_both_ways_are_kept_in_order_under_stable_names(sandbox: Sandbox) -> None:
    made = suite(sandbox)
    assert [case.id for case in made.cases] == [*PROMPTED, *GENERATED]
    assert made.cases[3].input == "3\n1 2 3\n"
    assert all(case.expected is None for case in made.cases)
    assert made.unread == ()


def test_blank_double_and_invalid_inputs_are_dropped_with_their_reason(sandbox: Sandbox) -> None:
    made = suite(sandbox)
    assert dropped(made) == {
        "p4": "the same as p3",
        "p5": "invalid: 4 numbers announced, 2 given",
        "p6": "empty",
    }
    assert len(made.cases) + len(made.dropped) == 1 + len(INPUTS) + len(GENERATED)


def test_a_statements_sample_is_a_nominal_case_and_a_copy_of_it_is_dropped(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=inputs(["2\n3 4\n", "1\n1\n"]))
    sample = made.cases[0]
    assert (sample.id, sample.input, sample.kind) == ("sample1", "2\n3 4\n", Kind.NOMINAL)
    assert (sample.stated, sample.expected) == ("7\n", None)
    assert dropped(made)["p1"] == "the same as sample1"


def test_a_functions_example_is_taken_apart_into_its_arguments(sandbox: Sandbox) -> None:
    made = suite(sandbox, generator="def (\n", validator=ACCEPT, task=FUNCTION)
    assert (made.cases[0].input, made.cases[0].stated) == ("[[8, 9]]\nnull\n", "7\n")


def test_every_run_of_a_generator_has_its_size_and_a_seed_of_its_own(sandbox: Sandbox) -> None:
    code = "import json, sys\nprint(json.dumps({'kind': 'stress', 'input': ' '.join(sys.argv[1:])}))\n"
    made = suite(sandbox, generator=code, validator=ACCEPT)
    calls = [case.input.split() for case in made.cases if "--size" in case.input]
    assert [call[3] for call in calls] == list(RUNS)
    assert len({call[1] for call in calls}) == len(RUNS)
    seeds = {generator_seed(f"0:{i}", run) for i in range(1000) for run in range(len(RUNS))}
    assert len(seeds) == 1000 * len(RUNS)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_same_draw_gives_the_same_inputs(sandbox: Sandbox) -> None:
    assert suite(sandbox) == suite(sandbox)


def test_a_run_that_fails_leaves_the_others_and_is_on_record(sandbox: Sandbox) -> None:
    made = suite(sandbox, generator=GENERATOR + "if options.size == 'medium':\n    raise KeyError('lost')\n")
    assert [case.id for case in made.cases if "-" in case.id] == [g for g in GENERATED if g != "medium1-1"]
    assert "--size medium, ended as crash: KeyError: 'lost'" in unread(made)["generator"]


def test_a_suite_without_a_generated_stress_case_is_on_record(sandbox: Sandbox) -> None:
    made = suite(sandbox, generator=GENERATOR.replace('"stress" if', '"boundary" if'))
    assert unread(made)["generator"] == "no stress case is left of what the generator made"


def test_a_generator_may_use_cyaron(sandbox: Sandbox) -> None:
    code = "from cyaron import Vector\nimport json\nn = Vector.random(3, [(1, 9)], 1)\n"
    code += "print(json.dumps({'name': 'x', 'kind': 'stress', 'input': f'{len(n)}\\n1 2 3\\n'}))\n"
    made = suite(sandbox, prompted=inputs(["1\n1\n"]), generator=code)
    assert [(case.id, case.kind) for case in made.cases][-2:] == [
        ("p1", Kind.NOMINAL),
        ("small1-1", Kind.STRESS),
    ]


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
    assert [case.id for case in made.cases] == PROMPTED
    assert sum(why in one.detail for one in made.unread) == len(RUNS)


def test_single_lines_of_a_generator_that_are_no_cases_are_dropped(sandbox: Sandbox) -> None:
    good = {"name": "n", "kind": "complex", "input": "1\n4\n"}
    lines = emit(good, {"kind": "complex"}, [1], {**good, "kind": "odd"}, {**good, "input": "1\n\ud800\n"})
    lines += emit({**good, "kind": "odd", "input": "\ud800"}, "\ud800")
    made = suite(sandbox, generator=lines + "print('free text')\n")
    assert [case.id for case in made.cases if "-" in case.id] == ["small1-1"]
    details = dropped(made)
    assert "no known kind: 'odd'" in details["small1-4"]
    assert "surrogate" in details["small1-5"]
    assert all("not an object" in details[f"small1-{place}"] for place in (2, 3, 7, 8))
    assert all(one.head.encode() for one in made.dropped)  # a file can hold it


def test_an_input_too_large_for_a_row_is_dropped(sandbox: Sandbox) -> None:
    code = "import json\nprint(json.dumps({'kind': 'stress', 'input': '1 ' * (5 << 20), 'name': 'x'}))\n"
    made = suite(sandbox, generator=code, validator=ACCEPT)
    assert dropped(made)["small1-1"] == "larger than 8 MiB"


def test_a_run_of_a_generator_that_cannot_stop_is_cut_at_a_number_of_inputs(sandbox: Sandbox) -> None:
    code = GENERATOR.replace("(1, 5)", "range(1, 60)")
    made = suite(sandbox, prompted=think("nothing"), generator=code)
    assert len([case for case in made.cases if case.id.startswith("small1-")]) == 8
    assert dropped(made)["small1-59"] == "more than 8 inputs of one run"


def test_unreadable_inputs_are_on_record_and_the_generated_ones_stay(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=think("I would rather not"))
    assert [case.id for case in made.cases] == ["sample1", *GENERATED]
    assert "inputs" in unread(made)


def test_without_a_readable_validator_no_input_counts(sandbox: Sandbox) -> None:
    made = suite(sandbox, validator="def (\n")
    assert made.cases == ()
    assert "does not parse" in unread(made)["validator"]
    assert dropped(made)["p1"] == "there is no validator that could be read"


def test_a_validator_that_accepts_nothing_is_on_record(sandbox: Sandbox) -> None:
    made = suite(sandbox, validator="import sys\nsys.exit('I like none')\n")
    assert made.cases == ()
    assert "accepts none of 14 inputs; the first: invalid: I like none" in unread(made)["validator"]


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
        assert [case.input for case in made.cases[1:]] == [text if text.endswith("\n") else f"{text}\n"]


def test_windows_line_ends_are_made_plain(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=inputs(["2\r\n1 2\r\n"]))
    assert made.cases[1].input == "2\n1 2\n"


def test_an_empty_last_line_is_part_of_the_input(sandbox: Sandbox) -> None:
    made = suite(sandbox, prompted=inputs(["0\n\n"]))
    assert made.cases[1].input == "0\n\n"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("List[List[int]]", [[1], []], [1]),
        ("Optional[TreeNode]", [1, None, 2], [None, 1]),
        ("TreeNode", None, 3),
        ("ListNode", [1, 2], [1, None]),
        ("List[Optional[ListNode]]", [[1], [], None], [1]),
        ("'Optional[ListNode]'", [], "[]"),
        ("str", "é", "\ud800"),
        ("float", 3, "3"),
        ("bool", True, 1),
        ("int", 1, True),
        ("Union[int, str]", "a", 1.5),
        ("int | None", None, "a"),
        ("Dict[str, List[int]]", {"a": [1]}, {"a": 1}),
        ("dict[str, bool]", {}, []),
    ],
)
def test_a_json_value_is_of_a_type_of_leetcode_or_is_not(kind: str, right: object, wrong: object) -> None:
    assert fits_type(right, kind)
    assert not fits_type(wrong, kind)

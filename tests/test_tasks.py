"""From replies to tasks and candidates: what is asked for is there, or the reason says what is not."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_recordings import METHOD, RIGHT, python, roles, statement, think
from synthsmith.builders.model import Reply
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.settings import Settings
from synthsmith.builders.solutions import ask_brute, ask_solutions, prompt, read_brute, read_solutions
from synthsmith.builders.tasks import Design, Role, Task, count_tokens, read_design, read_statement
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.types import Parameter, Purpose, Signature

SUBTREE = {"algorithm": {"Sorting": {"merge sort": {}}, "greedy": {}}, "data structures": {"array": {}}}
DESIGN = Design((Role("greedy", "first"), Role("array", "second")), "Together.")
SIGNATURE = Signature("total", (Parameter("a", "List[int]"),), "int")


def task(signature: Signature | None = None) -> Task:
    return Task("t", "codeforces", "Add.", ("greedy",), signature, "" if signature is None else METHOD)


def read(question: object, style: str = "codeforces", **more: object) -> Task | Rejected:
    return read_statement(Reply(think(json.dumps({"question": question, **more}))), style, DESIGN, 200)


def reason(result: object) -> Reason:
    assert isinstance(result, Rejected), result
    return result.reason


def test_a_design_keeps_the_trees_spelling_and_each_feature_once() -> None:
    design = read_design(Reply(roles(["Merge  Sort", "greedy", "merge sort"])), SUBTREE)
    assert isinstance(design, Design)
    assert [role.feature for role in design.roles] == ["merge sort", "greedy"]


@pytest.mark.parametrize("foreign", ["quantum", "algorithm", "Sorting", "greedy algorithms"])
def test_features_that_are_no_leaves_of_the_subtree_are_foreign(foreign: str) -> None:
    rejected = read_design(Reply(roles(["greedy", foreign])), SUBTREE)
    assert reason(rejected) is Reason.FOREIGN_FEATURES
    assert isinstance(rejected, Rejected)
    assert repr(foreign) in rejected.detail
    assert "'greedy'" not in rejected.detail


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<think>never closed"),
        Reply(think("no object")),
        Reply(think("{}")),
        Reply(roles([])),
        Reply(roles([""])),
        Reply(roles(["greedy"], strategy=" ")),
        Reply(roles(["greedy"]).replace('"potential_use"', '"use"')),
        Reply(roles(["greedy"]).replace('[{"', '["').replace('"}]', '"]')),
        Reply(roles(["greedy"]), error="the answer was cut short at the limit of tokens"),
    ],
)
def test_a_design_of_another_shape_is_unreadable(reply: Reply) -> None:
    assert reason(read_design(reply, SUBTREE)) is Reason.DESIGN_UNREADABLE


def test_a_statement_becomes_a_task_named_by_its_content() -> None:
    one, same, other = (read(statement("codeforces", words)) for words in (220, 220, 221))
    assert isinstance(one, Task)
    assert isinstance(other, Task)
    assert one == same
    assert one.id != other.id
    assert (one.features, one.signature, one.starter_code) == (("greedy", "array"), None, "")


def test_a_statement_must_be_long_enough_by_a_stated_count() -> None:
    assert count_tokens("Don't add 3.5, ever!") == 10
    assert reason(read(statement("codeforces", 150))) is Reason.STATEMENT_TOO_SHORT


@pytest.mark.parametrize("style", ["codeforces", "atcoder"])
def test_a_statement_must_have_the_sections_of_its_style(style: str) -> None:
    whole = statement(style)
    assert isinstance(read(whole, style), Task)
    rejected = read(whole.replace("## Output\n", "\n"), style)
    assert reason(rejected) is Reason.STATEMENT_INCOMPLETE


def test_a_statement_that_says_how_it_is_solved_is_rejected_with_the_words_that_do() -> None:
    rejected = read(
        statement("codeforces").replace("word word", "Use binary\nsearch, applying greedy choices.", 1)
    )
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.STATEMENT_LEAKS
    assert "'binary search', 'applying greedy'" in rejected.detail


@pytest.mark.parametrize("style", ["codeforces", "atcoder", "leetcode"])
def test_a_statement_whose_samples_cannot_be_read_is_rejected(style: str) -> None:
    more = {"starter_code": METHOD + "pass"} if style == "leetcode" else {}
    whole = statement(style)
    assert isinstance(read(whole, style, **more), Task)
    damaged = (
        whole.replace("Output: 7", "Result: 7") if style == "leetcode" else whole.replace("```\n7\n```", "7")
    )
    assert reason(read(damaged, style, **more)) is Reason.SAMPLES_UNREADABLE


def test_an_example_that_does_not_fit_the_signature_is_rejected() -> None:
    code = METHOD.replace("List[int]", "List[str]") + "pass"
    rejected = read(statement("leetcode"), "leetcode", starter_code=code)
    assert reason(rejected) is Reason.SAMPLES_UNREADABLE


@pytest.mark.parametrize(
    "kind", ["Tuple[int, int]", "Set[int]", "Any", "Dict[int, int]", "Callable", "Point"]
)
def test_a_type_that_no_json_value_is_of_makes_no_signature(kind: str) -> None:
    for code in (METHOD.replace("List[int]", kind), METHOD.replace("-> int", f"-> {kind}")):
        assert (
            reason(read(statement("leetcode"), "leetcode", starter_code=code + "pass")) is Reason.NO_SIGNATURE
        )


def test_a_statement_of_another_shape_is_unreadable() -> None:
    for question, more in ((7, {}), ("", {}), (statement("codeforces"), {"hint": "use a heap"})):
        assert reason(read(question, **more)) is Reason.STATEMENT_UNREADABLE
    assert reason(read(statement("leetcode"), "leetcode")) is Reason.STATEMENT_UNREADABLE


def test_a_leetcode_task_has_its_signature() -> None:
    made = read(statement("leetcode"), "leetcode", starter_code=METHOD + "pass")
    assert isinstance(made, Task)
    assert made.signature == SIGNATURE


@pytest.mark.parametrize(
    "code", ["class Solution:\n    def total(self, a): pass", "def (", "class Solution: pass", "x = 1"]
)
def test_starter_code_without_a_typed_signature_is_rejected(code: str) -> None:
    rejected = read(statement("leetcode"), "leetcode", starter_code=code)
    assert reason(rejected) is Reason.NO_SIGNATURE


@given(st.text())
def test_no_reply_whatever_breaks_a_reader(text: str) -> None:
    assert isinstance(read_design(Reply(text), SUBTREE), Rejected)
    assert isinstance(read_statement(Reply(text), "codeforces", DESIGN, 200), Rejected)
    assert read_solutions([Reply(text)], task())[0] == ()


def test_readable_candidates_keep_their_place_and_their_whole_reply() -> None:
    replies = [Reply(python(RIGHT), model="a"), Reply("no"), Reply(python("print(1)\n"), model="b")]
    solutions, unread = read_solutions(replies, task())
    assert [(s.id, s.code, s.reply, s.model) for s in solutions] == [
        ("s1", RIGHT, python(RIGHT), "a"),
        ("s3", "print(1)\n", python("print(1)\n"), "b"),
    ]
    assert [(u.stage, u.sample, u.text) for u in unread] == [("solution", 1, "no")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<think>on and on", "not finished"),
        ("```python\nprint(1)\n```", "no reasoning"),
        (think("no program"), "no code blocks"),
        (think("```python\nprint(1)\n```\n```python\nprint(2)\n```"), "2 code blocks"),
        (think("```java\nclass A {}\n```"), "marked 'java'"),
        (python("def f(:\n"), "does not parse: line 1"),
        (python("x = 1\0\n"), "does not parse"),
        (python("(" * 500 + ")" * 500 + "\n"), "does not parse"),
    ],
)
def test_an_unreadable_candidate_is_kept_with_its_reason(text: str, why: str) -> None:
    solutions, [unread] = read_solutions([Reply(text)], task())
    assert solutions == ()
    assert why in unread.detail
    assert unread.text == text


def test_drafts_inside_the_reasoning_do_not_count() -> None:
    text = "<think>\n```python\ndef draft(:\n```\nbetter:\n</think>\n\n```python\nprint(1)\n```"
    [solution], unread = read_solutions([Reply(text)], task())
    assert solution.code == "print(1)\n"
    assert unread == ()


def test_a_program_of_five_megabytes_is_unread_before_it_is_parsed() -> None:
    _, [unread] = read_solutions([Reply(python("x = [" + "1," * 2_500_000 + "]\n"))], task())
    assert unread.detail == "the program does not parse: it is longer than 262144 characters"


def test_odd_escapes_in_a_candidate_are_none_of_our_warnings() -> None:
    assert len(read_solutions([Reply(python("x = '\\d'\n"))], task())[0]) == 1


@pytest.mark.parametrize(
    ("code", "readable"),
    [
        (f"{METHOD}return sum(a)\n", True),
        ("def total(a):\n    return sum(a)\n", False),
        ("class Solution:\n    def sum(self, a):\n        return 0\n", False),
        ("class Other:\n    def total(self, a):\n        return 0\n", False),
    ],
)
def test_a_candidate_for_a_function_has_the_method(code: str, readable: bool) -> None:
    assert len(read_solutions([Reply(python(code))], task(SIGNATURE))[0]) == readable


def test_the_brute_force_is_asked_of_the_model_for_cases_by_a_prompt_of_its_own() -> None:
    settings = Settings(models=Models(cases=ModelSettings("tester")))
    [request] = ask_brute(settings, "0:1", task())
    assert (request.model, request.template) == ("tester", "brute")
    assert request.messages[0].content != prompt(task())
    assert ask_brute(replace(settings, brute_force=False), "0:1", task()) == ()


def test_a_brute_force_program_is_marked_and_an_unreadable_one_is_on_record() -> None:
    [brute], unread = read_brute([Reply(python(RIGHT), model="tester")], task())
    assert (brute.id, brute.purpose, brute.code, unread) == ("brute", Purpose.BRUTE, RIGHT, ())
    nothing, [left] = read_brute([Reply("I give up")], task())
    assert (nothing, left.stage, left.text) == ((), "brute", "I give up")


def test_every_candidate_is_another_sample_of_one_prompt() -> None:
    requests = ask_solutions(Settings(solutions=4), "0:1", task())
    assert {request.messages[0].content for request in requests} == {prompt(task())}
    assert [request.sample for request in requests] == [0, 1, 2, 3]
    assert len({request.key for request in requests}) == 4


def test_several_models_take_turns_and_one_at_two_addresses_is_one() -> None:
    models = (ModelSettings("a", "http://x"), ModelSettings("b"), ModelSettings("a", "http://y"))
    settings = Settings(solutions=6, models=Models(solution=models))
    requests = ask_solutions(settings, "0:1", task())
    asked = [(request.model, request.endpoints, request.sample) for request in requests]
    assert asked == [
        ("a", ("http://x",), 0),
        ("b", (), 0),
        ("a", ("http://y",), 1),
        ("a", ("http://x",), 2),
        ("b", (), 1),
        ("a", ("http://y",), 3),
    ]

"""Functions in C++, called as on LeetCode: the same JSON values in and out as for those in Python."""

import json
import math
from collections.abc import Iterator

import pytest
from synthsmith.verification.compare import TOKENS, checker_for
from synthsmith.verification.judge import judge
from synthsmith.verification.matrix import fill
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Language, Limits, Program, Solution, Status, Verdict

pytestmark = pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason="no C++ compiler is installed")
LIMITS = Limits(cpu_seconds=5.0, memory_mb=256)
SEVERAL = """
#define int long long
class Solution {
public:
    pair<string, int> f(
        vector<vector<int>>& grid, const string& name, double half, vector<bool> marks, char sign
    ) const {
        int total = 0;
        for (auto& row : grid) for (int each : row) total += each;
        bool same = marks.size() == 2 && marks[0] && !marks[1];
        return {name + sign + (same ? "!" : "?"), total + (half == 0.5)};
    }
};
"""
NODES = """
/* struct ListNode { int val; ListNode *next; }; */
class Solution {
public:
    vector<TreeNode*> f(TreeNode* root, ListNode* head) {
        vector<TreeNode*> found = {root, nullptr};
        for (; head; head = head->next) {
            if (root) root->val += head->val;
        }
        return found;
    }
};
"""
OWN_NODES = """
struct ListNode { long val; ListNode *next; ListNode(long v) : val(v), next(nullptr) {} };
ListNode* f(ListNode* head) { if (head && head->next) { swap(head->val, head->next->val); } return head; }
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1, cpp_flags=("-std=gnu++17", "-O0")) as made:
        yield made


def program(code: str, declaration: str) -> Program:
    return Program(code, Language.CPP, parse_signature(declaration))


@pytest.mark.parametrize("flags", [("-std=gnu++17", "-O0"), ("-std=c++11", "-O0"), ("-std=c++20", "-O0")])
def test_values_of_every_type_go_in_and_out(flags: tuple[str, ...]) -> None:
    called = program(
        SEVERAL,
        "class Solution:\n    def f(self, grid: List[List[int]], name: str, half: float, marks: List[bool], "
        "sign: str) -> List[object]: ...",
    )
    given = b'[[1, -2],[],[9007199254740993]]\n\n"\\u00e9\\ud83d\\ude00\\"\\n"\n0.5\n[true, false]\n "+" \n'
    with Sandbox(1, cpp_flags=flags) as sandbox:
        outcome = sandbox.run(called, given, LIMITS)
    assert outcome.status is Status.OK, outcome.stderr
    assert json.loads(outcome.stdout) == ['é😀"\n+!', 9007199254740993]


@pytest.mark.parametrize(
    ("tree", "added", "after"),
    [
        ("[1,null,2,3]", "[10,20]", [[31, None, 2, 3], []]),
        ("[]", "[1]", [[], []]),
        ("[5]", "[]", [[5], []]),
        ("null", "null", [[], []]),
    ],
)
def test_trees_and_lists_are_lists_of_values(
    sandbox: Sandbox, tree: str, added: str, after: list[object]
) -> None:
    called = program(
        NODES,
        "class Solution:\n    def f(self, root: Optional[TreeNode], head: ListNode) -> List[TreeNode]: ...",
    )
    outcome = sandbox.run(called, f"{tree}\n{added}\n".encode(), LIMITS)
    assert (outcome.status, json.loads(outcome.stdout or b"0")) == (Status.OK, after)


def test_a_program_may_bring_its_own_nodes(sandbox: Sandbox) -> None:
    called = program(OWN_NODES, "def f(head: Optional[ListNode]) -> Optional[ListNode]: ...")
    assert sandbox.run(called, b"[1,2,3]\n", LIMITS).stdout == b"[2,1,3]\n"


def test_what_a_function_changes_in_place_is_its_value(sandbox: Sandbox) -> None:
    declared = "class Solution:\n    def f(self, nums: List[int]) -> None: ..."
    code = "class Solution { public: void f(vector<int>& n) { cout << 42; sort(n.begin(), n.end()); } };"
    outcome = sandbox.run(program(code, declared), b"[3,1,2]\n", LIMITS)
    assert (outcome.status, outcome.stdout) == (Status.OK, b"[1,2,3]\n")


@pytest.mark.parametrize("given", [b"", b"1\n2\n", b"[1]\n", b"2147483648\n", b"1.5\n", b"1 2\n"])
def test_an_input_that_does_not_fit_is_a_crash(sandbox: Sandbox, given: bytes) -> None:
    called = program("int f(int n) { return n; }", "def f(n: int) -> int: ...")
    assert sandbox.run(called, b" -2147483648 \n", LIMITS).stdout == b"-2147483648\n"
    outcome = sandbox.run(called, given, LIMITS)
    assert (outcome.status, outcome.stdout) == (Status.CRASH, b"")
    assert b"the input" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("0.1", 0.1),
        ("1e-320", 1e-320),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("3", 3),
        ("NaN", None),
    ],
)
def test_floats_go_through_unchanged(sandbox: Sandbox, given: str, value: float | None) -> None:
    called = program("double f(double x) { return x; }", "def f(x: float) -> float: ...")
    told = json.loads(sandbox.run(called, given.encode(), LIMITS).stdout)
    assert math.isnan(told) if value is None else told == value


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("exit(0);", Status.CRASH),
        ("throw n;", Status.CRASH),
        ("for (;;) n = n * 3 + 1; return n;", Status.TIME),
        ("string s = 1; return s;", Status.COMPILE),
    ],
)
def test_how_a_call_ends_is_told(sandbox: Sandbox, body: str, status: Status) -> None:
    called = program("int f(unsigned n) { " + body + " }", "def f(n: int) -> int: ...")
    outcome = sandbox.run(called, b"1\n", Limits(cpu_seconds=0.5, wall_seconds=5.0, memory_mb=256))
    assert outcome.status is status
    if status is Status.COMPILE:
        assert b"solution.cpp:1:" in outcome.stderr


def test_a_list_without_end_is_too_much_output(sandbox: Sandbox) -> None:
    code = "ListNode* f(ListNode* head) { head->next = head; return head; }"
    called = program(code, "def f(head: ListNode) -> ListNode: ...")
    assert sandbox.run(called, b"[1]\n", Limits(5.0, output_bytes=1 << 20)).status is Status.OUTPUT


def test_a_function_in_another_language_is_judged_and_votes_like_any_other(sandbox: Sandbox) -> None:
    signature = parse_signature("def f(n: int) -> float: ...")
    cpp = Solution("c", "double f(int n) { return n / 2.0; }", Language.CPP)
    python = Solution("p", "def f(n: int) -> float:\n    return n / 2\n")
    cases = [Case("0", "1\n", expected="0.5"), Case("1", "4\n", expected="2")]
    checker = checker_for(TOKENS, signature)
    assert judge(cpp, cases, sandbox, checker, LIMITS, signature).verdict is Verdict.AC
    matrix = fill([cpp, python], cases, sandbox, LIMITS, signature)
    assert all(outcome.status is Status.OK for row in matrix.outcomes for outcome in row)

"""Functions on linked lists and trees, called as LeetCode calls them, and functions that work in place."""

import json
from collections.abc import Iterator

import pytest
from synthsmith.verification.compare import TOKENS, checker_for
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox, wire
from synthsmith.verification.sandbox.nodes import CLASSES, ListNode, Reading, TooLongError, TreeNode, build
from synthsmith.verification.sandbox.shapes import shape_of
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Limits, Outcome, Program, Status

LIMITS = Limits(cpu_seconds=10.0, wall_seconds=60.0, memory_mb=512)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1) as it:
        yield it


def call(sandbox: Sandbox, head: str, body: str, *values: object, before: str = "") -> Outcome:
    """How a method ended; `head` is as in starter code, after `def f(self, `."""
    starter = f"class Solution:\n    def f(self, {head}:"
    code = "\n".join([before, starter, *(" " * 8 + line for line in body.splitlines())])
    stdin = "".join(json.dumps(value) + "\n" for value in values).encode()
    return sandbox.run(Program(code, signature=parse_signature(starter)), stdin, LIMITS)


def result(sandbox: Sandbox, head: str, body: str, *values: object, before: str = "") -> object:
    outcome = call(sandbox, head, body, *values, before=before)
    assert outcome.status is Status.OK, outcome.stderr.decode()
    return json.loads(outcome.stdout)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("int", ""),
        ("List[List[int]]", ""),
        ("ListNode", "ListNode"),
        ("Optional[ListNode]", "ListNode"),
        ("typing.Optional['TreeNode']", "TreeNode"),
        ("TreeNode | None", "TreeNode"),
        ("None | TreeNode", "TreeNode"),
        ("Union[ListNode, None]", "ListNode"),
        ("List[Optional[ListNode]]", ("ListNode",)),
        ("Optional[list[List['TreeNode | None']]]", (("TreeNode",),)),
        ("MyListNode", ""),
        ("Union[int, str]", ""),
    ],
)
def test_a_type_says_what_is_made_of_nodes(text: str, shape: wire.Shape) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize(
    "text", ["Dict[str, ListNode]", "Union[ListNode, TreeNode]", "Tuple[TreeNode]", "ListNode["]
)
def test_nodes_inside_anything_else_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="nodes can be passed alone, as Optional or in a List, not as"):
        shape_of(text)


def test_starter_code_with_nodes_that_cannot_be_passed_is_refused() -> None:
    with pytest.raises(InputError, match=r"f: .* not as 'Set\[ListNode\]'"):
        parse_signature("def f(a: Set[ListNode]) -> int: ...")


trees = [[], [1], [1, 2, 3], [1, None, 2, 3], [5, 4, 8, 11, None, 13, 4, 7, 2, None, None, None, 1]]


@pytest.mark.parametrize("levels", trees)
def test_a_tree_is_its_levels_and_back(levels: list[int | None]) -> None:
    tree = build(levels, "TreeNode", {})
    assert Reading(1000).of(tree, "TreeNode") == levels


def test_nulls_at_the_end_are_dropped_and_no_node_is_the_empty_list() -> None:
    assert Reading(1000).of(build([1, 2, None, None, None], "TreeNode", {}), "TreeNode") == [1, 2]
    for name in CLASSES:
        assert build(None, name, {}) is None
        assert Reading(1000).of(None, name) == []
    assert Reading(1000).of([None, ListNode(1)], ("ListNode",)) == [[], [1]]
    assert Reading(1000).of(None, ("ListNode",)) is None


def test_a_subtree_that_hangs_in_two_places_is_written_twice() -> None:
    shared = TreeNode(2, TreeNode(3))
    assert Reading(1000).of(TreeNode(1, shared, shared), "TreeNode") == [1, 2, 2, 3, None, 3]


@pytest.mark.parametrize("length", range(1, 12))
def test_every_cycle_of_a_list_is_found(length: int) -> None:
    for entry in range(length):
        nodes = [ListNode(index) for index in range(length)]
        for one, other in zip(nodes, [*nodes[1:], nodes[entry]], strict=True):
            one.next = other
        with pytest.raises(ValueError, match="cycle"):
            Reading(1 << 20).of(nodes[0], "ListNode")


def test_what_the_output_limit_cannot_hold_is_not_read() -> None:
    long = build([1] * 100, "ListNode", {})
    with pytest.raises(TooLongError):
        Reading(180).of(long, "ListNode")
    with pytest.raises(TooLongError):
        Reading(1000).of([long] * 100, ("ListNode",))
    with pytest.raises(TooLongError):
        Reading(100).of(build(list(range(100)), "TreeNode", {}), "TreeNode")


@pytest.mark.parametrize(("value", "shape"), [(5, "ListNode"), ("ab", "TreeNode"), ([5], ("ListNode",))])
def test_an_input_of_another_kind_is_refused(value: object, shape: wire.Shape) -> None:
    with pytest.raises(TypeError, match="where a list is needed"):
        build(value, shape, {})


def test_values_below_absent_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="below absent nodes"):
        build([1, None, None, 2], "TreeNode", {})


def test_a_function_gets_and_gives_linked_lists(sandbox: Sandbox) -> None:
    reverse = (
        "before = None\nwhile head:\n    head.next, before, head = before, head, head.next\nreturn before"
    )
    head = "head: Optional[ListNode]) -> Optional[ListNode]"
    assert result(sandbox, head, reverse, [1, 2, 3]) == [3, 2, 1]
    assert result(sandbox, head, reverse, []) == []


def test_a_function_gets_and_gives_lists_of_nodes_and_plain_values_beside(sandbox: Sandbox) -> None:
    head = "heads: List[Optional[ListNode]], n: int, tree: TreeNode) -> List[Optional[TreeNode]]"
    body = "return [TreeNode(each.val + n, tree) if each else None for each in heads]"
    assert result(sandbox, head, body, [[1, 9], [], [2]], 10, [7]) == [[11, 7], [], [12, 7]]


def test_a_deep_tree_needs_no_deep_recursion(sandbox: Sandbox) -> None:
    deep = [0] + [value for index in range(1, 50_000) for value in (None, index)]
    assert result(sandbox, "root: TreeNode) -> TreeNode", "return root", deep) == deep


def test_a_million_nodes_go_in_and_come_out(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "head: ListNode) -> ListNode", "return head", [7] * 1_000_000)
    assert outcome.status is Status.OK, outcome.stderr.decode()
    assert outcome.stdout == json.dumps([7] * 1_000_000, separators=(",", ":")).encode() + b"\n"


def test_a_program_with_a_class_of_its_own_gets_nodes_of_that(sandbox: Sandbox) -> None:
    own = (
        "class ListNode:\n    def __init__(self, x):\n        self.val = 2 * x\n        self.next = None\n"
        "    def length(self): return 1 + (self.next.length() if self.next else 0)\n"
    )
    assert result(sandbox, "head: ListNode) -> int", "return head.length()", [1, 2, 3], before=own) == 3
    assert result(sandbox, "head: ListNode) -> ListNode", "return head.next", [1, 2, 3], before=own) == [4, 6]


def test_a_class_of_its_own_that_cannot_hold_a_list_is_the_programs_crash(sandbox: Sandbox) -> None:
    own = "class ListNode:\n    __slots__ = ('datum',)\n    def __init__(self, datum): self.datum = datum\n"
    outcome = call(sandbox, "head: ListNode) -> int", "return 1", [1, 2], before=own)
    assert outcome.status is Status.CRASH
    assert b"AttributeError" in outcome.stderr


def test_what_nodes_say_of_themselves_is_not_asked(sandbox: Sandbox) -> None:
    own = (
        "class ListNode:\n    def __init__(self, val=0, next=None): self.val, self.next = val, next\n"
        "    def __eq__(self, other): return True\n    def __bool__(self): return False\n"
        "    def __hash__(self): raise ValueError\n    def __iter__(self): raise ValueError\n"
    )
    assert result(sandbox, "head: ListNode) -> ListNode", "return head", [1, 2, 3], before=own) == [1, 2, 3]


def test_a_cycle_is_a_crash_that_says_so(sandbox: Sandbox) -> None:
    outcome = call(sandbox, "head: ListNode) -> ListNode", "head.next.next = head\nreturn head", [1, 2])
    assert (outcome.status, outcome.stderr) == (
        Status.CRASH,
        b"ValueError: the returned linked list has a cycle\n",
    )


@pytest.mark.parametrize(
    ("head", "body", "values", "expected"),
    [
        ("nums: List[int]) -> None", "nums.reverse()", [[1, 2, 3]], [3, 2, 1]),
        ("nums: List[int], k: int) -> None", "nums[:] = [k]\nnums = []\nreturn 5", [[1], 4], [4]),
        ("head: ListNode) -> None", "head.next = head.next.next", [[1, 2, 3]], [1, 3]),
        ("root: TreeNode) -> None", "root.left, root.right = root.right, root.left", [[1, 2]], [1, None, 2]),
    ],
)
def test_a_function_declared_to_return_nothing_is_judged_by_its_first_argument(
    sandbox: Sandbox, head: str, body: str, values: list[object], expected: object
) -> None:
    assert result(sandbox, head, body, *values) == expected


def test_without_a_parameter_what_is_returned_counts(sandbox: Sandbox) -> None:
    program = Program("def f(): pass", signature=parse_signature("def f() -> None: ..."))
    assert sandbox.run(program).stdout == b"null\n"


def test_floats_changed_in_place_may_differ_a_little() -> None:
    signature = parse_signature("def f(a: List[float]) -> None: ...")
    assert checker_for(TOKENS, signature).accepts(b"[0.30000000000000004]", b"[0.3]")

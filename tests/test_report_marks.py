"""What is worked out of the sums in a certificate is never wrong."""

from hypothesis import given
from hypothesis import strategies as st
from synthsmith.cards.report.marks import Mark, marks_of
from synthsmith.cards.report.reading import ProgramRow, TaskRow
from synthsmith.verification.types import Anchor, Certificate, Suite, Vote

TRUTHS = st.integers(1, 5).flatmap(
    lambda cases: st.lists(st.lists(st.booleans(), min_size=cases, max_size=cases), min_size=1, max_size=5)
)


def share(marks: list[bool]) -> float:
    return sum(marks) / len(marks)


def of_truth(truth: list[list[bool]]) -> tuple[TaskRow, Certificate]:
    """The task whose programs pass what the table says; the first is golden, a third of it held out."""
    names = [f"c{n}" for n in range(len(truth[0]))]
    held = names[: len(names) // 3]
    programs = tuple(ProgramRow(f"s{n}", "", "python", program_group=n) for n in range(len(truth)))
    kills = tuple(sum(not row[n] for row in truth[1:]) for n in range(len(names)))
    certificate = Certificate(
        votes=(*(Vote(name, "", 2, 0, 2, 0.9) for name in names), Vote("open", None, 1, 1, 2, 0.5)),
        distinct_programs=len(truth),
        pass_rates={f"s{n}": share(row) for n, row in enumerate(truth)},
        hold_out_accuracy={f"s{n}": share(row[: len(held)]) for n, row in enumerate(truth) if held},
        hold_out_cases=tuple(held),
        suite=Suite(tuple(names), kills, kills, 0, len(names), 0, 0, 0, 0),
    )
    return TaskRow("0:0", "verified", "codeforces", golden_candidate="s0", programs=programs), certificate


@given(TRUTHS)
def test_no_mark_contradicts_the_truth(truth: list[list[bool]]) -> None:
    marks = marks_of(*of_truth(truth))
    for row, passes in enumerate(truth):
        for column, passed in enumerate(passes):
            mark = marks[f"s{row}", f"c{column}"]
            assert mark in (Mark.UNKNOWN, Mark.AGREES if passed else Mark.FAILS)
        if all(passes) or not any(passes):
            assert Mark.UNKNOWN not in {marks[f"s{row}", f"c{column}"] for column in range(len(passes))}
        assert marks[f"s{row}", "open"] is Mark.UNDECIDED


def test_one_sum_follows_from_another() -> None:
    marks = marks_of(*of_truth([[True, True, True], [True, False, True], [True, True, True]]))
    assert Mark.UNKNOWN not in marks.values()
    assert [name for name, mark in marks.items() if mark is Mark.FAILS] == [("s1", "c1")]


def test_sums_that_cannot_be_leave_all_open() -> None:
    task, certificate = of_truth([[True, True], [False, True]])
    certificate.pass_rates["s1"] = 1.0  # and yet a case kills it
    assert {mark for (name, _), mark in marks_of(task, certificate).items() if name == "s0"} == {
        Mark.UNKNOWN,
        Mark.UNDECIDED,
    }


def test_copies_share_their_marks_and_brute_force_has_its_anchors() -> None:
    task, certificate = of_truth([[True, True], [False, False]])
    copy = ProgramRow("s2", "", "python", program_group=1)
    brute = ProgramRow("brute", "", "python", program_group=9, purpose="brute")
    anchors = (Anchor("c0", "brute", False), Anchor("open", "brute", None))
    told = TaskRow(
        task.draw, task.verdict, task.style, golden_candidate="s0", programs=(*task.programs, copy, brute)
    )
    marks = marks_of(
        told,
        Certificate(certificate.votes, 2, certificate.pass_rates, anchors=anchors, suite=certificate.suite),
    )
    assert marks["s2", "c0"] is marks["s1", "c0"] is Mark.FAILS
    assert (marks["brute", "c0"], marks["brute", "c1"], marks["brute", "open"]) == (
        Mark.FAILS,
        Mark.UNRUN,
        Mark.UNDECIDED,
    )

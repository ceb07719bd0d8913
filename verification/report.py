"""`report.md`: the findings for people, in numbers and by problem, the worst first.

A problem's place goes by how much is wrong with it and then by its place in the source, so the same data give
the same page. Only the worst are on it; `findings.jsonl` has all.
"""

import heapq
import json
from collections import Counter
from dataclasses import dataclass

from synthsmith.verification.certificate import Suite
from synthsmith.verification.findings import Code, Finding, killed
from synthsmith.verification.review import Review
from synthsmith.verification.stated import BadRow

SHOWN_PROBLEMS, SHOWN_FINDINGS = 100, 20

# How bad a finding is: what trains models wrongly comes before what can be seen to be of no use.
_WEIGHTS = {
    Code.WRONG_GOLDEN: 100,
    Code.WRONG_TEST: 50,
    Code.CONTRADICTORY_TEST: 50,
    Code.NO_SUBMISSION_PASSES: 30,
    Code.BREAKS_ALL: 20,
    Code.WRONG_SOLUTION: 10,
    Code.DOUBTFUL_SOLUTION: 5,
    Code.WEAK_TESTS: 10,
    Code.WEAK_SUITE: 5,
    Code.DOUBTFUL_TEST: 10,
    Code.UNCONFIRMED_TEST: 10,
    Code.EMPTY_INPUT: 5,
    Code.OVER_LIMITS: 3,
    Code.DUPLICATE_TEST: 2,
    Code.UNDECIDED_TEST: 1,
}
MEANINGS = {
    Code.WRONG_TEST: "the vote is confident of another output than the one given",
    Code.DOUBTFUL_TEST: "the vote has another output than the one given, but is not confident",
    Code.CONTRADICTORY_TEST: "an earlier test has the same input and another output",
    Code.DUPLICATE_TEST: "an earlier test has the same input and output",
    Code.EMPTY_INPUT: "the input is blank",
    Code.BREAKS_ALL: "no program ended well on the input",
    Code.UNCONFIRMED_TEST: "no label, and no program gives the given output",
    Code.UNDECIDED_TEST: "programs disagree, and no output is right with the wanted probability",
    Code.WRONG_GOLDEN: "the golden program fails confident labels (without a vote: half of what is given)",
    Code.WRONG_SOLUTION: "the same of a program stated as right",
    Code.DOUBTFUL_SOLUTION: "a program stated as golden or right fails labels that are not confident",
    Code.OVER_LIMITS: "a program stated as right fails on limits of time or memory alone",
    Code.WEAK_TESTS: "a program stated as wrong passes all tests that were kept",
    Code.WEAK_SUITE: "the tests that were kept fail too few of the wrong programs and mutants",
    Code.NO_SUBMISSION_PASSES: "no program passes all tests as they are given",
    Code.TOO_FEW_SOLUTIONS: "too few solutions to vote; held against the given outputs",
    Code.UNVERIFIABLE: "nothing can be run, or there is no test",
    Code.NOT_MAPPED: "parts of the row were left out",
    Code.BAD_ROW: "rows that are no problems",
}


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """A problem on the page; the greatest are the worst."""

    badness: int
    before: int  # minus its number, so that of two equals the earlier is the greater
    text: str


class Report:
    """The page as it grows: counts, and the worst problems seen so far."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._codes: Counter[Code] = Counter()
        self._with: Counter[Code] = Counter()
        self._counts: Counter[str] = Counter()
        self._worst: list[_Place] = []

    def add(self, reviewed: Review | BadRow) -> None:
        """Count a problem or a bad row."""
        if isinstance(reviewed, BadRow):
            self._codes[Code.BAD_ROW] += 1
            return
        codes = Counter(finding.code for finding in reviewed.findings)
        self._codes += codes
        self._with.update(codes.keys())
        problem = reviewed.problem
        self._counts += Counter(
            problems=1,
            wrong=int(any(code in _WEIGHTS for code in codes)),
            unvoted=int(not codes.keys().isdisjoint({Code.TOO_FEW_SOLUTIONS, Code.UNVERIFIABLE})),
            tests=len(problem.cases),
            kept=len(reviewed.kept),
            usable=int(bool(reviewed.kept)),
            with_golden=int(reviewed.golden is not None),
            **_measured(reviewed.suite),
        )
        badness = sum(_WEIGHTS.get(code, 0) * number for code, number in codes.items())
        if badness:
            place = _Place(badness, -self._counts["problems"], _section(reviewed))
            heapq.heappush(self._worst, place)
            if len(self._worst) > SHOWN_PROBLEMS:
                heapq.heappop(self._worst)

    def text(self, *, complete: bool) -> str:
        """The page."""
        count = self._counts
        lines = [f"# What was found in {_plain(self._title)}", ""]
        if not complete:
            lines += ["**The work ended early: a bad row or an interrupt. What follows is up to there.**", ""]
        lines += [
            f"{count['problems']} problems: something is wrong with {count['wrong']}; on {count['unvoted']} "
            "there was no vote.",
            f"{count['kept']} of {count['tests']} tests were kept, of {count['usable']} problems; "
            f"{count['with_golden']} of these have a program that passes them.",
            *_suites(count),
            "",
            "| Finding | Number | Problems | What it says |",
            "|---|---:|---:|---|",
            *(
                f"| `{code}` | {self._codes[code]} | {self._with[code]} | {MEANINGS[code]} |"
                for code in Code
                if self._codes[code]
            ),
            "",
        ]
        if self._worst:
            lines += [f"## The worst problems (at most {SHOWN_PROBLEMS}; all are in findings.jsonl)", ""]
        worst = (place.text for place in sorted(self._worst, reverse=True))
        return "\n".join(lines) + "\n" + "".join(worst)


def _measured(suite: Suite | None) -> dict[str, int]:
    """What the page counts of a suite."""
    if suite is None:
        return {}
    return {
        "suites": 1,
        "weak": int(suite.weak),
        "bad": suite.wrong,
        "bad_killed": suite.wrong_killed,
        "mutants": suite.mutants or 0,
        "mutants_killed": suite.mutants_killed or 0,
        "without_mutants": int(suite.mutants is None),
    }


def _suites(count: Counter[str]) -> list[str]:
    """What the page says of all suites, where any was measured."""
    if not count["suites"]:
        return []
    wrong, mutants = (count["bad_killed"], count["bad"]), (count["mutants_killed"], count["mutants"])
    return [
        f"The kept tests of {count['suites']} problems were put to the test: they fail "
        f"{killed(wrong, mutants, count['without_mutants'])}; those of {count['weak']} problems are weak."
    ]


def _section(reviewed: Review) -> str:
    problem = reviewed.problem
    ordered = sorted(reviewed.findings, key=lambda finding: -_WEIGHTS.get(finding.code, 0))
    head = f"### {_plain(str(problem.id))}\n\n{_plain(problem.where)}; "
    golden = _plain(str(reviewed.golden))
    head += f"{len(reviewed.kept)} of {len(problem.cases)} tests kept, golden: {golden}.\n\n"
    lines = [_line(finding) for finding in ordered[:SHOWN_FINDINGS]]
    if len(ordered) > SHOWN_FINDINGS:
        lines.append(f"- and {len(ordered) - SHOWN_FINDINGS} more")
    return head + "\n".join(lines) + "\n\n"


def _line(finding: Finding) -> str:
    parts = [f"- `{finding.code}`"]
    if finding.test is not None:
        parts.append(f"test {_code(finding.test)}")
    if finding.submission is not None:
        parts.append(f"program {_code(finding.submission)}")
    told = " ".join(parts) + f": {_plain(finding.detail)}"
    for name in ("given", "label"):
        value = getattr(finding, name)
        if value is not None:
            told += f"; {name} {_code(value)}"
    return told


def _code(value: object) -> str:
    """A foreign text as JSON in a code span, which nothing in it can leave."""
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "'") + "`"


def _plain(text: str) -> str:
    """A foreign text on one line, without Markdown's and HTML's marks."""
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").split())

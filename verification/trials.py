"""Wrong programs put to the cases of a task, to a few of these at first:

- on PROBES cases, spread over the sizes of the inputs. A program that fails GROSS of these is gross: it
  is killed, as it would be by most cases, so it has no say in the order and is run no further. This spares
  most of the runs, and a loop without end costs little;
- the others on all the cases that are left;
- mutants with a limit of CPU time that hangs on the golden solution's own: four times its slowest run,
  rounded up to half a second, a second, two, ... so that what was measured seldom makes a difference.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from synthsmith.verification.compare import Checker
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.mutants import Mutant
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.strength import Marks
from synthsmith.verification.types import Case, Limits, Outcome, Signature, Solution, Verdict

PROBES, GROSS = 3, 2
_LEAST_CPU_SECONDS, _TIMES_GOLDEN = 0.5, 4.0
_LEAST_OUTPUT_BYTES = 1 << 16
_SAYS_NOTHING = (Verdict.JE, Verdict.CE)  # of the case: our fault, or a program that never ran


def programs_of(made: Sequence[Mutant]) -> tuple[Solution, ...]:
    """The mutants as programs to be tried."""
    return tuple(Solution(f"m{number}", mutant.code) for number, mutant in enumerate(made))


def try_programs(
    programs: Sequence[Solution],
    cases: Sequence[Case],
    checker: Checker,
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
    suspect: Collection[int] = (),
) -> tuple[Marks, ...]:
    """Which cases each program passes; of a gross one (see above) some probes are known.

    None runs on the cases in the `suspect` columns. Nothing is known of one that cannot be run here, or
    compiled.
    """
    probes = _probes(cases, suspect)
    rest = [column for column in range(len(cases)) if column not in {*probes, *suspect}]
    marks: list[list[bool | None]] = [[None] * len(cases) for _ in programs]

    def run(numbers: Sequence[int], columns: Sequence[int]) -> None:
        chosen = tuple(cases[column] for column in columns)
        entries = (Entry(programs[number], chosen, checker, limits, signature) for number in numbers)
        for number, judged in zip(numbers, judge_all(entries, sandbox), strict=True):
            for column, mark in zip(columns, marks_of(judged), strict=True):
                marks[number][column] = mark

    for columns in (probes[:GROSS], probes[GROSS:], rest):
        if columns:
            run([n for n, each in enumerate(marks) if not is_gross(each, cases, suspect)], columns)
    return tuple(map(tuple, marks))


def marks_of(judged: Judged) -> Marks:
    """Which cases the program passes that was judged by them; those after its end are not known."""
    known = [None if each.verdict in _SAYS_NOTHING else each.verdict is Verdict.AC for each in judged.cases]
    return (*known, *(None for _ in range(judged.total - len(known))))


def mutant_limits(limits: Limits, golden: Sequence[Outcome], cases: Sequence[Case]) -> Limits:
    """What a mutant may use, given the golden solution's runs; never more than the task's own limits."""
    slowest = max(run.usage.cpu_seconds / max(1.0, run.usage.slowness) for run in golden)
    cpu_seconds = _LEAST_CPU_SECONDS
    while cpu_seconds < _TIMES_GOLDEN * slowest and cpu_seconds < limits.cpu_seconds:
        cpu_seconds *= 2
    longest = max(len((case.expected or "").encode()) for case in cases)
    return replace(
        limits,
        cpu_seconds=min(limits.cpu_seconds, cpu_seconds),
        output_bytes=min(limits.output_bytes, max(_LEAST_OUTPUT_BYTES, 4 * longest)),
    )


def _probes(cases: Sequence[Case], suspect: Collection[int]) -> list[int]:
    """The columns of cases spread over the order of their sizes."""
    columns = [column for column in range(len(cases)) if column not in suspect]
    columns.sort(key=lambda column: (len(cases[column].input), column))
    places = [(2 * number + 1) * len(columns) // (2 * PROBES) for number in range(PROBES)]
    return [columns[place] for place in dict.fromkeys(places) if place < len(columns)]


def is_gross(marks: Marks, cases: Sequence[Case], suspect: Collection[int] = ()) -> bool:
    """Whether the marks are of a program that fails as many of the probes as is told above."""
    return sum(marks[column] is False for column in _probes(cases, suspect)) >= GROSS

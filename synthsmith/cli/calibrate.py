"""`synthsmith calibrate`: time limits from the programs that are known to be right."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.check import opened
from synthsmith.cli.options import CPP_FLAGS, CppFlags, ProblemFile, Speed, Unsafe, Workers
from synthsmith.cli.progress import Progress

if TYPE_CHECKING:
    from synthsmith.verification.calibrate_file import CalibrateSummary


def calibrate(
    source: ProblemFile,
    out: Annotated[
        Path,
        typer.Option(help="The file for the same rows, gzipped if named *.gz.", metavar="OUT.jsonl"),
    ],
    trust: Annotated[
        bool, typer.Option("--trust", help='Take all submissions as right, not those of "expected": "AC".')
    ] = False,
    speed: Speed = "auto",
    workers: Workers = None,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Set each problem's time limit to twice what its slowest right submission takes."""
    from synthsmith.verification.calibrate_file import calibrate_file
    from synthsmith.verification.problems import count_problems

    total = count_problems(source)
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress("problems", total) as progress:
        summary = calibrate_file(source, out, sandbox, trust=trust, progress=progress)
    _tell(summary, out)


def _tell(summary: "CalibrateSummary", out: Path) -> None:
    print(f"{summary.calibrated} of {summary.problems} time limits set; see {out}")
    kept: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in summary.kept:
        kept[reason].append(str(name))
    for reason, names in kept.items():
        print(f"  {len(names)} kept as they were, {reason}: {', '.join(names)}")

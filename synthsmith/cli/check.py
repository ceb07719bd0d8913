"""`synthsmith verify` and `synthsmith judge`: problems, submissions and tests made elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.progress import Progress
from synthsmith.cli.sandbox import CPP_FLAGS, CppFlags, Unsafe, flags_of

if TYPE_CHECKING:
    from synthsmith.verification.sandbox import Sandbox
    from synthsmith.verification.verify_file import VerifySummary

Source = Annotated[
    Path, typer.Argument(help="Problems, one JSON object a line; may be gzipped.", metavar="IN.jsonl")
]
Workers = Annotated[
    int | None,
    typer.Option(help="How many programs run at once; one per core if not given.", min=1, max=1024),
]

Speed = Annotated[
    str,
    typer.Option(
        help="What time limits are multiplied by: a number, or auto to measure how long this machine takes.",
        metavar="auto|NUMBER",
    ),
]


def verify(
    source: Source,
    out: Annotated[Path, typer.Option(help="The folder for labels.jsonl, golden.jsonl and summary.json.")],
    score: Annotated[
        bool, typer.Option("--score", help="Score labels and golden choices against given outputs.")
    ] = False,
    seed: Annotated[int, typer.Option(help="From which the hold-out is drawn.", min=0)] = 0,
    min_decided: Annotated[int, typer.Option(help="Labelled tests that a golden choice needs.", min=2)] = 4,
    speed: Speed = "1.0",
    workers: Workers = None,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Label tests and choose golden submissions by agreement alone; given outputs stay hidden from it."""
    from synthsmith.verification.problems import count_problems
    from synthsmith.verification.verify_file import verify_file

    total = count_problems(source)
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress("problems", total) as progress:
        done = iter(range(1, total + 1))
        summary = verify_file(
            source,
            out,
            sandbox,
            score=score,
            seed=seed,
            min_decided=min_decided,
            progress=lambda _: progress(next(done)),
        )
    _tell(summary, out)


def judge(
    source: Source,
    out: Annotated[
        Path, typer.Option(help="The file for the verdicts, one line a submission.", metavar="OUT.jsonl")
    ],
    share: Annotated[
        bool,
        typer.Option(
            "--share", help="Try small inputs several in one process; run again alone what is not right."
        ),
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="End with each submission's first failure, as contests do.")
    ] = False,
    speed: Speed = "1.0",
    workers: Workers = None,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Judge submissions on tests whose outputs are known."""
    from synthsmith.verification.judge_file import judge_file
    from synthsmith.verification.problems import count_problems

    total = count_problems(source)
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress("problems", total) as progress:
        summary = judge_file(
            source,
            out,
            sandbox,
            may_share=share,
            stop=stop,
            progress=lambda problems, _: progress(problems),
        )
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in summary.verdicts.items())
    print(
        f"{summary.submissions} submissions to {summary.problems} problems: {verdicts or 'none'}; see {out}"
    )
    if summary.unsupported:
        print(f"{summary.unsupported} of the JE cannot be run here; `detail` says why", file=sys.stderr)
    if summary.checker_failed:
        print(f"{summary.checker_failed} met a failure of the checker; `detail` says how", file=sys.stderr)


@contextmanager
def opened(workers: int | None, speed: str, cpp_flags: str, unsafe: bool) -> Iterator["Sandbox"]:
    """Yield a sandbox of these options; says what time limits are multiplied by unless that is given as 1."""
    from synthsmith.verification.calibrate import measure, parse_factor
    from synthsmith.verification.sandbox import Sandbox

    given = parse_factor(speed)
    with Sandbox(workers, unsafe=unsafe, cpp_flags=flags_of(cpp_flags)) as sandbox:
        sandbox.speed = measure(sandbox) if given is None else given
        if given != 1.0:
            told = "measured" if given is None else "given"
            print(f"time limits are multiplied by {sandbox.speed:.3f} ({told})", file=sys.stderr)
        yield sandbox


def _tell(summary: "VerifySummary", out: Path) -> None:
    print(f"{summary.verified} of {summary.problems} problems verified,", end=" ")
    print(f"{summary.decided} of {summary.tests} tests labelled")
    for reason, count in summary.rejected.items():
        print(f"  {count} rejected: {reason}")
    for language, count in summary.left_out.items():
        print(f"  {count} submissions in {language} left out: they cannot be run here")
    if summary.score is not None:
        for name, value in asdict(summary.score).items():
            print(f"  {name.replace('_', ' ')}: {f'{value:.4f}' if isinstance(value, float) else value}")
    print(f"See {out}/labels.jsonl, golden.jsonl and summary.json.")
    if not summary.isolated:
        print(
            "programs ran without full isolation (--unsafe): they could have tampered with these results",
            file=sys.stderr,
        )

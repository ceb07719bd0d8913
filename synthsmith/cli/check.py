"""`synthsmith judge`: submissions to problems made elsewhere; and what judging and verifying share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.options import CPP_FLAGS, CppFlags, ProblemFile, Share, Speed, Unsafe, Workers
from synthsmith.cli.progress import Progress
from synthsmith.cli.sandbox import flags_of

if TYPE_CHECKING:
    from synthsmith.verification.sandbox import Sandbox


def judge(
    source: ProblemFile,
    out: Annotated[
        Path, typer.Option(help="The file for the verdicts, one line a submission.", metavar="OUT.jsonl")
    ],
    share: Share = False,
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


def tell_isolation(isolated: bool) -> None:
    """Say so where programs ran without all walls."""
    if not isolated:
        print(
            "programs ran without full isolation (--unsafe): they could have tampered with these results",
            file=sys.stderr,
        )

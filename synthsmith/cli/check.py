"""`synthsmith judge`: submissions to problems made elsewhere; and what judging and verifying share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.progress import Progress
from synthsmith.cli.sandbox import CPP_FLAGS, CppFlags, Unsafe, flags_of

if TYPE_CHECKING:
    from synthsmith.verification.sandbox import Sandbox

Source = Annotated[
    Path, typer.Argument(help="Problems, one JSON object a line; may be gzipped.", metavar="IN.jsonl")
]
Workers = Annotated[
    int | None,
    typer.Option(help="How many programs run at once; one per core if not given.", min=1, max=1024),
]

Share = Annotated[
    bool,
    typer.Option(
        "--share/--isolated",
        help="Try small inputs of a program several in one process, and run again by itself what that could "
        "have changed; or give each run a process of its own.",
    ),
]
Speed = Annotated[
    str,
    typer.Option(
        help="What time limits are multiplied by: a number, or auto to measure how long this machine takes.",
        metavar="auto|NUMBER",
    ),
]


def judge(
    source: Source,
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

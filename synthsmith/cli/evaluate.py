"""`synthsmith evaluate`: a model, or a file of generations, held against a benchmark."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.asking import (
    Concurrency,
    Model,
    ReplyTokens,
    Samples,
    Sampling,
    SettingsFile,
    Temperature,
    TopP,
    asking_of,
)
from synthsmith.cli.check import opened, tell_isolation
from synthsmith.cli.options import (
    CPP_FLAGS,
    BaseUrl,
    Config,
    CppFlags,
    LayoutFile,
    MaxTokens,
    MaxUsd,
    Revision,
    Share,
    Speed,
    Unsafe,
    Workers,
    refuse_beside,
)
from synthsmith.cli.progress import Progress
from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from synthsmith.builders.evaluation import Evaluation
    from synthsmith.verification.estimates import Bootstrap, Estimate

UNFINISHED = 1  # the exit status that says so


Given = Annotated[
    str | None,
    typer.Argument(
        help="A benchmark: JSON lines, Parquet, a pattern or folder of these, a build, or a Hub id.",
        metavar="[BENCHMARK]",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="The folder for the results; an evaluation that stopped there goes on.")
]
Compare = Annotated[
    tuple[Path, Path] | None,
    typer.Option(help="Two folders of results: by how much the second is better.", metavar="A B"),
]

GenerationsFile = Annotated[
    Path | None, typer.Option(help="A file of generations, instead of asking a model.", metavar="FILE")
]
# What is asked.
Layout = Annotated[
    str | None,
    typer.Option(
        help="How rows are laid out, where their columns do not tell: livecodebench, humaneval, mbpp, "
        "taco, codecontests, apps, xcoder-rl, kodcode, rl, problems."
    ),
]
TestSplit = Annotated[str | None, typer.Option(help="Its split; test, or else train.")]
Since = Annotated[
    datetime | None, typer.Option("--from", help="Contests from this day on.", formats=["%Y-%m-%d"])
]
Until = Annotated[
    datetime | None, typer.Option("--to", help="Contests up to this day.", formats=["%Y-%m-%d"])
]
Limit = Annotated[int | None, typer.Option(help="Only so many questions.", min=1)]
TimeLimit = Annotated[
    float | None, typer.Option(help="CPU seconds a test, instead of the questions' own.", min=0.01, max=1e6)
]

# How answers are scored.
Partial = Annotated[
    bool, typer.Option("--partial", help="Score the questions that have generations, though some have none.")
]
K = Annotated[
    list[int] | None,
    typer.Option("--k", help="pass@k for this k; may be repeated. Powers of two.", min=1),
]
Resamples = Annotated[int, typer.Option(help="Of the bootstrap behind the intervals.", min=10, max=1_000_000)]
Seed = Annotated[int, typer.Option(help="From which these are drawn.", min=0)]


def evaluate(
    given: Given = None,
    out: Out = None,
    compare: Compare = None,
    generations: GenerationsFile = None,
    model: Model = None,
    base_url: BaseUrl = None,
    samples: Samples = None,
    temperature: Temperature = None,
    top_p: TopP = None,
    reply_tokens: ReplyTokens = None,
    concurrency: Concurrency = None,
    settings: SettingsFile = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    layout: Layout = None,
    mapping: LayoutFile = None,
    config: Config = None,
    split: TestSplit = None,
    revision: Revision = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    partial: Partial = False,
    time_limit: TimeLimit = None,
    k: K = None,
    resamples: Resamples = 2000,
    seed: Seed = 0,
    share: Share = False,
    speed: Speed = "1.0",
    workers: Workers = None,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Score a model or a file of generations on a benchmark: avg@k, pass@k and intervals, by difficulty.

    Nothing that a model was paid for is asked twice: run the same command again to go on. Exit status 1 says
    that replies are missing: an endpoint failed, or a cap was reached.
    """
    from synthsmith.builders.evaluation import Judging, Selection, benchmark_at, evaluate_file, evaluate_model
    from synthsmith.builders.purse import Caps
    from synthsmith.builders.switchboard import Switchboard
    from synthsmith.verification.estimates import Bootstrap

    judging = Judging(tuple(k or ()), Bootstrap(resamples, seed=seed), share)
    if compare is not None:
        _compare(*compare, judging.bootstrap, alone=given is None and out is None)
        return
    if given is None or out is None:
        raise InputError("give a BENCHMARK and --out, or --compare and two folders of results.")
    if (generations is None) == (model is None and settings is None):
        raise InputError("give either --model (and --base-url) to ask a model, or --generations FILE.")
    benchmark = replace(
        benchmark_at(given, layout, mapping, config, split, revision),
        selection=Selection(since.date() if since else None, until.date() if until else None, limit),
        seconds=time_limit,
    )
    sampling, spending = Sampling(temperature, top_p, reply_tokens, concurrency), Caps(max_usd, max_tokens)
    what = "replies" if generations is None else "samples"
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress(what) as progress, _may_stop():
        if generations is not None:
            caps = {"max_usd": max_usd, "max_tokens": max_tokens}
            refuse_beside("--generations", base_url=base_url, **caps, **asdict(sampling))
            done = evaluate_file(benchmark, generations, out, sandbox, judging, samples, partial, progress)
        else:
            asking = asking_of(settings, model, base_url, samples, sampling)
            board = Switchboard(asking.settings, out=out)
            done = evaluate_model(benchmark, asking, board, out, sandbox, judging, spending, progress)
    _publish(done, out)


@contextmanager
def _may_stop() -> Iterator[None]:
    """Tell how to go on where the model does not answer all of it."""
    from synthsmith.builders.model import CapReached, TransientError

    try:
        yield
    except (CapReached, TransientError) as error:
        print(f"not finished: {error}")
        print("Run the same command again to go on (after a cap was reached, with a higher one).")
        raise typer.Exit(UNFINISHED) from None


def _compare(first: Path, second: Path, bootstrap: "Bootstrap", *, alone: bool) -> None:
    from synthsmith.builders.evaluation import compare

    if not alone:
        raise InputError("--compare takes two folders of results; give no BENCHMARK and no --out.")
    found = compare(first, second, bootstrap)
    print(f"{found.difference.problems} questions in both, {found.alone} in one only")
    print(f"  {first}: {_percent(found.first)}")
    print(f"  {second}: {_percent(found.second)}")
    gain = found.difference
    print(f"  difference: {100 * gain.value:+.1f} points ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})")


def _publish(done: "Evaluation", out: Path) -> None:
    from synthsmith import __version__
    from synthsmith.cards.evaluation import publish

    publish(out, done, __version__)
    _tell(done, out)


def _tell(done: "Evaluation", out: Path) -> None:
    overall = done.outcome.overall
    answered = done.questions - done.missing
    print(f"{overall.samples} samples of {answered} questions: {_listed(overall.verdicts)}")
    if done.missing:
        print(f"  {done.missing} of {done.questions} questions have no generation and count in no score")
    if done.outcome.excluded:
        count = len(done.outcome.excluded)
        print(f"  {count} samples could not be judged by our fault and count in no score; see samples.jsonl")
    average = overall.scores.average
    if average is not None:
        print(f"  avg: {_percent(average)}")
    for k, estimate in overall.scores.passes.items():
        print(f"  pass@{k}: {_percent(estimate)}")
    print(f"See {out}/report.md, results.json, samples.jsonl and plot.svg.")
    tell_isolation(done.isolated)


def _percent(estimate: "Estimate") -> str:
    return f"{100 * estimate.value:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _listed(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())

"""`synthsmith evaluate`: a model, or a file of generations, held against a benchmark."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthsmith.cli.build import BaseUrl, MaxTokens, MaxUsd
from synthsmith.cli.check import Share, Speed, Workers, opened
from synthsmith.cli.progress import Progress
from synthsmith.cli.sandbox import CPP_FLAGS, CppFlags, Unsafe
from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from synthsmith.builders.evaluation import Asking, Evaluation
    from synthsmith.verification.estimates import Bootstrap, Estimate

SAMPLES = 8
UNFINISHED = 1  # the exit status that says so


def evaluate(
    given: Annotated[
        str | None,
        typer.Argument(
            help="A benchmark: JSON lines, Parquet, a pattern or folder of these, a build, or a Hub id.",
            metavar="[BENCHMARK]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder for the results; an evaluation that stopped there goes on."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Two folders of results: by how much the second is better.", metavar="A B"),
    ] = None,
    generations: Annotated[
        Path | None, typer.Option(help="A file of generations, instead of asking a model.", metavar="FILE")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name at the endpoint.")] = None,
    base_url: BaseUrl = None,
    samples: Annotated[
        int | None, typer.Option(help="Samples a question: 8 of a model, all of a file.", min=1, max=100_000)
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="How the model is sampled; 0.6.", min=0)] = None,
    top_p: Annotated[float | None, typer.Option(help="The same; 0.95.", min=0.001, max=1)] = None,
    reply_tokens: Annotated[
        int | None, typer.Option(help="The most tokens that a reply may have; 32768.", min=1)
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Requests under way at a time; 16.", min=1, max=65_536)
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings of a build: endpoints, prices, the first of models.solution.", metavar="YAML"
        ),
    ] = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="How rows are laid out, where their columns do not tell: livecodebench, humaneval, mbpp, "
            "taco, codecontests, apps, xcoder-rl, kodcode, rl, problems."
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A layout of your own, as YAML (examples/foreign).")
    ] = None,
    config: Annotated[str | None, typer.Option(help="The config of a data set on the Hub.")] = None,
    split: Annotated[str | None, typer.Option(help="Its split; test, or else train.")] = None,
    revision: Annotated[str | None, typer.Option(help="Its branch, tag or commit.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", help="Contests from this day on.", formats=["%Y-%m-%d"])
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", help="Contests up to this day.", formats=["%Y-%m-%d"])
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many questions.", min=1)] = None,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Score the questions that have generations, though some have none."),
    ] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(help="CPU seconds a test, instead of the questions' own.", min=0.01, max=1e6),
    ] = None,
    k: Annotated[
        list[int] | None,
        typer.Option("--k", help="pass@k for this k; may be repeated. Powers of two.", min=1),
    ] = None,
    resamples: Annotated[
        int, typer.Option(help="Of the bootstrap behind the intervals.", min=10, max=1_000_000)
    ] = 2000,
    seed: Annotated[int, typer.Option(help="From which these are drawn.", min=0)] = 0,
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
    from synthsmith import __version__
    from synthsmith.builders.evaluation import Judging, Selection, benchmark_at, evaluate_file, evaluate_model
    from synthsmith.builders.model import CapReached, TransientError
    from synthsmith.builders.purse import Caps
    from synthsmith.builders.switchboard import Switchboard
    from synthsmith.cards.evaluation import publish
    from synthsmith.verification.estimates import Bootstrap

    if compare is not None:
        if given is not None or out is not None:
            raise InputError("--compare takes two folders of results; give no BENCHMARK and no --out.")
        _compare(*compare, Bootstrap(resamples, seed=seed))
        return
    if given is None or out is None:
        raise InputError("give a BENCHMARK and --out, or --compare and two folders of results.")
    if (generations is None) == (model is None and settings is None):
        raise InputError("give either --model (and --base-url) to ask a model, or --generations FILE.")
    sampling = {
        "temperature": temperature,
        "top_p": top_p,
        "reply_tokens": reply_tokens,
        "concurrency": concurrency,
    }
    judging = Judging(tuple(k or ()), Bootstrap(resamples, seed=seed), share)
    benchmark = replace(
        benchmark_at(given, layout, mapping, config, split, revision),
        selection=Selection(since.date() if since else None, until.date() if until else None, limit),
        seconds=time_limit,
    )
    what = "replies" if generations is None else "samples"
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress(what) as progress:
        if generations is not None:
            _only_for_models(base_url=base_url, max_usd=max_usd, max_tokens=max_tokens, **sampling)
            done = evaluate_file(benchmark, generations, out, sandbox, judging, samples, partial, progress)
        else:
            asking = _asking(settings, model, base_url, samples or SAMPLES, sampling)
            board, caps = Switchboard(asking.settings, out=out), Caps(max_usd, max_tokens)
            try:
                done = evaluate_model(benchmark, asking, board, out, sandbox, judging, caps, progress)
            except (CapReached, TransientError) as error:
                print(f"not finished: {error}")
                print("Run the same command again to go on (after a cap was reached, with a higher one).")
                raise typer.Exit(UNFINISHED) from None
    publish(out, done, __version__)
    _tell(done, out)


def _asking(
    path: Path | None,
    model: str | None,
    base_url: str | None,
    samples: int,
    sampling: dict[str, float | None],
) -> "Asking":
    """Return whom to ask: the settings' first model for solutions, changed by the command line's words."""
    from synthsmith.builders.evaluation import Asking, only
    from synthsmith.config import load_settings

    settings = load_settings(path)
    role = settings.models.solution[0]
    if model is not None:
        role = replace(role, name=model, base_url=base_url)
    elif base_url is not None:
        raise InputError("--base-url needs the name of the endpoint's model: give --model NAME")
    told: dict[str, Any] = {name: value for name, value in sampling.items() if value is not None}
    concurrency = told.pop("concurrency", settings.concurrency)
    if "reply_tokens" in told:
        told["max_tokens"] = told.pop("reply_tokens")
    settings = replace(only(settings, replace(role, **told)), concurrency=concurrency)
    return Asking(settings, samples)


def _compare(first: Path, second: Path, bootstrap: "Bootstrap") -> None:
    from synthsmith.builders.evaluation import compare

    found = compare(first, second, bootstrap)
    print(f"{found.difference.problems} questions in both, {found.alone} in one only")
    print(f"  {first}: {_percent(found.first)}")
    print(f"  {second}: {_percent(found.second)}")
    gain = found.difference
    print(f"  difference: {100 * gain.value:+.1f} points ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})")


def _only_for_models(**options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name.replace('_', '-')} has no meaning with --generations.")


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
    if not done.isolated:
        print(
            "programs ran without full isolation (--unsafe): they could have tampered with these results",
            file=sys.stderr,
        )


def _percent(estimate: "Estimate") -> str:
    return f"{100 * estimate.value:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _listed(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())

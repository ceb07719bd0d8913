"""An evaluation: every question answered, every answer judged, all of it counted.

    OUT/evaluation.json   what is evaluated, and by whom; the folder is for that alone
    OUT/ledger.sqlite     every reply, where a model is asked
    OUT/samples.jsonl     one line a sample: its verdict

Killed at any moment and started again it goes on where it was. The benchmark is read twice, a row at a time:
for its prompts, which wait on the disk, and for its tests when the answers are there.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from synthsmith.builders.attempts import write_if_other
from synthsmith.builders.costs import bill
from synthsmith.builders.evaluation.answers import Answer
from synthsmith.builders.evaluation.asked import Asking, answers_of, ask
from synthsmith.builders.evaluation.benchmark import RL, Benchmark, questions
from synthsmith.builders.evaluation.generations import Generations
from synthsmith.builders.evaluation.grading import SampleFile, graded
from synthsmith.builders.evaluation.questions import Question
from synthsmith.builders.evaluation.roster import Roster
from synthsmith.builders.evaluation.sheets import Sheet, sheet_of
from synthsmith.builders.evaluation.tally import Outcome, Tally
from synthsmith.builders.folder import hold
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Model
from synthsmith.builders.progress import Progress, silent
from synthsmith.builders.purse import NO_CAPS, Caps
from synthsmith.verification.errors import InputError
from synthsmith.verification.estimates import Bootstrap, require_k, usual_k
from synthsmith.verification.sandbox import Sandbox

_Answers = Callable[[Question], tuple[Answer, ...]]


@dataclass(frozen=True, slots=True)
class Judging:
    """How answers are scored. No `k` means the powers of two up to the number of samples."""

    k: tuple[int, ...] = ()
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    may_share: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found. `samples` is None where questions have different numbers of them.

    `answerer` is the model and how it was sampled, or the file of generations. `missing` questions have no
    generation. `usd` is None where nobody was asked, or the price is not known. `isolated`: no program could
    tamper with this.
    """

    benchmark: Benchmark
    answerer: Mapping[str, object]
    questions: int
    missing: int
    samples: int | None
    k: tuple[int, ...]
    judging: Judging
    outcome: Outcome
    usd: float | None
    isolated: bool


def evaluate_model(
    benchmark: Benchmark,
    asking: Asking,
    model: Model,
    out: Path,
    sandbox: Sandbox,
    judging: Judging = Judging(),
    caps: Caps = NO_CAPS,
    progress: Progress = silent,
) -> Evaluation:
    """The evaluation of a model, which is asked for what is not in the ledger."""
    k = require_k(judging.k, asking.samples) or usual_k(asking.samples)
    asking = replace(asking, template="") if benchmark.kind == RL else asking
    with _folder(out, benchmark, asking.plain()), closing(Roster()) as roster:
        roster.fill(questions(benchmark))
        with Ledger(out / "ledger.sqlite") as ledger:
            ask(asking, roster, ledger, model, caps, progress)
            sheets = _sheets(benchmark, lambda each: answers_of(each, asking, ledger), judging, sandbox)
            outcome = _outcome(sheets, out, sandbox, k, judging, roster.chosen * asking.samples, progress)
            cost = bill(ledger.account(), asking.settings.prices)
    return Evaluation(
        benchmark,
        asking.plain(),
        roster.chosen,
        0,
        asking.samples,
        k,
        judging,
        outcome,
        cost.usd if cost.whole else None,
        sandbox.isolated,
    )


def evaluate_file(
    benchmark: Benchmark,
    path: Path,
    out: Path,
    sandbox: Sandbox,
    judging: Judging = Judging(),
    most: int | None = None,
    partial: bool = False,
    progress: Progress = silent,
) -> Evaluation:
    """The evaluation of a file of generations, of each question the first `most`.

    InputError for ids that the benchmark does not have and, unless it is `partial`, for questions without a
    generation.
    """
    answerer = {"generations": path.name}
    with _folder(out, benchmark, answerer), closing(Roster()) as roster, closing(Generations(path)) as found:
        roster.fill(questions(benchmark))
        found.require_known(roster)
        missing = [name for name in roster.names() if not found.counts[name]]
        if missing and not partial:
            raise InputError(
                f"{path} has no generation for {len(missing)} of {roster.chosen} questions, {missing[0]!r} "
                "first; give --partial to score the others alone."
            )
        counts = [min(found.counts[name], most or found.counts[name]) for name in roster.names()]
        counts = [count for count in counts if count]
        if not counts:
            raise InputError(f"{path} has no generation for any of the {roster.chosen} questions.")
        _require_enough(found, roster, most)
        k = require_k(judging.k, min(counts)) or usual_k(min(counts))
        sheets = _sheets(benchmark, lambda each: found.of(each.name, most), judging, sandbox)
        outcome = _outcome(sheets, out, sandbox, k, judging, sum(counts), progress)
    same = counts[0] if len(set(counts)) == 1 else None
    return Evaluation(
        benchmark,
        answerer,
        roster.chosen,
        len(missing),
        same,
        k,
        judging,
        outcome,
        None,
        sandbox.isolated,
    )


def _require_enough(found: Generations, roster: Roster, most: int | None) -> None:
    short = [name for name in roster.names() if 0 < found.counts[name] < (most or 0)]
    if short:
        raise InputError(
            f"{found.path} has {found.counts[short[0]]} generations for {short[0]!r}, fewer than {most}."
        )


def _sheets(benchmark: Benchmark, answers: _Answers, judging: Judging, sandbox: Sandbox) -> Iterator[Sheet]:
    for question, chosen in questions(benchmark):
        found = answers(question) if chosen else ()
        if found:
            yield sheet_of(question, found, isolated=sandbox.isolated, may_share=judging.may_share)


def _outcome(
    sheets: Iterator[Sheet],
    out: Path,
    sandbox: Sandbox,
    k: tuple[int, ...],
    judging: Judging,
    total: int,
    progress: Progress,
) -> Outcome:
    tally, done = Tally(), 0
    progress(0, total, "samples")
    with SampleFile(out / "samples.jsonl") as file:
        for sheet, lines in graded(sheets, file, sandbox):
            tally.add(sheet.question.difficulty, lines)
            done += len(lines)
            progress(done, total)
    return tally.outcome(k, judging.bootstrap)


def _begun(out: Path) -> bool:
    """Whether there is a reply or a verdict: a mistyped name can be corrected before that."""
    if (out / "samples.jsonl").exists():
        return True
    path = out / "ledger.sqlite"
    if not path.exists():
        return False
    with Ledger(path) as ledger:
        return bool(ledger.account())


@contextmanager
def _folder(out: Path, benchmark: Benchmark, answerer: Mapping[str, object]) -> Iterator[None]:
    """The folder, made where it is not there and held; InputError where it is another evaluation's."""
    if (out / "build.json").exists():
        raise InputError(f"{out} is the folder of a build; name another one for the results.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be used as the evaluation's folder ({error.strerror}).") from None
    with hold(out, "evaluation"):
        told = {"benchmark": benchmark.shown, "layout": benchmark.kind, "revision": benchmark.table.commit}
        _pin(out / "evaluation.json", {**told, **answerer})
        yield


def _pin(record: Path, told: Mapping[str, object]) -> None:
    """Write down what is evaluated; InputError where something else was, and anything came of it."""
    if record.is_file() and _begun(record.parent):
        try:
            before = json.loads(record.read_bytes())
            other = sorted(name for name in {*told, *before} if told.get(name) != before.get(name))
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise InputError(f"{record} cannot be read: remove the folder, or choose another.") from None
        if other:
            raise InputError(
                f"{record.parent} holds an evaluation with other settings ({', '.join(other)}; {record}): "
                "go on with those, or choose another folder."
            )
    write_if_other(record, json.dumps(told, ensure_ascii=False, indent=1) + "\n")

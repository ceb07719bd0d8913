"""How right labels and golden programs are, and how well their probabilities are meant: ours beside rivals.

    python benchmarks/labels.py --weak SAMPLES.jsonl.gz --strong PROBLEMS.jsonl.gz --kept FOLDER
                                [--limit-tests 14] [--draws 20] [--seed 0] [--fit] [--plot FILE.png]
                                [--record ../verification/measured.json --names WEAK STRONG]

Both files are rows as `synthsmith verify` reads them, with known outputs, which no way of voting sees. Every
program is run on every input once, and the tables kept in FOLDER (`make_tables.py` makes them alone;
`--limit-tests` is for the strong regime, whose tests are heavy). The weak regime are many samples of a weak
model, few of them right: draws of 2 to 32. The strong one are programs by people, five or more to a problem,
most of them right: draws of 2 to 5. Of each problem `--draws` draws.

Ours is given twice: with the weights as released, and with weights that were fitted without the problems that
they are tried on (in 8 parts), which is what counts for other data. `--fit` prints weights fitted to all.

    labels   share of all tests whose label is right; a test without a label counts as wrong
    golden   share of draws whose golden program is right on all tests
    wrong    number of wrong labels among the surest 25, 50, 75, 90 and 100 % of all tests
    ECE      expected calibration error of labels, ten bins
    0.95     of the labels with a probability of 0.95 and more: their share of all, and how many are right

In brackets 95 % intervals from resampling the problems.

`--record` writes instead what every card tells of the method, of nothing but the paper's vote and ours
(`recording.py`); `--names` says in words what the two files are.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fitting import Fit, Instance
from known_tables import Known, draws, tables
from label_figures import SURE, Result, calibration_error, interval, share, wrong_of_surest
from recording import Given, described, given, measured, reliability, write
from reliability_plot import plot
from synthsmith.verification.agreement import GOLDEN, LABEL, Agreement, Logit
from synthsmith.verification.voters import voters_of
from voting_ways import Reading, agreement, consensus_sets, dawid_skene, distinct_majority, keys_of, majority

WEAK, STRONG = (2, 4, 8, 16, 32), (2, 3, 4, 5)
LEAST = {"weak": 16, "strong": 5}
FOLDS = 8
RIVALS: dict[str, Callable[[Known, int], Reading]] = {
    "majority": majority,
    "majority, copies once": distinct_majority,
    "consensus sets": consensus_sets,
    "Dawid-Skene": dawid_skene,
}
OURS, FITTED_ELSEWHERE = "agreement", "agreement, fitted elsewhere"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw: its regime and problem, by number, and size."""

    regime: str
    task: int
    size: int
    known: Known


def main(arguments: argparse.Namespace) -> None:
    drawn: list[Drawn] = []
    known_problems: dict[str, list[Known]] = {}
    tasks = 0
    for regime, source, sizes in (("weak", arguments.weak, WEAK), ("strong", arguments.strong, STRONG)):
        limit = arguments.limit_tests if regime == "strong" else None
        known = tables(source, arguments.kept / regime, LEAST[regime], limit)
        some = draws(known, sizes, arguments.draws, arguments.seed)
        drawn += [Drawn(regime, tasks + number, len(part.right), part) for number, part in some]
        known_problems[regime] = known
        tasks += len(known)
        print(f"{regime}: {len(known)} problems")
    labels, golden = fits(drawn)
    if arguments.fit:
        print("LABEL =", labels.weights(), "\nGOLDEN =", golden.weights())
    elsewhere = [
        (labels.weights(without), golden.weights(without))
        for without in (range(fold, tasks, FOLDS) for fold in range(FOLDS))
    ]
    if arguments.record:
        record(arguments, known_problems, drawn, elsewhere)
        return
    for regime, sizes in (("weak", WEAK), ("strong", STRONG)):
        for size in sizes:
            some = [each for each in drawn if (each.regime, each.size) == (regime, size)]
            print(f"\n{regime}, {size} programs, {len(some)} draws")
            print(
                f"{'':28s} labels              golden              wrong of the surest part"
                + " " * 12
                + "ECE    0.95"
            )
            for name, read in ways(arguments.seed, elsewhere).items():
                tell(name, [result(each, read(each)) for each in some])
    if arguments.plot:
        read = ways(arguments.seed, elsewhere)[FITTED_ELSEWHERE]
        plot(arguments.plot, {regime: given_in(regime, drawn, read) for regime in LEAST})


def given_in(
    regime: str, drawn: Sequence[Drawn], read: Callable[[Drawn], Reading]
) -> dict[str, list[tuple[float, bool]]]:
    found = [result(each, read(each)) for each in drawn if each.regime == regime]
    return {"labels": [x for one in found for x in one.labels], "golden": [one.golden for one in found]}


def record(
    arguments: argparse.Namespace,
    known_problems: dict[str, list[Known]],
    drawn: Sequence[Drawn],
    elsewhere: Sequence[tuple[Logit, Logit]],
) -> None:
    told = []
    for regime, name, source in zip(LEAST, arguments.names, (arguments.weak, arguments.strong), strict=True):
        sizes, all_labels = [], []
        for size in WEAK if regime == "weak" else STRONG:
            some = [each for each in drawn if (each.regime, each.size) == (regime, size)]
            found = {
                way: [result(each, read(each)) for each in some]
                for way, read in ways(arguments.seed, elsewhere).items()
                if way in ("majority", FITTED_ELSEWHERE)
            }
            plain = {way: [(one.labels, one.golden[1]) for one in results] for way, results in found.items()}
            labels = [each for one in found[FITTED_ELSEWHERE] for each in one.labels]
            by_rules = [by_usual_rules(each, elsewhere) for each in some]
            error = calibration_error(labels)
            sizes.append(measured(size, plain["majority"], plain[FITTED_ELSEWHERE], by_rules, error))
            all_labels += labels
        data = described(name, source, known_problems[regime])
        told.append({"data": data, "sizes": sizes, "reliability": reliability(all_labels)})
    write(arguments.record, arguments.draws, arguments.seed, told)


def by_usual_rules(drawn: Drawn, elsewhere: Sequence[tuple[Logit, Logit]]) -> Given:
    rows = keys_of(drawn.known)
    weights = elsewhere[drawn.task % FOLDS]
    return given(drawn.known, *weights, lambda column, key: is_right(drawn.known, rows, column, key))


def ways(seed: int, elsewhere: Sequence[tuple[Logit, Logit]]) -> dict[str, Callable[[Drawn], Reading]]:
    found: dict[str, Callable[[Drawn], Reading]] = {
        name: lambda each, rival=rival: rival(each.known, seed) for name, rival in RIVALS.items()
    }
    found[OURS] = lambda each: agreement(each.known, LABEL, GOLDEN)
    found[FITTED_ELSEWHERE] = lambda each: agreement(each.known, *elsewhere[each.task % FOLDS])
    return found


def fits(drawn: Sequence[Drawn]) -> tuple[Fit, Fit]:
    """What the weights are fitted to: both regimes weigh the same, and all tests of a draw as much as one."""
    counts = {regime: sum(each.regime == regime for each in drawn) for regime in LEAST}
    labels: list[Instance] = []
    golden: list[Instance] = []
    for each in drawn:
        read = Agreement(voters_of(each.known.matrix, each.known.checker))
        rows = keys_of(each.known)
        weight = counts["weak"] / max(counts[each.regime], 1)
        columns = range(len(each.known.matrix.cases))
        for column in columns:
            evidence = read.label_evidence(column)
            right = tuple(is_right(each.known, rows, column, key) for key in evidence.options)
            labels.append(Instance(evidence, right, each.task, weight / len(columns)))
        evidence = read.group_evidence()
        right = tuple(all(each.known.right[rows.index(answers)]) for answers in evidence.options)
        golden.append(Instance(evidence, right, each.task, weight))
    return Fit(labels, LABEL), Fit(golden, GOLDEN)


def is_right(known: Known, rows: Sequence[Sequence[bytes | None]], column: int, key: bytes | None) -> bool:
    found = (right[column] for row, right in zip(rows, known.right, strict=True) if row[column] == key)
    return key is not None and next(found, False)


def result(drawn: Drawn, read: Reading) -> Result:
    known, rows = drawn.known, keys_of(drawn.known)
    labels = tuple(
        (sure, is_right(known, rows, column, key)) for column, (key, sure) in enumerate(read.labels)
    )
    row, sure = read.golden
    return Result(drawn.task, labels, (sure, all(known.right[row])))


def tell(name: str, results: Sequence[Result]) -> None:
    labels = [each for one in results for each in one.labels]
    sure = [right for probability, right in labels if probability >= SURE]
    accurate = interval(results, lambda some: share(right for one in some for _, right in one.labels))
    golden = interval(results, lambda some: share(one.golden[1] for one in some))
    wrong = " ".join(f"{count:5d}" for count in wrong_of_surest(labels))
    line = f"{name:28s} {accurate} {golden} {wrong}"
    if name.startswith(OURS):
        right = f"{share(sure):.3f}" if sure else "none"
        line += f"  {calibration_error(labels):.3f}  {len(sure) / len(labels):.2f}, {right} right"
        golden_sure = [one.golden[1] for one in results if one.golden[0] >= SURE]
        line += f"; golden ECE {calibration_error([one.golden for one in results]):.3f}"
        if golden_sure:
            line += f", {len(golden_sure) / len(results):.2f}, {share(golden_sure):.3f} right"
    print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weak", type=Path, required=True)
    parser.add_argument("--strong", type=Path, required=True)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--limit-tests", type=int)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--names", nargs=2, default=["weak", "strong"])
    main(parser.parse_args())

"""What pass@k costs for work of HumanEval's size, beside the way of `code_eval` (code_eval_way.py).

    python benchmarks/metric.py [problems, 164] [rounds, 1]

Eight candidates for each problem (functions.py), both ways in every round, medians over the rounds. CPU is
user + system of everything that took part. What the two candidates that never end cost is their limit of
time, for either way, so the work is also done with others in their place. Both have to give the same pass@1
and pass@8. Both have four or as many workers as there are processors: `code_eval` four threads, ours one fork
server for each processor.
"""

import argparse
import statistics

import evaluate
from code_eval_way import passed
from functions import CANDIDATES, Problem, problems
from spending import Cost, measured
from synthsmith.verification.estimates import pass_at_k
from synthsmith.verification.metric import metric_path

SECONDS = 3.0
K = (1, 8)


def ours(work: list[Problem]) -> dict[str, float]:
    metric = evaluate.load(metric_path("pass_at_k"))
    scores = metric.compute(
        predictions=[list(each.candidates) for each in work],
        references=[each.test for each in work],
        k=list(K),
        time_limit_s=SECONDS,
    )
    return {name: score for name, score in scores.items() if name.startswith("pass")}


def theirs(work: list[Problem]) -> dict[str, float]:
    programs = [f"{code}\n{each.test}" for each in work for code in each.candidates]
    right = passed(programs, SECONDS)
    counts = [sum(right[start : start + CANDIDATES]) for start in range(0, len(right), CANDIDATES)]
    return {f"pass@{k}": statistics.fmean(pass_at_k(CANDIDATES, c, k) for c in counts) for k in K}


def main(count: int, rounds: int) -> None:
    compare("two never end", problems(count), rounds)
    compare("all end", problems(count, endless=frozenset()), rounds)


def compare(title: str, work: list[Problem], rounds: int) -> None:
    costs: dict[str, list[Cost]] = {"code_eval's way": [], "ours": []}
    for _ in range(rounds):
        wanted, cost = measured(lambda: theirs(work))
        costs["code_eval's way"].append(cost)
        scores, cost = measured(lambda: ours(work))
        costs["ours"].append(cost)
        assert all(abs(scores[name] - wanted[name]) < 1e-12 for name in wanted), (scores, wanted)
    print(f"{len(work)} problems, {len(work) * CANDIDATES} candidates, {title}: {scores}")
    report(costs, len(work) * CANDIDATES)


def report(costs: dict[str, list[Cost]], candidates: int) -> None:
    medians = {
        name: Cost(
            statistics.median(cost.cpu_seconds for cost in found),
            statistics.median(cost.wall_seconds for cost in found),
        )
        for name, found in costs.items()
    }
    base = medians["code_eval's way"]
    for name, cost in medians.items():
        wall, cpu = 1000 * cost.wall_seconds / candidates, 1000 * cost.cpu_seconds / candidates
        print(
            f"{name:16s} {cost.wall_seconds:7.1f} s, a candidate {wall:6.2f} ms wall, {cpu:6.2f} ms CPU:"
            f" {base.wall_seconds / cost.wall_seconds:5.1f} x by wall"
            f" {base.cpu_seconds / cost.cpu_seconds:5.1f} x by CPU"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("problems", type=int, nargs="?", default=164)
    parser.add_argument("rounds", type=int, nargs="?", default=1)
    options = parser.parse_args()
    main(options.problems, options.rounds)

"""Builds killed with kill -9 at random moments and resumed: the same bytes, and no reply paid for twice.

    python benchmarks/resume.py [--builds 20] [--tasks 6] [--seed 0] [--most-kills 3]

Every build asks the recorded replies of a real HTTP server on this machine, which notes each request. A build
is killed one to `--most-kills` times, at seeded random moments of the first four fifths of the time that an
undisturbed build takes; one that a resumed build did not live to see is "too late" and does not count. Every
second kill takes the whole tree of processes, the others the main process alone. Then the build is run to its
end. Compared are the bytes of the data set and the attempts with those of the undisturbed build. A reply is
paid for twice if it was in the ledger when the build was killed and is asked for again; requests that were
under way at that moment are counted apart (`lost`): no client can know of them. Exit status 1 on any
difference, on any reply paid for twice, and on any process that outlives its build.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the server and the killing

from killing import digests, kill, recorded, running
from served import Served, serving

NOT_COMPARED = ("ledger.sqlite", "build.json", ".dataset.json")  # order of replies, the endpoint's address


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill: when (`seconds` after the start), what was there, what outlived it.

    `late` ones found a build that had ended by itself.
    """

    seconds: float
    state: str
    outlived: int
    late: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """One build after its last run."""

    kills: tuple[Killed, ...]
    same: bool
    paid_twice: int
    lost: int

    @property
    def good(self) -> bool:
        return self.same and not self.paid_twice and not any(each.outlived for each in self.kills)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--builds", type=int, default=20)
    parser.add_argument("--tasks", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-kills", type=int, default=3)
    options = parser.parse_args()
    random = Random(options.seed)
    with tempfile.TemporaryDirectory() as folder, serving() as served:
        start = time.monotonic()
        finish(Path(folder) / "whole", options.tasks, served)
        whole, seconds = digests(Path(folder) / "whole", NOT_COMPARED), time.monotonic() - start
        print(f"undisturbed: {seconds:.1f} s, {len(served.asked)} replies, {len(whole)} files compared\n")
        print("| build | killed after (s) | what was there | same bytes | paid twice | lost |")
        print("|---|---|---|---|---|---|")
        results = []
        for number in range(options.builds):
            moments = [random.uniform(0, 0.8 * seconds) for _ in range(random.randint(1, options.most_kills))]
            results.append(disturbed(Path(folder) / str(number), options.tasks, served, moments, whole))
            print(line(number + 1, results[-1]), flush=True)
    bad = sum(not result.good for result in results)
    kills = sum(not each.late for result in results for each in result.kills)
    print(f"\n{len(results)} builds, {kills} kills, {bad} builds that differ, paid twice or left processes")
    sys.exit(1 if bad else 0)


def disturbed(out: Path, tasks: int, served: Served, moments: list[float], whole: dict[str, str]) -> Resumed:
    """What became of a build that was killed at these moments of its runs."""
    first = len(served.asked)
    kills, paid_twice = [], 0
    paid: set[tuple[str, int]] = set()
    for number, seconds in enumerate(moments):
        before = len(served.asked)
        with running(*command(out, tasks, served)) as process:
            try:
                process.wait(timeout=seconds)
                outlived, late = 0, True
            except subprocess.TimeoutExpired:
                outlived, late = len(kill(process, tree=number % 2 == 1)), False
        paid_twice += sum(asked in paid for asked in served.asked[before:])
        paid = recorded(out) if (out / "ledger.sqlite").is_file() else set()
        kills.append(Killed(seconds, state(out, paid), outlived, late))
    before = len(served.asked)
    finish(out, tasks, served)
    paid_twice += sum(asked in paid for asked in served.asked[before:])
    lost = len(served.asked) - first - len(set(served.asked[first:])) - paid_twice
    return Resumed(tuple(kills), digests(out, NOT_COMPARED) == whole, paid_twice, lost)


def finish(out: Path, tasks: int, served: Served) -> None:
    """Run the build to its end."""
    with running(*command(out, tasks, served)) as process:
        _, said = process.communicate()
    if process.returncode:
        sys.exit(f"the build did not end well: {said.decode()}")


def command(out: Path, tasks: int, served: Served) -> tuple[str, ...]:
    model = ("--model", "recorded", "--base-url", served.url)
    return ("build", "--out", str(out), "--tasks", str(tasks), *model)


def state(out: Path, paid: set[tuple[str, int]]) -> str:
    """What a killed build had come to."""
    if not (out / "build.json").is_file():
        return "nothing yet"
    if (out / "summary.json").is_file():
        return "finished"
    done = len(list(out.glob("attempts/*/*.json")))
    writing = ", data set being written" if (out / ".dataset.new").is_dir() else ""
    return f"{len(paid)} replies, {done} attempts{writing}"


def line(number: int, result: Resumed) -> str:
    moments = ", ".join(f"{each.seconds:.1f}" for each in result.kills)
    states = "; ".join(
        each.state
        + (" (too late)" if each.late else "")
        + (f" ({each.outlived} processes left)" if each.outlived else "")
        for each in result.kills
    )
    same = "yes" if result.same else "NO"
    return f"| {number} | {moments} | {states} | {same} | {result.paid_twice} | {result.lost} |"


if __name__ == "__main__":
    main()

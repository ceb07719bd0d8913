"""A build against an endpoint that misbehaves, and killed on the way: complete, paid for once, the same bytes.

    python benchmarks/faults.py [--tasks 200] [--share 0.3] [--kills 50] [--seed 0] [--delay 0.5] [--hang 2]
                                [--config FILE.yaml] [--keep FOLDER]

The endpoint is the recorded replies behind OpenAI's protocol; past the 24 recorded draws a stand-in fits them to
any draw (tests/standin.py). Before it stands a proxy that does to `--share` of the requests, by seed and number,
one of the faults in tests/trouble.py: 429 with and without Retry-After, 500, 502, 503, connections that are cut
before and in the body, or hang, and answers that are none. Three builds with the real command line:

1. undisturbed: no faults, no kills;
2. with faults: run again as long as it ends with tasks left over (each such end is reported). Then the proxy's
   log is held against the ledger (tests/accounting.py), and the bytes against those of the first;
3. with faults and kill -9 at seeded random moments, every second time of the whole tree of processes. No reply
   that was in the ledger when the build was killed may be asked for again. A build that ends before it was killed
   often enough is compared and begun anew.

Replies that are cut short at the limit of tokens are left out of all three, for a client may rightly ask again;
`--cut-short` brings them in, in all three alike, as the endpoint's own doing. Exit status 1 where a build is not
complete, differs, pays twice, or where log and ledger do not agree.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the endpoint and the killing

import subprocess

from accounting import accounts
from faulty import Faulty, faulty
from killing import digests, kill, replies, running
from standin import StandIn
from synthsmith.builders.recorded_server import Serving, application
from trouble import Trouble

NOT_COMPARED = ("ledger.sqlite", "build.json", ".dataset.json")  # order of replies, the endpoint's address
MOST_RUNS = 10  # of a build that ends with tasks left over
SHORTEST_SECONDS = 3.0  # before a kill: a build needs as long to come to its first request


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built, and how it is disturbed."""

    tasks: int
    trouble: Trouble
    kills: int
    config: str | None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds that an answer takes at most")
    parser.add_argument("--hang", type=float, default=2.0, help="seconds until a hung connection is closed")
    parser.add_argument("--cut-short", type=float, default=0.0, help="share of replies ended by the limit")
    parser.add_argument("--config", help="settings of the build, such as shorter timeouts")
    parser.add_argument("--keep", type=Path, help="where the builds stay, instead of being thrown away")
    options = parser.parse_args()
    trouble = Trouble(
        options.seed,
        options.share,
        cut_short=options.cut_short,
        hang_seconds=options.hang,
        delay_seconds=options.delay,
    )
    plan = Plan(options.tasks, trouble, options.kills, options.config)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        seconds, whole = undisturbed(plan, folder / "undisturbed")
        good = with_faults(plan, folder / "faults", whole)
        good &= with_kills(plan, folder, whole, seconds)
    print("all well" if good else "NOT WELL")
    sys.exit(0 if good else 1)


@contextmanager
def endpoint(trouble: Trouble) -> Iterator[Faulty]:
    with faulty(application(Serving(StandIn())), trouble) as proxy:
        yield proxy


def undisturbed(plan: Plan, out: Path) -> tuple[float, dict[str, str]]:
    """How long a build takes, and the digests of its files."""
    calm = Trouble(share=0, cut_short=plan.trouble.cut_short, seed=plan.trouble.seed)
    with endpoint(calm) as proxy:
        begun = time.monotonic()
        status, said = finish(out, plan, proxy)
        seconds = time.monotonic() - begun
        found = accounts(proxy.log, replies(out))
    if status or not found.balanced:
        sys.exit(f"the undisturbed build did not end well: {said}\n{found}")
    print(f"undisturbed: {seconds:.0f} s, {found.asked} requests, {found.answered} replies", flush=True)
    return seconds, digests(out, NOT_COMPARED)


def with_faults(plan: Plan, out: Path, whole: dict[str, str]) -> bool:
    """Whether the build came to the same through all faults, with accounts that agree."""
    with endpoint(plan.trouble) as proxy:
        begun = time.monotonic()
        for run in range(1, MOST_RUNS + 1):
            status, said = finish(out, plan, proxy)
            if status != 1:
                break
            print(f"run {run} left tasks over: {said.strip().splitlines()[-1][:300]}", flush=True)
        seconds = time.monotonic() - begun
        found = accounts(proxy.log, replies(out))
        met = Counter(each.fault for each in proxy.log if each.fault)
        not_taken = sum(each.answered and not each.taken for each in proxy.log)
    same = digests(out, NOT_COMPARED) == whole
    print(
        f"with faults: {seconds:.0f} s, {run} run(s), exit status {status}, {found.asked} requests, "
        f"{sum(met.values())} met a fault, {found.answered} replies, {found.failed} recorded as failed, "
        f"{not_taken} answers left before their end"
    )
    print("  " + ", ".join(f"{fault}: {times}" for fault, times in sorted(met.items())))
    for name in ("twice", "lost", "made_up", "altered", "silent"):
        print(f"  {name}: {len(getattr(found, name))}")
    print(f"  same bytes: {'yes' if same else 'NO'}", flush=True)
    if status not in (0, 1):
        print(f"  it ended with: {said.strip()[-500:]}")
    return status == 0 and same and found.balanced and not found.failed


def with_kills(plan: Plan, folder: Path, whole: dict[str, str], seconds: float) -> bool:
    """Whether builds that are killed so often in all pay for no reply twice and come to the same."""
    random = Random(plan.trouble.seed)
    kills = builds = paid_twice = bad = outlived = late = 0
    while kills < plan.kills:
        out, builds = folder / f"killed-{builds}", builds + 1
        with endpoint(plan.trouble) as proxy:
            before, paid, status = 0, set[tuple[str, int]](), None
            while status is None or status == 1:
                moment = SHORTEST_SECONDS + random.uniform(0, 2 * max(3.0, seconds / max(1, plan.kills)))
                wait = moment if kills < plan.kills else None
                status, left = killed(out, plan, proxy, wait, tree=kills % 2 == 1)
                kills += status is None
                outlived += left
                asked = {one for each in proxy.log[before:] for one in each.asked}
                paid_twice += len(asked & paid)
                before = len(proxy.log)
                paid = {(each.prompt, each.sample) for each in replies(out) if not each.failed}
        same = status == 0 and digests(out, NOT_COMPARED) == whole
        bad += not same
        print(f"  build {builds}: {kills} kills so far, same bytes: {'yes' if same else 'NO'}", flush=True)
    print(
        f"with kills: {kills} in {builds} builds, {bad} differ, {paid_twice} replies paid for twice, "
        f"{outlived} processes outlived theirs"
    )
    return not (bad or paid_twice or outlived)


def killed(
    out: Path, plan: Plan, proxy: Faulty, seconds: float | None, *, tree: bool
) -> tuple[int | None, int]:
    """The exit status of a run, None where it was killed after the seconds; and how many processes are left."""
    with running(*command(out, plan, proxy)) as process:
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None, len(kill(process, tree=tree))
        return process.returncode, 0


def finish(out: Path, plan: Plan, proxy: Faulty) -> tuple[int, str]:
    """The exit status of a run, and what it said."""
    with running(*command(out, plan, proxy)) as process:
        _, said = process.communicate()
    return process.returncode, said.decode()


def command(out: Path, plan: Plan, proxy: Faulty) -> tuple[str, ...]:
    config = (plan.config,) if plan.config else ()
    return (
        *("build", *config, "--out", str(out), "--tasks", str(plan.tasks)),
        *("--model", "stand-in", "--base-url", proxy.url),
    )


if __name__ == "__main__":
    main()

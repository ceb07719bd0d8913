"""A build against an endpoint that misbehaves, and killed on the way: complete, paid once, the same bytes.

    python benchmarks/faults.py [--tasks 200] [--share 0.3] [--kills 50] [--seed 0] [--delay 0.5]
                                [--idle 5] [--cut-short 0] [--no-stream] [--keep FOLDER]

The endpoint is the recorded replies behind OpenAI's protocol; past the 24 recorded draws a stand-in fits them
to any draw (tests/standin.py). Before it stands a proxy that does one of the faults in tests/trouble.py to
`--share` of the requests, by seed and number: 429 with and without Retry-After, 500, 502, 503, connections
that are cut before and in the answer, or hang for longer than the client's `--idle` seconds, and answers that
are none. Builds with the real command line:

1. undisturbed: no faults, no kills;
2. with faults: run again for as long as it ends with tasks left over (each such end is reported). Then the
   proxy's log is held against the ledger (tests/accounting.py), and the bytes against those of the first, but
   for the counts of tokens, which a stream that is cut after its last word does not come to;
3. with faults and kill -9 at seeded random moments, every second time of the whole tree of processes. No
   reply that was in the ledger when the build was killed may be asked for again. A build that ends before
   there were `--kills` of them is compared, and another begun.

Replies that are cut short at the limit of tokens are recorded with an error and not asked for again; with
`--cut-short` that share of them is, in all builds alike, for it is the endpoint's own doing. Exit status 1
where a build is not complete or differs, pays twice, or leaves processes, or where log and ledger disagree.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the endpoint and the killing

from accounting import accounts
from faulty import Asked, Faulty, faulty
from killing import digests, kill, replies, running
from standin import StandIn
from synthsmith.builders.recorded_server import Serving, application
from trouble import Trouble

NOT_COMPARED = ("ledger.sqlite", "build.json", ".dataset.json")  # order of replies, the endpoint's address
# A whole answer whose stream was cut before the endpoint's count of tokens is kept, and its count unknown.
COUNT_TOKENS = ("dataset/README.md", "summary.json")
COUNTS = re.compile(r'^\| stand-in \|.*$|"(prompt_tokens|completion_tokens|unmetered)": \w+', re.MULTILINE)
MOST_RUNS = 10  # of a build that ends with tasks left over
LEFT_OVER = 1  # the exit status that says so
SHORTEST_SECONDS = 3.0  # before a kill: a build needs about as long to come to its first request


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built where, and how it is disturbed; `idle` is the client's patience in seconds."""

    folder: Path
    tasks: int
    trouble: Trouble
    kills: int
    idle: float
    stream: bool


@dataclass(slots=True)
class Tally:
    """What kills came to."""

    kills: int = 0
    builds: int = 0
    incomplete: int = 0
    different: int = 0
    paid_twice: int = 0
    outlived: int = 0

    @property
    def good(self) -> bool:
        return not (self.incomplete or self.different or self.paid_twice or self.outlived)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds that an answer takes at most")
    parser.add_argument("--idle", type=float, default=5.0, help="seconds until the client gives up an answer")
    parser.add_argument("--cut-short", type=float, default=0.0, help="share of replies ended by the limit")
    parser.add_argument("--no-stream", action="store_true", help="ask for answers in one piece")
    parser.add_argument("--keep", type=Path, help="a new folder where the builds stay")
    options = parser.parse_args()
    trouble = Trouble(
        options.seed,
        options.share,
        cut_short=options.cut_short,
        hang_seconds=10 * options.idle,
        delay_seconds=options.delay,
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=options.keep is None)
        stream = not options.no_stream
        plan = Plan(folder, options.tasks, trouble, options.kills, options.idle, stream)
        seconds, whole = undisturbed(plan)
        good = with_faults(plan, whole)
        good &= with_kills(plan, whole, seconds)
    print("all well" if good else "NOT WELL")
    sys.exit(0 if good else 1)


def endpoint(trouble: Trouble) -> AbstractContextManager[Faulty]:
    """The stand-in with trouble before it."""
    return faulty(application(Serving(StandIn())), trouble)


def undisturbed(plan: Plan) -> tuple[float, dict[str, str]]:
    """How long a build takes, and the digests of its files."""
    out = plan.folder / "undisturbed"
    with endpoint(replace(plan.trouble, share=0)) as proxy:
        begun = time.monotonic()
        status, said = finish(out, plan, proxy)
        seconds = time.monotonic() - begun
    found = accounts(proxy.log, replies(out))
    if status or not found.balanced:
        sys.exit(f"the undisturbed build did not end well: {said}\n{found}")
    short = sum(each.short for each in proxy.log)
    print(f"undisturbed: {seconds:.0f} s, {found.answered} replies, {short} of them cut short", flush=True)
    return seconds, compared(out)


def with_faults(plan: Plan, whole: dict[str, str]) -> bool:
    """Whether the build came to the same through all faults, with accounts that agree."""
    out = plan.folder / "faults"
    with endpoint(plan.trouble) as proxy:
        begun = time.monotonic()
        for run in range(1, MOST_RUNS + 1):
            status, said = finish(out, plan, proxy)
            if status != LEFT_OVER:
                break
            print(f"  run {run} left tasks over", flush=True)
        seconds = time.monotonic() - begun
    found = accounts(proxy.log, replies(out))
    met = Counter(each.fault for each in proxy.log if each.fault)
    different = differences(out, whole)
    print(f"with faults: {seconds:.0f} s, {run} run(s), exit status {status}")
    print(f"  {found.requests} requests, {met.total()} met a fault, {found.answered} were answered")
    print("  " + ", ".join(f"{fault}: {times}" for fault, times in sorted(met.items())))
    print(f"  recorded as failed: {found.failed}, silently dropped: {len(found.silent)}")
    print(f"  paid twice: {len(found.twice)}, lost: {len(found.lost)}, made up: {len(found.made_up)}")
    print(f"  {different or 'the same bytes'}", flush=True)
    if status:
        print(f"  it ended with: {said.strip()[-500:]}", flush=True)
    return status == 0 and not different and found.balanced and not found.failed


def with_kills(plan: Plan, whole: dict[str, str], seconds: float) -> bool:
    """Whether builds that are killed so often in all pay for no reply twice and come to the same."""
    tally, random = Tally(), Random(plan.trouble.seed)
    while tally.kills < plan.kills:
        out = plan.folder / f"killed-{tally.builds}"
        tally.builds += 1
        with endpoint(plan.trouble) as proxy:
            status, said = killed_on_the_way(out, plan, proxy, tally, random, seconds)
        different = "" if status else differences(out, whole)
        tally.incomplete += status != 0
        tally.different += bool(different)
        end = said.strip()[-500:] if status else different or "the same bytes"
        print(f"  build {tally.builds}, {tally.kills} kills so far: {end}", flush=True)
    print(f"with kills: {tally}", flush=True)
    return tally.good


def killed_on_the_way(
    out: Path, plan: Plan, proxy: Faulty, tally: Tally, random: Random, seconds: float
) -> tuple[int, str]:
    """How a build ended, and what it said, that was killed while there are kills left."""
    paid: set[Asked] = set()
    while True:
        asked_before = len(proxy.log)
        wait = SHORTEST_SECONDS + random.uniform(0, 2 * seconds / plan.kills + SHORTEST_SECONDS)
        with running(*command(out, plan, proxy)) as process:
            try:
                _, said = process.communicate(timeout=wait if tally.kills < plan.kills else None)
            except subprocess.TimeoutExpired:
                tally.outlived += len(kill(process, tree=tally.kills % 2 == 1))
                tally.kills += 1
        tally.paid_twice += len(paid & {one for each in proxy.log[asked_before:] for one in each.asked})
        paid = {(each.prompt, each.sample) for each in replies(out) if each.text is not None}
        if process.returncode >= 0 and process.returncode != LEFT_OVER:
            return process.returncode, said.decode()


def differences(out: Path, whole: dict[str, str]) -> str:
    """Which files are not as in the undisturbed build, in words; empty where all are."""
    found = compared(out)
    names = sorted(name for name in found.keys() | whole.keys() if found.get(name) != whole.get(name))
    return f"OTHER BYTES in {', '.join(names)}" if names else ""


def compared(out: Path) -> dict[str, str]:
    """The digest of every file that has to be the same, without counts of tokens."""
    texts = {name: COUNTS.sub("", (out / name).read_text()) for name in COUNT_TOKENS}
    bare = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return digests(out, NOT_COMPARED) | bare


def finish(out: Path, plan: Plan, proxy: Faulty) -> tuple[int, str]:
    """The exit status of a run, and what it said."""
    with running(*command(out, plan, proxy)) as process:
        _, said = process.communicate()
    return process.returncode, said.decode()


def command(out: Path, plan: Plan, proxy: Faulty) -> tuple[str, ...]:
    config = out.with_suffix(".yaml")
    known = {"base_url": proxy.url, "idle_seconds": plan.idle, "stream": plan.stream}
    config.write_text(json.dumps({"endpoints": [known]}))
    live = ("--model", "stand-in", "--base-url", proxy.url)
    return ("build", str(config), "--out", str(out), "--tasks", str(plan.tasks), *live)


if __name__ == "__main__":
    main()

"""A data set many times larger than the memory that makes it: peak and time of every stage.

    python benchmarks/scale.py [--gigabytes 1.7] [--most-mb 400] [--small 0] [--folder FOLDER]

Makes so many gigabytes of finished attempts (eight replies of about 50 kB, fifteen cases, some of 1 MB and,
in one attempt of fifty, more tests than an `rl` row may have), a twentieth as much of foreign problems, and
then, each in a process of its own, what `synthsmith build` and a reader do with them. `--small` makes so many
tiny attempts instead, to see what one costs that holds next to nothing. Exit status 1 where a process held
more than `--most-mb` at any moment.

The peak is the largest resident set as the kernel counts it (ru_maxrss), the interpreter and its libraries
included; memory that is mapped from files counts too. For a hard limit run it under
`systemd-run --user --scope -p MemoryMax=400M`.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a process inherits the peak of the one that starts it: that one stays small
    from synthsmith.builders.attempts import Attempt
    from synthsmith.cards.card import Provenance
    from synthsmith.verification.review import Review
    from synthsmith.verification.types import Case

CONFIGS = (
    "sft_verified",
    "sft_unique_prompt",
    "sft_multiple_solution",
    "sft_hybrid",
    "rl",
    "attempts",
    "rl_real",
)
REPLY_BYTES, LARGE_BYTES, REPLIES, CASES = 50_000, 1_000_000, 8, 15
POOL_BYTES = 16_000_000
FOREIGN_SHARE = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.7)
    parser.add_argument("--most-mb", type=int, default=400)
    parser.add_argument("--small", type=int, default=0, metavar="ATTEMPTS")
    parser.add_argument("--folder", type=Path, help="where to work; removed afterwards if not given")
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        name, *arguments = options.stage
        STAGES[name](options, *arguments)
        return 0
    with tempfile.TemporaryDirectory() as own:
        options.folder = options.folder or Path(own)
        options.folder.mkdir(parents=True, exist_ok=True)
        return run(options)


def run(options: argparse.Namespace) -> int:
    """Run all stages, each in its process; 1 where one of them held too much."""
    peaks = []
    print("| stage | peak MB | seconds | what |\n|---|---:|---:|---|")
    loads = [("load", config) for config in CONFIGS]
    for stage in (
        ("attempts",),
        ("foreign",),
        ("digest",),
        ("assemble",),
        ("facts",),
        ("card",),
        *loads,
        ("builder",),
    ):
        command = [sys.executable, __file__, "--folder", str(options.folder), "--small", str(options.small)]
        command += ["--gigabytes", str(options.gigabytes), "--stage", *stage]
        start = time.monotonic()
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        peaks.append(int(said[-1]) / 1024)
        what = " ".join(said[:-1])
        print(
            f"| {' '.join(stage)} | {peaks[-1]:.0f} | {time.monotonic() - start:.0f} | {what} |", flush=True
        )
    return int(max(peaks) > options.most_mb)


def attempts(options: argparse.Namespace) -> None:
    from synthsmith.builders.attempts import path_of, to_json

    folder, size, number = options.folder / "attempts", 0, 0
    texts = Texts(Random(0))
    small = options.small > 0
    for number in count():
        if number == options.small if small else size >= options.gigabytes * 1e9:
            break
        path = path_of(folder, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(to_json(made(number, texts, small)).encode())
    print(f"{number} attempts, {size / 1e9:.2f} GB")


def foreign(options: argparse.Namespace) -> None:
    from synthsmith.builders.real.cleaned import RealRows
    from synthsmith.builders.real.origin import Origin
    from synthsmith.cards.real import make_real_dataset

    texts, size = Texts(Random(1)), 0
    origin = Origin("acme/problems", "0" * 40, "taco")
    rows = RealRows(origin)
    for number in range(options.small or sys.maxsize):
        reviewed = problem(number, texts, bool(options.small))
        size += sum(len(case.input) + len(case.expected or "") for case in reviewed.kept)
        if size >= options.gigabytes * 1e9 / FOREIGN_SHARE:
            break
        rows.add(reviewed)
    found = make_real_dataset(options.folder / "real", rows, origin)
    rows.close()
    memory = found.written.memory_bytes / 1e9
    print(f"{found.written.rows} rows, {memory:.2f} GB as Arrow, {found.left_out} tests left out")


def digest(options: argparse.Namespace) -> None:
    from synthsmith.builders.dataset import attempts_digest

    print(attempts_digest(options.folder / "attempts")[:12])


def assemble(options: argparse.Namespace) -> None:
    from synthsmith.builders import dataset
    from synthsmith.builders.real.merged import merge, real_files

    target = options.folder / "dataset"
    written = dataset.assemble(options.folder / "attempts", target)
    real = merge(real_files([str(options.folder / "real")]), target)
    memory, disk = (sum(getattr(each, name) for each in written) for name in ("memory_bytes", "file_bytes"))
    rows = sum(each.rows for each in written)
    print(f"{rows} rows and {real.rows} foreign, {memory / 1e9:.2f} GB as Arrow, {disk / 1e9:.2f} GB on disk")


def facts(options: argparse.Namespace) -> None:
    from synthsmith.cards.facts import count as count_facts

    found = count_facts(options.folder / "dataset")
    print(f"{found.verified} of {found.attempted} verified, {found.left_out.tests} tests left out")


def card(options: argparse.Namespace) -> None:
    from synthsmith.cards.card import Edition, render_card
    from synthsmith.cards.facts import count as count_facts

    text = render_card(count_facts(options.folder / "dataset"), provenance(), Edition())
    (options.folder / "dataset" / "README.md").write_text(text, encoding="utf-8")
    print(f"{len(text)} characters")


def load(options: argparse.Namespace, config: str) -> None:
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    stream = load_dataset(
        str(options.folder / "dataset"),
        config,
        split="train",
        streaming=True,
        cache_dir=str(options.folder / "cache"),
    )
    print(f"{sum(1 for _ in stream)} rows")


def builder(options: argparse.Namespace) -> None:
    from datasets import disable_progress_bars
    from synthsmith.builders.hf_builders import load_builder

    disable_progress_bars()
    made = load_builder("attempts", options.folder, options.folder / "cache")
    made.download_and_prepare()
    print(f"{made.as_dataset(split='train').num_rows} rows as Arrow")


STAGES: dict[str, Callable[..., None]] = {
    "attempts": attempts,
    "foreign": foreign,
    "digest": digest,
    "assemble": assemble,
    "facts": facts,
    "card": card,
    "load": load,
    "builder": builder,
}


class Texts:
    """Random prose and numbers, cut from pools that are much longer than what a compressor remembers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        words = ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 9))) for _ in range(3000)]
        self._prose = self._pool(lambda: " ".join(random.choices(words, k=1000)))
        self._numbers = self._pool(lambda: " ".join(str(random.randint(0, 10**9)) for _ in range(1000)))

    @staticmethod
    def _pool(some: Callable[[], str]) -> str:
        parts = [some()]
        while len(parts) * len(parts[0]) < POOL_BYTES:
            parts.append(some())
        return " ".join(parts)

    def prose(self, size: int) -> str:
        return self._cut(self._prose, size)

    def numbers(self, size: int) -> str:
        return self._cut(self._numbers, size)

    def _cut(self, pool: str, size: int) -> str:
        start = self.random.randrange(len(pool) - size)
        return pool[start : start + size]


def tests(number: int, texts: Texts, small: bool) -> "Iterator[Case]":
    """The cases with their labels: most are short, one is large, in every fiftieth attempt four are."""
    from synthsmith.verification.types import Case, Kind

    large = 0 if small else 4 if number % 50 == 0 else number % 2
    for place in range(3 if small else CASES):
        size = LARGE_BYTES if place < large else 20_000 if place < 3 and not small else 60
        text = texts.numbers(size)
        yield Case(f"c{place}", text, Kind.STRESS, expected=text[: max(20, size // 10)], weight=4)


def made(number: int, texts: Texts, small: bool) -> "Attempt":
    """A finished attempt; one of ten is rejected."""
    from dataclasses import replace

    from synthsmith.builders.attempts import Attempt
    from synthsmith.builders.tasks import Task
    from synthsmith.verification.certificate import Certificate, Vote
    from synthsmith.verification.decision import Reason, Rejected, Verified
    from synthsmith.verification.types import Solution

    random = texts.random
    labelled = tuple(tests(number, texts, small))
    solutions = []
    for place in range(2 if small else REPLIES):
        code = f"# {number} {place}\nprint({place} + sum(map(int, input().split())) - {place})"
        thought = texts.prose(100 if small else round(REPLY_BYTES * random.uniform(0.5, 1.5)))
        reply = f"<think>\n{thought}\n</think>\n\n```python\n{code}\n```\n"
        solutions.append(Solution(f"s{place}", code, reply=reply, model="big-model"))
    rates = {each.id: random.choice((1.0, 1.0, 1.0, 0.8, 0.4)) for each in solutions} | {"s0": 1.0}
    votes = tuple(Vote(case.id, case.expected, 6, 1, len(solutions), 0.97) for case in labelled)
    certificate = Certificate(votes, len(solutions), rates, isolated=True)
    ended = (
        Rejected(Reason.UNSURE, "no candidate is probable enough", certificate)
        if number % 10 == 9
        else Verified("s0", 0.9, labelled, certificate)
    )
    features = tuple(texts.prose(300).split())[1:12]
    statement = f"# Task {number}\n\n{texts.prose(200 if small else 2500)}"
    return Attempt(
        index=number,
        draw=f"0:{number}",
        style="codeforces",
        drawn=features,
        task=Task(f"{number:016x}", "codeforces", statement, features),
        outcome=ended,
        solutions=tuple(solutions),
        cases=tuple(replace(case, expected=None, weight=1) for case in labelled),
        settings="0" * 64,
    )


def problem(number: int, texts: Texts, small: bool) -> "Review":
    """A problem made elsewhere, of which all tests were kept."""
    from synthsmith.verification.compare import TOKENS
    from synthsmith.verification.decision import Reason, Rejected
    from synthsmith.verification.keeping import Basis
    from synthsmith.verification.problems import Problem
    from synthsmith.verification.review import Review
    from synthsmith.verification.stated import Stated
    from synthsmith.verification.types import Limits, Solution

    cases = tuple(tests(number, texts, small))
    names = tuple(range(len(cases)))
    program = Solution("a", "print(input())")
    statement = texts.prose(1000)
    row = Problem(number, f"row {number}", statement, None, TOKENS, Limits(), cases, names, (program,))
    decision = Rejected(Reason.UNSURE, "one program is no vote")
    rate = texts.random.randint(0, 15) / 15
    bases = (Basis.AGREEMENT,) * len(cases)
    return Review(row, Stated(), decision, None, kept=cases, bases=bases, rates={"a": rate})


def provenance() -> "Provenance":
    from synthsmith.builders.roles import Models, ModelSettings
    from synthsmith.builders.settings import Settings
    from synthsmith.cards.card import Provenance

    live = ModelSettings("big-model", "http://127.0.0.1:8000/v1")
    return Provenance(Settings(models=Models(live, live, live, (live,), live, live)), (), "0")


if __name__ == "__main__":
    status = main()
    if "--stage" in sys.argv:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.exit(status)

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
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

# A process inherits the peak of the one that starts it: that one stays small, and imports little.
from large_attempts import Texts, made, problem, provenance

CONFIGS = (
    "sft_verified",
    "sft_unique_prompt",
    "sft_multiple_solution",
    "sft_hybrid",
    "rl",
    "attempts",
    "rl_real",
)
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


if __name__ == "__main__":
    status = main()
    if "--stage" in sys.argv:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.exit(status)

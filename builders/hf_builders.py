"""The data sets as `datasets` builders, for producers who have a build folder at hand.

Consumers load the finished repository (Parquet and a card); `datasets` has no place for scripts there. Here
`load_builder("rl", "build/demo").as_streaming_dataset(split="train")` looks into a build that is not
assembled yet, and `download_and_prepare(num_proc=4)` makes an Arrow data set of it. `datasets` checks neither
keys nor columns and caches by the builder's arguments alone; so the examples are checked here, and the hash
carries everything that rows depend on.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import datasets
from synthsmith.builders import rows, schemas, shards
from synthsmith.builders.attempts import Attempt, path_of, read, read_all
from synthsmith.builders.model import digest
from synthsmith.prompts import template_digest
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Verified

VERSION = "0.1.0"
DEFAULT_CONFIG = "sft_verified"
HOMEPAGE = "https://arxiv.org/abs/2601.06953"
CITATION = """@misc{wu2026xcoder,
  title         = {X-Coder: Advancing Competitive Programming with Fully Synthetic Tasks, Solutions,
                   and Tests},
  author        = {Jie Wu and Haoling Li and Xin Zhang and Jiani Guo and Jane Luo and Steven Liu and
                   Yangyu Huang and Ruihang Chu and Scarlett Li and Yujiu Yang},
  year          = {2026},
  eprint        = {2601.06953},
  archivePrefix = {arXiv},
  primaryClass  = {cs.CL}
}"""
DESCRIPTIONS = {
    "sft_verified": "Every response of a verified task whose program passes all decided cases.",
    "sft_unique_prompt": "One row per verified task: the golden response, also where it fails a few cases.",
    "sft_multiple_solution": "The rows of `sft_verified` of tasks with several distinct passing programs.",
    "sft_hybrid": "All of `sft_verified`, and one response per task rejected only at verification.",
    "rl": "Verified tasks with their decided cases in verl's columns, easiest first.",
    "attempts": "One row per attempted task, verified or rejected, with the reason and the evidence.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the order of rows needs to know of an attempt."""

    index: int
    task_id: str
    verified: bool
    pass_rate: float


@dataclass
class SynthSmithConfig(datasets.BuilderConfig):  # type: ignore[misc]  # untyped library
    """`attempts` is the folder of finished attempts."""

    attempts: str = ""


class SynthSmith(datasets.GeneratorBasedBuilder):  # type: ignore[misc]  # untyped library
    """One config of the data sets over a folder of finished attempts."""

    BUILDER_CONFIG_CLASS = SynthSmithConfig
    BUILDER_CONFIGS = [  # noqa: RUF012 - the attribute that `datasets` reads
        SynthSmithConfig(name=name, version=datasets.Version(VERSION), description=DESCRIPTIONS[name])
        for name in schemas.SCHEMAS
    ]
    DEFAULT_CONFIG_NAME = DEFAULT_CONFIG

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description=self.config.description,
            features=schemas.SCHEMAS[self.config.name],
            homepage=HOMEPAGE,
            citation=CITATION,
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        indexes = in_order(self.config.name, survey(Path(self.config.attempts)))
        return [datasets.SplitGenerator(name="train", gen_kwargs={"indexes": indexes})]

    def _generate_examples(self, indexes: list[int]) -> Iterator[tuple[str, rows.Row]]:
        for key, row in examples(self.config.name, Path(self.config.attempts), indexes):
            shards.check(row, self.info.features, f"{self.config.name}, row {key}")
            yield key, row


def load_builder(config: str, build: Path | str, cache_dir: Path | str | None = None) -> SynthSmith:
    """The builder of one config over `build/attempts`; another digest of its input is another cache entry."""
    if config not in schemas.SCHEMAS:
        raise InputError(f"There is no config {config!r}; there are {', '.join(schemas.SCHEMAS)}.")
    folder = Path(build).resolve() / "attempts"
    if not folder.is_dir():
        raise InputError(f"{folder} is not there; make a build first: synthsmith build --out {build}.")
    return SynthSmith(
        cache_dir=None if cache_dir is None else str(cache_dir),
        dataset_name="synthsmith",
        config_name=config,
        hash=digest([code_digest(), attempts_digest(folder)]),
        attempts=str(folder),
    )


def survey(folder: Path) -> tuple[Entry, ...]:
    """One entry per attempt, in the order of their indexes: a pass over all that keeps little of each."""
    return tuple(map(_entry, read_all(folder)))


def in_order(config: str, entries: Iterable[Entry]) -> list[int]:
    """The attempts that may have rows in a config, in its order: `rl` easiest first, others as drawn."""
    if config not in ("attempts", "sft_hybrid"):
        entries = [entry for entry in entries if entry.verified]
    if config == "rl":
        entries = sorted(entries, key=lambda entry: (-entry.pass_rate, entry.task_id, entry.index))
    return [entry.index for entry in entries]


def examples(config: str, folder: Path, indexes: Iterable[int]) -> Iterator[tuple[str, rows.Row]]:
    """Key and row of all examples, one attempt in memory at a time."""
    for index in indexes:
        attempt = read(folder, index)
        if attempt is None:
            raise InputError(
                f"{path_of(folder, index)} went away or broke while it was used; run the build again."
            )
        for row in rows.VIEWS[config](attempt):
            yield f"{index}/{row.get('candidate', '')}", row


def attempts_digest(folder: Path) -> str:
    """The SHA-256 over the names and contents of all attempts."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*/*.json")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(folder)} {content}\n".encode())
    return whole.hexdigest()


def code_digest() -> str:
    """The SHA-256 over the code and the template that make rows of attempts."""
    names = ("attempts", "hf_builders", "rows", "schemas", "shards", "solutions")
    sources = [Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in names]
    return digest([*sources, template_digest("solution")])


def _entry(attempt: Attempt) -> Entry:
    verified = isinstance(attempt.outcome, Verified)
    rate = rows.pass_rate(attempt.outcome.certificate) if attempt.outcome.certificate else None
    return Entry(attempt.index, attempt.task.id if attempt.task else "", verified, rate or 0.0)

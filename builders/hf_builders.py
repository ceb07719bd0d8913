"""The data sets as `datasets` builders, for producers who have a build folder at hand.

Consumers load the finished repository (Parquet and a card); `datasets` has no place for scripts there. Here
`load_builder("rl", "build/demo").as_streaming_dataset(split="train")` looks into a build that is not
assembled yet, and `download_and_prepare(num_proc=4)` makes an Arrow data set of it. `datasets` checks neither
keys nor columns and caches by the builder's arguments alone; so the examples are checked here, and the hash
carries everything that rows depend on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import datasets
from synthsmith.builders import schemas, shards
from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.dataset import attempts_digest, examples, in_order, look_through
from synthsmith.builders.duplicates import Release, Removal, release_digest
from synthsmith.builders.evidence import Row
from synthsmith.builders.folder import release_of
from synthsmith.builders.model import digest
from synthsmith.prompts import template_digest
from synthsmith.verification import certificate, decision, programs, rules, tokens, types
from synthsmith.verification.errors import InputError

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
    "rl_real": "Problems made elsewhere with the tests that held when they were run, easiest first.",
}


@dataclass
class SynthSmithConfig(datasets.BuilderConfig):  # type: ignore[misc]  # untyped library
    """`attempts` is the folder of finished attempts, `release` what is looked for before they become rows,
    `test_bytes` what tests an `rl` row may have."""

    attempts: str = ""
    release: Release = field(default_factory=Release)
    test_bytes: int | None = TEST_BYTES


class SynthSmith(datasets.GeneratorBasedBuilder):  # type: ignore[misc]  # untyped library
    """One config of the data sets over a folder of finished attempts."""

    BUILDER_CONFIG_CLASS = SynthSmithConfig
    BUILDER_CONFIGS = [  # noqa: RUF012 - the attribute that `datasets` reads
        SynthSmithConfig(name=name, version=datasets.Version(VERSION), description=DESCRIPTIONS[name])
        for name in schemas.SCHEMAS
    ]
    DEFAULT_CONFIG_NAME = DEFAULT_CONFIG
    DEFAULT_WRITER_BATCH_SIZE = 16  # rows in memory; of the library's 1000, each may have megabytes of tests

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description=self.config.description,
            features=schemas.SCHEMAS[self.config.name],
            homepage=HOMEPAGE,
            citation=CITATION,
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        found = look_through(Path(self.config.attempts), self.config.release)
        indexes = in_order(self.config.name, found.entries, found.removed)
        # `datasets` shares out what is a list among processes, and gives the rest to each of them whole.
        given = {"indexes": indexes, "removed": found.removed}
        return [datasets.SplitGenerator(name="train", gen_kwargs=given)]

    def _generate_examples(
        self, indexes: list[int], removed: dict[int, Removal]
    ) -> Iterator[tuple[str, Row]]:
        config = self.config
        for key, row in examples(config.name, Path(config.attempts), indexes, removed, config.test_bytes):
            shards.check(row, self.info.features, f"{config.name}, row {key}")
            yield key, row


def load_builder(
    config: str,
    build: Path | str,
    cache_dir: Path | str | None = None,
    *,
    test_bytes: int | None = TEST_BYTES,
) -> SynthSmith:
    """The builder of one config over `build/attempts`; another digest of its input is another cache entry.

    Near-duplicates and contamination are looked for as the build's own settings say. `test_bytes` is how
    large the tests of one `rl` row may be; None for all of them.
    """
    if config not in schemas.SCHEMAS:
        raise InputError(f"There is no config {config!r}; there are {', '.join(schemas.SCHEMAS)}.")
    folder = Path(build).resolve() / "attempts"
    if not folder.is_dir():
        raise InputError(f"{folder} is not there; make a build first: synthsmith build --out {build}.")
    release = release_of(Path(build).resolve())
    return SynthSmith(
        cache_dir=None if cache_dir is None else str(cache_dir),
        dataset_name="synthsmith",
        config_name=config,
        hash=digest([code_digest(), attempts_digest(folder), release_digest(release)]),
        attempts=str(folder),
        release=release,
        test_bytes=test_bytes,
    )


def code_digest() -> str:
    """The SHA-256 over the code and the template that make rows of attempts."""
    names = (
        "attempts",
        "bands",
        "capped",
        "dataset",
        "drafts",
        "evidence",
        "hf_builders",
        "provenance",
        "real/merged",
        "removing",
        "schemas",
        "shards",
        "solutions",
    )
    files = [Path(__file__).parent / f"{name}.py" for name in names]
    for package in ("duplicates", "rows"):
        files += sorted(Path(__file__).with_name(package).glob("*.py"))
    files += [
        Path(str(module.__file__)) for module in (certificate, decision, programs, rules, tokens, types)
    ]
    return digest([*(file.read_text(encoding="utf-8") for file in files), template_digest("solution")])

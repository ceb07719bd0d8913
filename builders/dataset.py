"""From finished attempts to Parquet: `folder/<config>/train-*.parquet` for every config that has rows."""

from pathlib import Path

from synthsmith.builders import schemas, shards
from synthsmith.builders.hf_builders import examples, in_order, survey
from synthsmith.verification.errors import InputError


def assemble(attempts: Path, folder: Path) -> tuple[shards.Written, ...]:
    """What was written of each config, empty ones included; InputError where nothing was attempted.

    Memory holds one attempt, one row group and a few words per attempt, whatever the size of the build.
    """
    entries = survey(attempts)
    if not entries:
        raise InputError(f"{attempts} holds no finished attempt; make a build first: synthsmith build.")
    return tuple(
        shards.write(config, examples(config, attempts, in_order(config, entries)), features, folder / config)
        for config, features in schemas.SCHEMAS.items()
    )

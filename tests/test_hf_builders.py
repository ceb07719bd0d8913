"""The builders of `datasets` over a build that is not assembled yet."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_attempts import made, write_made
from synthsmith.builders.dataset import examples, in_order, survey
from synthsmith.builders.hf_builders import load_builder
from synthsmith.builders.schemas import SCHEMAS
from synthsmith.verification.errors import InputError


@pytest.mark.parametrize("config", SCHEMAS)
def test_a_builder_makes_the_rows_of_its_config(config: str, tmp_path: Path) -> None:
    folder = write_made(tmp_path)
    builder = load_builder(config, tmp_path, cache_dir=tmp_path / "cache")
    builder.download_and_prepare()
    found = list(builder.as_dataset(split="train"))
    assert found == [row for _, row in examples(config, folder, in_order(config, survey(folder)), {})]
    assert found
    assert builder.info.features == SCHEMAS[config]


def test_several_processes_make_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    write_made(tmp_path)
    alone = load_builder("rl", tmp_path, cache_dir=tmp_path / "one")
    alone.download_and_prepare()
    together = load_builder("rl", tmp_path, cache_dir=tmp_path / "two")
    together.download_and_prepare(num_proc=2)
    assert list(together.as_dataset(split="train")) == list(alone.as_dataset(split="train"))


def test_a_builder_streams_without_writing_rows(tmp_path: Path) -> None:
    write_made(tmp_path)
    stream = load_builder("sft_verified", tmp_path, cache_dir=tmp_path / "cache").as_streaming_dataset(
        "train"
    )
    assert [row["candidate"] for row in stream] == ["s1", "s1", "s2", "s3", "s1", "s2"]
    assert [path for path in (tmp_path / "cache").rglob("*") if path.suffix != ".lock"] == []


def test_changed_attempts_are_not_answered_from_the_cache(tmp_path: Path) -> None:
    for drawn in ("before", "after"):
        write_made(tmp_path, (replace(made()[1], drawn=(drawn,)),))
        builder = load_builder("attempts", tmp_path, cache_dir=tmp_path / "cache")
        builder.download_and_prepare()
        assert builder.as_dataset(split="train")["drawn_features"][0] == [drawn]


def test_an_unknown_config_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no config 'sft'; there are sft_verified,"):
        load_builder("sft", tmp_path)


def test_a_folder_that_is_no_build_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make a build first"):
        load_builder("rl", tmp_path)

"""LLaMA-Factory's own parser and loader: an export, a published data set on a disk, and one on the Hub."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="llamafactory is not installed: run `make conformance`")

from hub import ID, Hub
from hub_server import serving

ROWS = Path(__file__).with_name("llama_factory_rows.py")


def read(folder: Path | str, name: str, home: Path, **variables: str) -> list[dict[str, Any]]:
    """What it makes of a data set, in a process of its own."""
    told = {"DISABLE_VERSION_CHECK": "1", "HF_HOME": str(home), **variables}
    done = subprocess.run(
        [sys.executable, str(ROWS), str(folder), name],
        env={**os.environ, **told},
        cwd=home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def expected(exports: Path) -> list[dict[str, Any]]:
    lines = (exports / "llama-factory/sft_verified.jsonl").read_text().splitlines()
    return [
        {
            "prompt": [{"role": "user", "content": row["query"]}],
            "response": [{"role": "assistant", "content": row["response"]}],
        }
        for row in map(json.loads, lines)
    ]


def test_it_reads_the_export(exports: Path, tmp_path: Path) -> None:
    assert read(exports / "llama-factory", "sft_verified", tmp_path) == expected(exports)


def test_it_reads_a_published_data_set_on_a_disk(exports: Path, dataset: Path, tmp_path: Path) -> None:
    assert read(dataset, "sft_verified", tmp_path) == expected(exports)


def test_it_reads_a_repository_on_the_hub_with_nothing_exported(
    exports: Path, dataset: Path, tmp_path: Path
) -> None:
    files = {p.relative_to(dataset).as_posix(): p.read_bytes() for p in dataset.rglob("*") if p.is_file()}
    files["dataset_info.json"] = (exports / "published/dataset_info.json").read_bytes()
    hub = Hub()
    hub.hold(ID, files)
    with serving(hub) as url:
        rows = read(f"REMOTE:{ID}", "sft_verified", tmp_path, HF_ENDPOINT=url, HF_HUB_OFFLINE="0")
    assert rows == expected(exports)

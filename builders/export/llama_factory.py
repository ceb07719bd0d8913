"""LLaMA-Factory: JSON lines in alpaca's form, and the `dataset_info.json` that names them.

A published repository holds a `dataset_info.json` as well, so that nothing has to be exported at all:

    dataset_dir: REMOTE:org/name
    dataset: sft_verified
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from synthsmith.builders.export.target import SFT_COLUMNS, Row, Stage, Target
from synthsmith.verification.errors import InputError

INFO = "dataset_info.json"
_COLUMNS = {
    "prompt": "query",
    "response": "response",
}  # LLaMA-Factory's `query` is an input beside the prompt
Entries = Mapping[str, Mapping[str, object]]


def dataset_info(configs: Iterable[str], repository: str | None) -> str:
    """The text of a repository's `dataset_info.json` for its configs, of which those for SFT are named.

    Without a repository (a folder that lies on a disk) entries name the folders of the configs.
    """
    named = [config for config in configs if config.startswith("sft_")]
    return text_of({config: _entry(config, repository) for config in named})


def local_entry(file: str) -> Mapping[str, object]:
    """The entry of a file that lies beside `dataset_info.json`."""
    return {"file_name": file, "formatting": "alpaca", "columns": _COLUMNS}


def with_entry(folder: Path, name: str, entry: Mapping[str, object]) -> str:
    """The text of the folder's `dataset_info.json` with one entry more, or in place of one of this name."""
    path = folder / INFO
    try:
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); mend it or export elsewhere.") from None
    if not isinstance(before, dict):
        raise InputError(f"{path} must hold a JSON object, not {type(before).__name__}; export elsewhere.")
    return text_of({**before, name: entry})


def text_of(entries: Entries) -> str:
    """The entries as the file holds them."""
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(config: str, repository: str | None) -> Mapping[str, object]:
    if repository is None:
        return local_entry(config)
    place = {"hf_hub_url": repository, "subset": config, "split": "train"}
    return {**place, "formatting": "alpaca", "columns": _COLUMNS}


def _sft(row: Row) -> Row:
    return {"query": row["query"], "response": row["response"]}


SFT = Target(Stage.SFT, SFT_COLUMNS, _sft)

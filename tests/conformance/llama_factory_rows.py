"""`python llama_factory_rows.py DIR DATASET`: the rows that LLaMA-Factory makes of it, as JSON lines.

A process of its own, for the address of the Hub is read once. LLaMA-Factory imports torchaudio for
recordings, of which there are none here; an empty module stands in for it.
"""

import importlib.machinery
import json
import sys
import types

_NONE = types.ModuleType("torchaudio")
_NONE.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
sys.modules.setdefault("torchaudio", _NONE)

from llamafactory.data.loader import _load_single_dataset  # noqa: E402
from llamafactory.data.parser import get_dataset_list  # noqa: E402
from llamafactory.hparams import DataArguments, ModelArguments  # noqa: E402
from transformers import Seq2SeqTrainingArguments  # noqa: E402


def main(folder: str, name: str) -> None:
    [attributes] = get_dataset_list([name], folder)
    data = DataArguments(dataset=name, dataset_dir=folder, template="default", overwrite_cache=True)
    training = Seq2SeqTrainingArguments(output_dir="unused", use_cpu=True)
    rows = _load_single_dataset(attributes, ModelArguments(model_name_or_path="unused"), data, training)
    for row in rows:
        print(json.dumps({"prompt": row["_prompt"], "response": row["_response"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])

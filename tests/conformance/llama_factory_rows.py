"""`python llama_factory_rows.py DATASET_DIR DATASET`: the rows that LLaMA-Factory makes of it, as JSON lines.

A process of its own, for the address of the Hub is read once. LLaMA-Factory imports torchaudio for recordings,
of which there are none here; an empty module stands in for it.
"""

import json
import sys
import types

sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))

from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import Seq2SeqTrainingArguments


def main(folder: str, name: str) -> None:
    [attributes] = get_dataset_list([name], folder)
    data = DataArguments(dataset=name, dataset_dir=folder, template="default", overwrite_cache=True)
    training = Seq2SeqTrainingArguments(output_dir="unused", use_cpu=True)
    rows = _load_single_dataset(attributes, ModelArguments(model_name_or_path="unused"), data, training)
    for row in rows:
        print(json.dumps({"prompt": row["_prompt"], "response": row["_response"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])

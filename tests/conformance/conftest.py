"""What the conformance tests share: exports of the embedded build, and a tiny model made on the spot.

`make conformance` sets SYNTHSMITH_EXPORTS to a folder with one export for each word of `--to`, and
SYNTHSMITH_DATASET to the data set that they were made of. Nothing is downloaded.
"""

import os
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]


def _folder(variable: str) -> Path:
    given = os.environ.get(variable)
    if not given:
        pytest.skip(f"{variable} is not set: run `make conformance`")
    return Path(given).absolute()


@pytest.fixture(scope="session")
def exports() -> Path:
    """The folder with one export for each trainer."""
    return _folder("SYNTHSMITH_EXPORTS")


@pytest.fixture(scope="session")
def dataset() -> Path:
    """The data set as it is published."""
    return _folder("SYNTHSMITH_DATASET")


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A byte-level tokenizer with a chat template, which knows no more than bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL, initial_alphabet=alphabet)
    made.train_from_iterator(["print(int(input()) * 2)", "import sys", "def solve(values):"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>", chat_template=TEMPLATE
    )


@pytest.fixture
def model(tokenizer: Any) -> Any:
    """A Qwen2 of a few thousand random weights."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=1 << 15,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return Qwen2ForCausalLM(config)

"""The words of `synthsmith export --to`."""

from collections.abc import Mapping

from synthsmith.builders.export import llama_factory, megatron, ms_swift, open_r1, trl, verl
from synthsmith.builders.export.target import Target

TARGETS: Mapping[str, Target] = {
    "verl": verl.RL,
    "verl-sft": verl.SFT,
    "trl": trl.SFT,
    "trl-grpo": trl.GRPO,
    "ms-swift": ms_swift.SFT,
    "ms-swift-grpo": ms_swift.GRPO,
    "llama-factory": llama_factory.SFT,
    "megatron": megatron.TEXT,
    "megatron-sft": megatron.SFT,
    "open-r1": open_r1.RL,
}

#!/usr/bin/env bash
# SFT with ms-swift, as published for X-Coder: 8 epochs, learning rate 5e-5, 128 sequences of up to 32,768 tokens.
#
#   MODEL=Qwen/Qwen2.5-Coder-7B-Instruct DATA=sft.jsonl OUT=checkpoints/sft bash sft_ms_swift.sh [MORE OPTIONS]
#
# DATA is `synthsmith export ORG/NAME --to ms-swift --config sft_hybrid`, or the data set itself, with nothing
# exported: DATA=HF::ORG/NAME:sft_hybrid (the newest version; ms-swift cannot be told a tag). On several nodes set
# NNODES, NODE_RANK and MASTER_ADDR on each, and run this on each.
#
# Where the publication contradicts itself:
#   - The paper tells of 128 GPUs, the script of 8 x 8 with 2 steps of accumulation. The batch of 128 is the same:
#     accumulation follows from the number of GPUs here.
#   - The script trains on the hybrid set of 376k rows, the tables tell of 200k tasks: sft_hybrid here, which
#     adds to sft_verified an unverified answer where verification alone failed. sft_verified has none of these.
#   - Answers were said to be dropped beyond 25k tokens, yet the longest has 33,144: what is beyond MAX_LENGTH
#     is dropped here, not cut, for a cut answer has lost its program.
set -euo pipefail

: "${MODEL:?the model to train: a folder or its id on the Hub}"
: "${DATA:?the export, or HF::ORG/NAME:sft_hybrid}"
: "${OUT:?the folder for checkpoints}"
export NPROC_PER_NODE="${NPROC_PER_NODE:-8}" NNODES="${NNODES:-1}" NODE_RANK="${NODE_RANK:-0}"
export MASTER_ADDR="${MASTER_ADDR:-127.0.0.1}" MASTER_PORT="${MASTER_PORT:-29500}"
BATCH="${BATCH:-128}"
PER_DEVICE="${PER_DEVICE:-1}"
MAX_LENGTH="${MAX_LENGTH:-32768}"
together=$((NPROC_PER_NODE * NNODES * PER_DEVICE))
if ((BATCH % together)); then
  echo "a batch of $BATCH cannot be shared out by $together sequences at once: set BATCH or PER_DEVICE" >&2
  exit 2
fi

command=(
  swift sft
  --model "$MODEL"
  --use_hf true
  --dataset "$DATA"
  --output_dir "$OUT"
  --tuner_type full
  --torch_dtype bfloat16
  --attn_impl flash_attn
  --deepspeed zero3
  --max_length "$MAX_LENGTH"
  --truncation_strategy delete
  --num_train_epochs 8
  --per_device_train_batch_size "$PER_DEVICE"
  --gradient_accumulation_steps "$((BATCH / together))"
  --learning_rate 5e-5
  --lr_scheduler_type cosine
  --warmup_ratio 0.03
  --weight_decay 0.1
  --gradient_checkpointing true
  --save_strategy epoch
  --save_only_model true
  --logging_steps 10
  --dataset_num_proc 8
  --dataloader_num_workers 4
  "$@"
)
if [[ "${DRY_RUN:-}" ]]; then
  printf '%s\n' "${command[@]}"
else
  exec "${command[@]}"
fi

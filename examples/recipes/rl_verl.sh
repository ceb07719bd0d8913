#!/usr/bin/env bash
# RL (GRPO) with verl, as published for X-Coder on Qwen2.5; rl_verl_qwen3.sh has the settings for Qwen3.
#
#   MODEL=checkpoints/sft DATA=rl.parquet OUT=checkpoints/rl bash rl_verl.sh [MORE OVERRIDES]
#
# DATA is `synthsmith export ORG/NAME --to verl`, or files of the published config `rl`, which verl reads as they
# are: DATA='[a.parquet,b.parquet]'. On several nodes set NNODES, NODE_RANK and MASTER_ADDR on each, and run this
# on each: it makes a Ray cluster of them, and the node of rank 0 trains.
#
# Where the publication contradicts itself, or its scripts do not do what is meant:
#   - Learning rate: 7e-5 in the paper, 4e-7 in the script, 5e-7 in the name of an older run. 7e-5 is most likely a
#     slip; the script's value is taken.
#   - Batch: 128 in the paper, 512 with mini-batches of 128 in this script, 128 in that for Qwen3.
#   - The data lie sorted by pass rate, but the scripts leave data.shuffle at its default, which is true: the order
#     was never followed. Here it is.
#   - The script names rl_tasks_easy.parquet, which is not in the published data.
#   - Reward: -2 without a program, else 5 x the share of passed tests. GRPO divides by the spread of a group, so
#     1 x the share and -0.4 give the same advantages, and read as shares.
#   - In the released reward, one answer without a program shifts the rewards of all others in its batch, every
#     answer is tried on other ten tests of its own, and a failed judge counts as wrong answers. None of that here.
#   - No program is tried on more than what its row says: time, memory and checker come with the data.
set -euo pipefail

: "${MODEL:?the model to train: a folder or its id on the Hub}"
: "${DATA:?the export, or a list of Parquet files}"
: "${OUT:?the folder for checkpoints}"
VALIDATION="${VALIDATION:-$DATA}"
NNODES="${NNODES:-1}" NODE_RANK="${NODE_RANK:-0}" GPUS="${GPUS:-8}"
MASTER_ADDR="${MASTER_ADDR:-127.0.0.1}" RAY_PORT="${RAY_PORT:-6379}"
LEARNING_RATE="${LEARNING_RATE:-4e-7}"
BATCH="${BATCH:-512}"
MINI_BATCH="${MINI_BATCH:-128}"
PROMPT_TOKENS="${PROMPT_TOKENS:-2500}"
RESPONSE_TOKENS="${RESPONSE_TOKENS:-30196}"
CLIP_HIGH="${CLIP_HIGH:-0.28}"
EPOCHS="${EPOCHS:-3}"
REWARD_PROCESSES="${REWARD_PROCESSES:-8}"  # each with a sandbox of SANDBOX_WORKERS, unless JUDGE_URL is set
SANDBOX_WORKERS="${SANDBOX_WORKERS:-4}"
longest=$((PROMPT_TOKENS + RESPONSE_TOKENS))
reward=reward.custom_reward_function

command=(
  python3 -m verl.trainer.main_ppo
  algorithm.adv_estimator=grpo
  algorithm.use_kl_in_reward=False
  "data.train_files=$DATA"
  "data.val_files=$VALIDATION"
  data.shuffle=False
  "data.train_batch_size=$BATCH"
  "data.max_prompt_length=$PROMPT_TOKENS"
  "data.max_response_length=$RESPONSE_TOKENS"
  data.filter_overlong_prompts=True
  data.truncation=error
  "actor_rollout_ref.model.path=$MODEL"
  actor_rollout_ref.model.enable_gradient_checkpointing=True
  actor_rollout_ref.model.use_remove_padding=True
  "actor_rollout_ref.actor.optim.lr=$LEARNING_RATE"
  "actor_rollout_ref.actor.ppo_mini_batch_size=$MINI_BATCH"
  actor_rollout_ref.actor.use_dynamic_bsz=True
  "actor_rollout_ref.actor.ppo_max_token_len_per_gpu=$longest"
  actor_rollout_ref.actor.use_kl_loss=False
  actor_rollout_ref.actor.entropy_coeff=0
  actor_rollout_ref.actor.clip_ratio_low=0.2
  "actor_rollout_ref.actor.clip_ratio_high=$CLIP_HIGH"
  actor_rollout_ref.rollout.name=vllm
  actor_rollout_ref.rollout.n=8
  actor_rollout_ref.rollout.temperature=1.0
  actor_rollout_ref.rollout.tensor_model_parallel_size=1
  actor_rollout_ref.rollout.gpu_memory_utilization=0.7
  "actor_rollout_ref.rollout.max_model_len=$longest"
  "actor_rollout_ref.rollout.max_num_batched_tokens=$longest"
  "reward.num_workers=$REWARD_PROCESSES"
  "$reward.path=pkg://synthsmith.verification.rewards"
  "$reward.name=compute_score_async"
  "+$reward.reward_kwargs.scale=share"
  "+$reward.reward_kwargs.no_program=-0.4"
  "+$reward.reward_kwargs.workers=$SANDBOX_WORKERS"
  # A fault of the judge's own counts as this score and is told by reward_extra_info.judge_fault. Without
  # on_fault it ends the run.
  "+$reward.reward_kwargs.on_fault=0.0"
  ${JUDGE_URL:+"+$reward.reward_kwargs.judge_url=$JUDGE_URL"}
  "trainer.nnodes=$NNODES"
  "trainer.n_gpus_per_node=$GPUS"
  "trainer.total_epochs=$EPOCHS"  # the paper tells of 270 steps; trainer.total_training_steps=270 ends there
  trainer.save_freq=20
  trainer.test_freq=-1
  trainer.val_before_train=False
  "trainer.logger=[console]"
  trainer.project_name=synthsmith
  trainer.experiment_name=rl
  "trainer.default_local_dir=$OUT"
  "$@"
)
if [[ "${DRY_RUN:-}" ]]; then
  printf '%s\n' "${command[@]}"
  exit
fi
if ((NNODES > 1)); then
  if ((NODE_RANK > 0)); then
    exec ray start --address="$MASTER_ADDR:$RAY_PORT" --num-gpus="$GPUS" --block
  fi
  ray start --head --port="$RAY_PORT" --num-gpus="$GPUS"
  trap 'ray stop' EXIT
fi
"${command[@]}"

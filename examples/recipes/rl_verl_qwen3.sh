#!/usr/bin/env bash
# RL (GRPO) with verl, as published for X-Coder on Qwen3-8B: rl_verl.sh with other numbers, on two nodes.
#
# What is in the released script and not here: a repetition penalty of 1.15 in rollouts. The agent loop of verl 0.9
# fixes it at 1. The paper says that no KL term was used, the script sets one (0.01, low_var_kl); the script is followed.
set -euo pipefail

export LEARNING_RATE="${LEARNING_RATE:-3e-7}" BATCH="${BATCH:-128}" MINI_BATCH="${MINI_BATCH:-128}"
export PROMPT_TOKENS="${PROMPT_TOKENS:-2048}" RESPONSE_TOKENS="${RESPONSE_TOKENS:-30720}"
export CLIP_HIGH="${CLIP_HIGH:-0.2}" EPOCHS="${EPOCHS:-5}" NNODES="${NNODES:-2}"
exec bash "$(dirname "${BASH_SOURCE[0]}")/rl_verl.sh" \
  actor_rollout_ref.actor.use_kl_loss=True \
  actor_rollout_ref.actor.kl_loss_coef=0.01 \
  actor_rollout_ref.actor.kl_loss_type=low_var_kl \
  "$@"

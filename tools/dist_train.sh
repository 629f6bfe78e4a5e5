#!/usr/bin/env bash
# Train with several processes on one node or more: tools/dist_train.sh CONFIG GPUS [ARGS OF tools/train.py]
# GPUS is the number of processes on this node (on a machine without GPU: gloo on the CPU).
# Several nodes: run it on each, with NNODES, NODE_RANK and MASTER_ADDR set (and PORT, if 29500 is taken).
set -euo pipefail
if [ $# -lt 2 ]; then
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
fi
CONFIG=$1 GPUS=$2
exec "${PYTHON:-python}" -m torch.distributed.run \
  --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$GPUS" \
  --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
  "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "${@:3}"

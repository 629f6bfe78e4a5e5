#!/usr/bin/env bash
# What slurm_train.sh and slurm_test.sh share: PARTITION JOB_NAME SCRIPT [ARGS], as one torchrun on each node.
set -euo pipefail
PARTITION=$1 JOB_NAME=$2
SCRIPT="$(cd "$(dirname "$0")" && pwd)/$3"
GPUS=${GPUS:-4}
GPUS_PER_NODE=${GPUS_PER_NODE:-$((GPUS < 8 ? GPUS : 8))}
if ((GPUS % GPUS_PER_NODE)); then
  echo "GPUS=$GPUS is no multiple of GPUS_PER_NODE=$GPUS_PER_NODE" >&2
  exit 2
fi
NODES=$((GPUS / GPUS_PER_NODE))
export PORT=${PORT:-29500} GPUS_PER_NODE SCRIPT PYTHON=${PYTHON:-python}
# The first host of the job is the meeting point; each node has its number from Slurm.
# shellcheck disable=SC2016,SC2086
exec srun -p "$PARTITION" --job-name="$JOB_NAME" --nodes="$NODES" --ntasks="$NODES" --ntasks-per-node=1 \
  --gres="gpu:$GPUS_PER_NODE" --cpus-per-task="$((${CPUS_PER_TASK:-5} * GPUS_PER_NODE))" \
  --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
  bash -c 'exec "$PYTHON" -m torch.distributed.run \
    --nnodes="$SLURM_NNODES" --node_rank="$SLURM_NODEID" --nproc_per_node="$GPUS_PER_NODE" \
    --master_addr="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)" --master_port="$PORT" \
    "$SCRIPT" "$@" --launcher pytorch' _ "${@:4}"

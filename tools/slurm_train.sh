#!/usr/bin/env bash
# Train on a Slurm cluster: [GPUS=8 GPUS_PER_NODE=8 CPUS_PER_TASK=5 SRUN_ARGS=...] \
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGS OF tools/train.py]
# One torchrun a node. Slurm's SIGTERM before a time limit (SRUN_ARGS="--signal=TERM@120") ends the iteration and writes a
# checkpoint; the same command with --resume continues, on another number of GPUs too.
set -euo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
fi
exec bash "$(dirname "$0")/_slurm.sh" "$1" "$2" train.py "${@:3}"

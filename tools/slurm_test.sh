#!/usr/bin/env bash
# Test on a Slurm cluster: [GPUS=8 GPUS_PER_NODE=8 CPUS_PER_TASK=5 SRUN_ARGS=...] \
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [ARGS OF tools/test.py]
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,3s/^# //p' "$0" >&2
  exit 2
fi
exec bash "$(dirname "$0")/_slurm.sh" "$1" "$2" test.py "${@:3}"

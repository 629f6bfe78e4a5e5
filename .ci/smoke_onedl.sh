#!/usr/bin/env bash
# The maintained forks (onedl-mmcv, -mmengine, -mmsegmentation, -mmpretrain): `bash .ci/smoke_onedl.sh`.
# Installs them into an environment of its own (python3.11, or PYTHON=...), trains, resumes and tests on a few
# generated streets, and runs the tests of safe loading. No GPU. The last line is "onedl smoke: ok".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
step() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 MPLBACKEND=Agg PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PROGRESS_BAR=off
unset PYTHONPATH

step install
"${PYTHON:-python3.11}" -m venv "$scratch/venv"
source "$scratch/venv/bin/activate"
pip install --quiet torch==2.14.1 torchvision==0.29.1
# Without compiled operators; from source, where no wheel fits.
MMCV_WITH_OPS=0 pip install --quiet onedl-mmcv==2.3.6 onedl-mmengine==0.10.12 \
  onedl-mmsegmentation==1.4.2 onedl-mmpretrain==1.3.6
pip install --quiet albumentations==2.0.8 opencv-python==5.0.0.93 opencv-python-headless==5.0.0.93 \
  'setuptools>=77,<82' ftfy regex prettytable tensorboard pytest scikit-image
# --no-deps: our requirements name the stock distributions.
pip install --quiet --no-deps -e .

step versions
python --version
pip list 2>/dev/null | grep -i -E '^(onedl|torch|numpy|opencv|albumentations|sympie)'

data=$scratch/data work=$scratch/work
frozen_config=configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py
sympie_config=configs/streets/sympie_streets_1xb4-400.py
options=(model.backbone.base_channels=8 model.decode_head.in_channels=64)
options+=("test_dataloader.dataset.datasets.0.data_root=$data/cityscapes")
for index in 1 2 3 4; do
  options+=("test_dataloader.dataset.datasets.$index.data_root=$data/acdc")
done
for part in train val test; do
  options+=("${part}_dataloader.num_workers=0" "${part}_dataloader.persistent_workers=False")
done
for part in train val; do
  options+=("${part}_dataloader.dataset.data_root=$data/cityscapes")
done
short=(train_dataloader.batch_size=2 default_hooks.checkpoint.interval=2 default_hooks.logger.interval=1)
small=("train_dataloader.dataset.pipeline.2.scale=(128,64)" "model.data_preprocessor.size=(64,128)")
small+=("train_dataloader.dataset.pipeline.3.crop_size=(64,128)")

# Runs a command; shows the lines that match, or everything if it fails.
quiet() {
  local pattern=$1
  shift
  "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  grep -E "$pattern" "$scratch/log" || { cat "$scratch/log"; echo "MISSING: $pattern"; exit 1; }
}

step generate streets
quiet 'scenes written' python tools/generate_streets.py "$data" --size 128 64 --train 8 --val 3 --adverse 2 --workers 1

step train the network to be frozen, 6 iterations
quiet 'Iter\(val\)' python tools/train.py "$frozen_config" --work-dir "$work/frozen" \
  --cfg-options "${options[@]}" "${short[@]}" "${small[@]}" train_cfg.max_iters=6 train_cfg.val_interval=6

step train SyMPIE in front of it, 6 iterations
frozen=frozen_checkpoint=$work/frozen/iter_6.pth
quiet 'Iter\(val\)' python tools/train.py "$sympie_config" --work-dir "$work/sympie" \
  --cfg-options "${options[@]}" "${short[@]}" "$frozen" train_cfg.max_iters=6 train_cfg.val_interval=6

step resume for 2 more
quiet 'resumed (from )?epoch|Iter\(train\) +\[ *[78]/8\]' python tools/train.py "$sympie_config" --resume \
  --work-dir "$work/sympie" \
  --cfg-options "${options[@]}" "${short[@]}" "$frozen" train_cfg.max_iters=8 train_cfg.val_interval=8
test -f "$work/sympie/iter_8.pth"

step test
quiet 'Iter\(test\)' python tools/test.py "$sympie_config" "$work/sympie/iter_8.pth" --work-dir "$work/test" \
  --cfg-options "${options[@]}"

step a hostile checkpoint is refused and nothing is run
python - "$scratch" <<'PYTHON'
import os, sys, torch

class Hostile:
    def __reduce__(self):
        return os.system, (f"touch {sys.argv[1]}/executed",)

torch.save(dict(state_dict={}, extra=Hostile()), f"{sys.argv[1]}/hostile.pth")
PYTHON
refused=0
python tools/test.py "$sympie_config" "$scratch/hostile.pth" --work-dir "$work/hostile" \
  --cfg-options "${options[@]}" >"$scratch/log" 2>&1 || refused=1
grep 'Nothing was run' "$scratch/log"
test "$refused" = 1
test ! -e "$scratch/executed"

step tests of the repairs
pytest -q -p no:cacheprovider tests/upstream

step all
echo "onedl smoke: ok"

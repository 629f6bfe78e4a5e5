#!/usr/bin/env bash
# Installs everything into .venv and runs the embedded default: generated streets, a network trained on clear
# weather, SyMPIE trained in front of it, and a table of what the enhancer gained. PYTHON chooses the interpreter.
# Options go to `sympie-seg demo`. Without the CUDA libraries (less than half of it to download), from PyTorch's own index:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu bash tools/quickstart.sh
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ]; then
  "${PYTHON:-python3}" -m venv .venv
fi
cat <<'TEXT'
Installing into .venv, only wheels. On Linux with an x86 processor pip downloads about 3.5 GB, which take 5.5 GB on
disk; 3 GB of the download is PyTorch with its CUDA libraries (PyPI has no wheel without them). Without a GPU, leave
them out: stop, and start with PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu in front of the same command.
Here it took 3 minutes with a quick connection. Log: .venv/install.log
TEXT
pip() { .venv/bin/python -m pip install --log .venv/install.log --disable-pip-version-check "$@"; }
pip -r requirements.txt
pip -e '.[cls,export,dev]'
.venv/bin/sympie-seg doctor
.venv/bin/sympie-seg demo "$@"

#!/usr/bin/env bash
# Installs everything into .venv and runs the embedded default: generated streets, a network trained on clear
# weather, SyMPIE trained in front of it, and a table of what the enhancer gained. PYTHON chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ]; then
  "${PYTHON:-python3}" -m venv .venv
fi
.venv/bin/python -m pip install --quiet -r requirements.txt
.venv/bin/python -m pip install --quiet -e '.[cls,export,dev]'
.venv/bin/sympie-seg doctor
.venv/bin/python tools/demo.py "$@"

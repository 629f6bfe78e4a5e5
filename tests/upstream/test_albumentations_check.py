"""albumentations must not look for a newer release when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys

from sympie_seg.upstream.albumentations_check import silence_albumentations_update_check

VARIABLE = "NO_ALBUMENTATIONS_UPDATE"

PROBE = """
import socket

asked = []
socket.getaddrinfo = lambda *address, **options: asked.append(address)

import sympie_seg
import albumentations

assert not asked, f"looked up {asked}"
import os
print(os.environ["NO_ALBUMENTATIONS_UPDATE"])
"""


class TestSilence:
    def test_import_sets_it_and_asks_nobody(self):
        environment = {key: value for key, value in os.environ.items() if key != VARIABLE}
        done = subprocess.run(
            [sys.executable, "-c", PROBE],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[-1] == "1"

    def test_sets_it(self, monkeypatch):
        monkeypatch.delenv(VARIABLE, raising=False)
        silence_albumentations_update_check()
        assert os.environ[VARIABLE] == "1"

    def test_users_choice_stays(self, monkeypatch):
        monkeypatch.setenv(VARIABLE, "0")
        silence_albumentations_update_check()
        assert os.environ[VARIABLE] == "0"

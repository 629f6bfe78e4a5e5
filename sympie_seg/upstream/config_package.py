"""Let configs inherit ours by ``_base_ = 'sympie_seg::sympie_cs2acdc.py'``.

mmengine refuses that three times over. The names before ``::`` are a table of its own packages; it wants a
folder after ``::`` (``mmseg::unet/...``); and it looks in ``.mim``, which an installed wheel has, but neither a
checkout nor an editable install. So the question where such a config lies is answered here, for the name
``sympie_seg`` only. It has to be answered before the config is read: ``import sympie_seg`` comes in time, the
config's own ``custom_imports`` does not.
"""

from __future__ import annotations

import functools
from difflib import get_close_matches
from pathlib import Path

from mmengine.config import Config

__all__ = ["MOVED_CONFIGS", "config_folder", "make_configs_known", "successor_of"]

#: Old path below ``configs/`` -> new path. CHANGELOG.md lists them too.
MOVED_CONFIGS = {
    "deeplabv2/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py": (
        "camvid/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py"
    ),
    "deeplabv2/deeplabv2_r50-d8_4xb2-40k_cityscapes-512x512.py": (
        "deeplabv2_r50-d8_4xb2-40k_cityscapes-512x512.py"
    ),
}

PREFIX = "sympie_seg::"
_MARK = "knows_sympie_seg"
_PACKAGE = Path(__file__).resolve().parents[1]


def config_folder() -> Path:
    """Find our configs: in the installed wheel, or beside the package in a checkout.

    Raises:
        FileNotFoundError: if there are none.
    """
    candidates = [_PACKAGE / ".mim" / "configs", _PACKAGE.parent / "configs"]
    for candidate in candidates:
        if (candidate / "_base_" / "default_runtime.py").is_file():
            return candidate
    raise FileNotFoundError(
        f"sympie_seg has no configs in '{candidates[0]}' nor in '{candidates[1]}': install it again"
    )


def make_configs_known() -> None:
    """Teach mmengine where ``sympie_seg::...`` lies; safe to call more than once.

    Only ``Config._get_cfg_path`` of this process is wrapped; every other name goes to mmengine's own.
    """
    original = Config._get_cfg_path
    if getattr(original, _MARK, False):
        return

    @functools.wraps(original)
    def get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        if not cfg_path.startswith(PREFIX):
            result: tuple[str, str | None] = original(cfg_path, filename)
            return result
        # No scope, as for a base in the same folder: our classes are registered with mmseg, not under a
        # registry of our own, so a `_scope_` of ours would be one that mmengine does not find.
        return str(_find(cfg_path.removeprefix(PREFIX))), None

    setattr(get_cfg_path, _MARK, True)
    Config._get_cfg_path = staticmethod(get_cfg_path)


def successor_of(path: str) -> str | None:
    """Give the new path of a config that moved; None for every other path."""
    for old, new in MOVED_CONFIGS.items():
        if Path(path).as_posix().endswith(f"configs/{old}"):
            return Path(path).as_posix().removesuffix(old) + new
    return None


def _find(name: str) -> Path:
    """Find one config by its path below the folder.

    Raises:
        FileNotFoundError: if there is none of that name; the message lists the closest ones.
    """
    folder = config_folder()
    if (folder / name).is_file():
        return folder / name
    if name in MOVED_CONFIGS:
        raise FileNotFoundError(f"'{name}' has moved: use {PREFIX}{MOVED_CONFIGS[name]}")
    known = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    close = get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(PREFIX + c for c in close)}?" if close else f"see '{folder}'"
    raise FileNotFoundError(f"sympie_seg has no config '{name}'; {hint}")

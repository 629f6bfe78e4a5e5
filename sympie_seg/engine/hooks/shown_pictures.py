"""Pictures for every backend of a visualizer."""

from __future__ import annotations

import os.path as osp
from typing import Any

import numpy as np
from mmengine.utils import mkdir_or_exist
from mmengine.visualization import LocalVisBackend

__all__ = ["show_picture"]


def show_picture(visualizer: Any, name: str, picture: np.ndarray, step: int) -> None:
    """Call ``visualizer.add_image``, in a way that leaves the picture on the disk too.

    TensorBoard groups pictures by what stands before a slash in their name. mmengine's LocalVisBackend makes no
    folder for it, and OpenCV writes nothing and says nothing then.

    Args:
        visualizer: mmengine's.
        name: such as 'validation/00'.
        picture: RGB uint8 (H, W, 3).
        step: iteration.
    """
    for backend in getattr(visualizer, "_vis_backends", {}).values():
        if isinstance(backend, LocalVisBackend):
            _ = backend.experiment  # decides on its folder
            mkdir_or_exist(osp.join(backend._img_save_dir, osp.dirname(name)))
    visualizer.add_image(name, picture, step)

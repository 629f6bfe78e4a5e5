"""An enhancer file as the start of a training."""

from __future__ import annotations

import os

from mmengine.registry import MODELS

from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.enhancer.loading import forget_inference_options

__all__ = ["SyMPIEFromFile"]


@MODELS.register_module()
def SyMPIEFromFile(
    path: str | os.PathLike[str],
    thumbnail_resize: int | None = None,
    thumbnail_crop: int | None = None,
    norm_eval: bool = False,
    frozen_stem: bool = False,
) -> SyMPIE:
    """Give the enhancer of a file, to continue its training.

    ``enhancer=dict(type='SyMPIEFromFile', path=FILE)`` in a config differs from ``enhancer=FILE``: a
    checkpoint that is loaded later replaces it, as it should where the checkpoint comes from that training. The file's
    own strength is not kept, in a test of such a checkpoint either
    (:func:`sympie_seg.enhancer.loading.forget_inference_options`).

    NEM's weights fit thumbnails of any size. A first part of a training may read smaller ones, which costs less; the
    last part should read the size of use, since the border of a small thumbnail weighs more.

    Args:
        path: an enhancer file.
        thumbnail_resize: short side of the resized image, in pixels, in place of the file's.
        thumbnail_crop: side of the thumbnail cut out of it, in pixels, in place of the file's.
        norm_eval: keep NEM's BatchNorm in eval mode: it trains with the file's statistics, with which it is used too.
        frozen_stem: keep NEM's first convolution and its BatchNorm as they are, which saves a third of a step.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it holds no enhancer, or the thumbnail is too small or too large.
    """
    enhancer = load_enhancer(path)[0]
    wanted = {"thumbnail_resize": thumbnail_resize, "thumbnail_crop": thumbnail_crop}
    changed = {name: size for name, size in wanted.items() if size is not None}
    if changed:
        resized = SyMPIE(**{**enhancer.config, **changed})
        resized.load_state_dict(enhancer.state_dict())
        enhancer = resized
    enhancer.nem.norm_eval, enhancer.nem.frozen_stem = norm_eval, frozen_stem
    return forget_inference_options(enhancer)

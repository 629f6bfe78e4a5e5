"""The frozen network of a config, for pictures that are in no dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from sympie_seg.comparison.network import NetworkUnderTest, checkpoint_of
from sympie_seg.comparison.picture_pipeline import first_test_set, metainfo, picture_steps
from sympie_seg.engine.hooks.prediction_strip_hook import prediction_of
from sympie_seg.models.enhancers import NoEnhancer
from sympie_seg.models.torch_network import FROM_FACTORY
from sympie_seg.visualization import voc_palette

__all__ = ["Predictor", "load_predictor"]

_LOADERS = ("LoadImageFromFile", "mmcv.LoadImageFromFile")


class Predictor:
    """A segmentation network behind one enhancer after another.

    Args:
        cfg: a test config, whose first test set tells the pipeline and the classes.
        checkpoint: of the network.

    Attributes:
        classes: their names.
        palette: their colours, RGB 0..255.

    Raises:
        ValueError: if the config has no test pipeline that loads pictures, or the checkpoint does not fit.
    """

    def __init__(self, cfg: Config, checkpoint: str) -> None:
        init_default_scope(cfg.get("default_scope", "mmseg"))
        part = first_test_set(cfg)
        steps = picture_steps(part)
        if not steps or steps[0]["type"] not in _LOADERS:
            raise ValueError("the config's test pipeline does not begin with LoadImageFromFile")
        self.model = NetworkUnderTest(cfg, checkpoint).model
        self.pipeline = Compose([dict(type="LoadImageFromNDArray"), *steps[1:]])
        meta = metainfo(part)
        self.classes = tuple(map(str, meta.get("classes") or ()))
        palette = meta.get("palette") or voc_palette(len(self.classes))
        self.palette = tuple(tuple(map(int, colour)) for colour in palette)

    @torch.no_grad()
    def predict(self, image: np.ndarray, enhancer: nn.Module | None = None) -> np.ndarray:
        """Predict as in a test of the config, with another enhancer.

        Args:
            image: RGB uint8 (H, W, 3).
            enhancer: maps ImageNet-normalised RGB to the same. Defaults to None: the network alone.

        Returns:
            Class of each pixel, integers (H, W).

        Raises:
            ValueError: if the network does not segment.
        """
        packed = self.pipeline(dict(img=np.ascontiguousarray(image[..., ::-1])))
        batch = dict(inputs=[packed["inputs"]], data_samples=[packed["data_samples"]])
        preprocessor = self.model.data_preprocessor
        plain = preprocessor.enhancer
        preprocessor.enhancer = NoEnhancer() if enhancer is None else enhancer
        try:
            sample = self.model.test_step(batch)[0]
        finally:
            preprocessor.enhancer = plain
        labels = prediction_of(sample, self.classes)
        if isinstance(labels, str):
            raise ValueError("its network classifies; the app shows networks that segment")
        return labels


def load_predictor(config: str, checkpoint: str | None) -> Predictor:
    """Read a config and build its network.

    Raises:
        FileNotFoundError: if the config or the checkpoint is missing.
        ValueError: if they do not fit, or the network does not segment; the message names the config.
    """
    if not Path(config).is_file():
        raise FileNotFoundError(f"there is no config '{config}'")
    try:
        cfg = Config.fromfile(config)
        weights = checkpoint_of(cfg, checkpoint)
        is_file = "://" not in weights and weights != FROM_FACTORY
        if is_file and not Path(weights).is_file():
            raise FileNotFoundError(
                f"there is no checkpoint '{weights}': name it behind the config"
            )
        predictor = Predictor(cfg, weights)
        predictor.predict(np.full((256, 512, 3), 128, np.uint8))
    except (ValueError, KeyError, AttributeError, SyntaxError, RuntimeError) as error:
        raise ValueError(f"'{config}' cannot be used: {error}") from error
    return predictor

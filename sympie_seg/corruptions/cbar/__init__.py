"""The ten corruptions of ImageNet-C-bar (Mintun et al., 2021).

From "On Interaction Between Augmentations and Corruptions in Natural Corruption Robustness". The
formulas and all severities are those of the published generator (facebookresearch/
augmentation-corruption: imagenet_c_bar.csv), the code is our own. Random numbers are not the same,
so images agree in kind, not pixel by pixel. Patterns are defined at 224 x 224 and grow with the
shorter side of larger images.

Example:
    >>> import numpy as np
    >>> from sympie_seg.corruptions.cbar import CBAR_CORRUPTIONS, PUBLISHED_FOLDERS
    >>> image = np.full((8, 8, 3), 100, dtype=np.uint8)
    >>> CBAR_CORRUPTIONS["sparkles"](image, 1, np.random.default_rng(0)).shape
    (8, 8, 3)
    >>> PUBLISHED_FOLDERS["concentric_sine_waves"]
    'cocentric_sine_waves'
"""

from __future__ import annotations

from sympie_seg.corruptions._common import Corruption
from sympie_seg.corruptions.cbar import lights, noises, patterns, refraction
from sympie_seg.corruptions.cbar.refraction import caustic_maps

__all__ = ["CBAR_CORRUPTIONS", "PUBLISHED_FOLDERS", "caustic_maps"]

#: Name to function, in the order of the published list.
CBAR_CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (
        noises.blue_noise_sample,
        noises.brownish_noise,
        refraction.caustic_refraction,
        patterns.checkerboard_cutout,
        patterns.concentric_sine_waves,
        lights.inverse_sparkles,
        noises.perlin_noise,
        noises.plasma_noise,
        patterns.single_frequency_greyscale,
        lights.sparkles,
    )
}

_MISSPELT = {"concentric_sine_waves": "cocentric_sine_waves"}

#: Name to folder of the published dataset, where one name is misspelt.
PUBLISHED_FOLDERS: dict[str, str] = {name: _MISSPELT.get(name, name) for name in CBAR_CORRUPTIONS}

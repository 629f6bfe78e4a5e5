"""Small synthetic street scenes in clear weather, fog, night, rain and snow.

The default data of the toolkit: NumPy and OpenCV only, the 19 Cityscapes classes, files in the
layouts of Cityscapes, ACDC and Dark Zurich. A scene follows from its `SceneKey` alone.

    keys -> layout (metres; people, two_wheelers, vehicles, furniture, frontage build its parts)
         -> canvas (pixels: albedo, label, depth, orientation, own light; ground, textures)
         -> lighting -> clear image, or fog / night / rain / snow -> writers
"""

from __future__ import annotations

from .conditions import CONDITIONS, apply_condition
from .keys import SceneKey
from .scene import Scene, render_scene
from .writers import GENERATOR_VERSION, write_acdc, write_cityscapes, write_dark_zurich

__all__ = [
    "CONDITIONS",
    "GENERATOR_VERSION",
    "Scene",
    "SceneKey",
    "apply_condition",
    "render_scene",
    "write_acdc",
    "write_cityscapes",
    "write_dark_zurich",
]

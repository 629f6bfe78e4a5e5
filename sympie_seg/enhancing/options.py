"""What is asked for when files are enhanced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sympie_seg.enhancer.parameters import check_strength
from sympie_seg.enhancing.record import FORMATS
from sympie_seg.enhancing.sound import check_ffmpeg

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What is enhanced, how, and where the results go.

    Attributes:
        input: picture, video or folder.
        output: file to write or folder to fill.
        enhancer: enhancer file or short name; None for the default.
        strength: how far predictions are followed, in [0, 2]; None for the enhancer file's own.
        device: such as 'cpu' or 'cuda:1'; None for CUDA where there is one.
        parameters: .csv or .json file for the 37 numbers of each; None for no file.
        overwrite: do files again whose result is there.
        suffix: format to write pictures (or videos) in, such as '.png'; None for that of each.
        jpeg_quality: 0 to 100.
        smooth: weight of the past frames' parameters in a video, in [0, 1).
        fps: frames per second of videos; None for the source's.
        codec: four letters; None for what the suffix asks for.
        audio: 'drop' or 'copy'.

    Raises:
        ValueError: if an option cannot be used; the message names it as the command line does, and the fix.
    """

    input: Path
    output: Path
    enhancer: Path | None = None
    strength: float | None = None
    device: str | None = None
    parameters: Path | None = None
    overwrite: bool = False
    suffix: str | None = None
    jpeg_quality: int = 95
    smooth: float = 0.0
    fps: float | None = None
    codec: str | None = None
    audio: str = "drop"

    def __post_init__(self) -> None:
        """Check what needs nothing to be loaded."""
        if self.parameters and self.parameters.suffix.lower() not in FORMATS:
            raise ValueError(f"--parameters must end in .csv or .json, got '{self.parameters}'")
        if not 0 <= self.smooth < 1:
            raise ValueError(f"--smooth must lie in [0, 1), got {self.smooth}")
        if self.suffix and not self.suffix.startswith("."):
            raise ValueError(f"--suffix starts with a dot, such as .png; got '{self.suffix}'")
        if self.codec and len(self.codec) != 4:
            raise ValueError(f"--codec has four letters, such as mp4v; got '{self.codec}'")
        if self.audio == "copy":
            check_ffmpeg()
            if self.fps:
                raise ValueError(
                    "--fps changes the times of the frames, --audio copy keeps those of the sound; drop one"
                )
        if self.strength is not None:
            try:
                check_strength(self.strength)
            except ValueError as error:
                raise ValueError(f"--strength: {error}") from None

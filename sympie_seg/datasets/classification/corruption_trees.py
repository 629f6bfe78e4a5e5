"""Where the images of a published corruption benchmark lie: one folder for each corruption and severity."""

from __future__ import annotations

import os.path as osp
from dataclasses import dataclass, field

from mmengine import fileio

from sympie_seg.corruptions import GROUPS

__all__ = ["BENCHMARKS", "Benchmark", "find_severity_folder"]


@dataclass(frozen=True)
class Benchmark:
    """A published set of corrupted copies of ImageNet's validation images.

    Attributes:
        name: of the dataset, for tables and messages.
        corruptions: their names here, in the order of its tables.
        source: where to get it.
        images: published number of images of each corruption and severity, or None if not known for certain.
        on_disk: names of folders that differ from ours.
        categories: folders that may lie above the corruptions', after the archives.
    """

    name: str
    corruptions: tuple[str, ...]
    source: str
    images: int | None = None
    on_disk: dict[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()

    def folders(self, corruption: str) -> tuple[str, ...]:
        """Possible names of a corruption's folder, the published one first."""
        return tuple(dict.fromkeys((self.on_disk.get(corruption, corruption), corruption)))


BENCHMARKS = {
    "imagenet-c": Benchmark(
        "ImageNet-C",
        (*GROUPS["imagenet_c"], *GROUPS["imagenet_c_extra"]),
        "Zenodo 2235448 (archives noise, blur, weather, digital, extra)",
        50_000,
        categories=("noise", "blur", "weather", "digital", "extra"),
    ),
    "imagenet-c-bar": Benchmark(
        "ImageNet-C-bar",
        GROUPS["imagenet_c_bar"],
        "dl.fbaipublicfiles.com/inc_bar/imagenet_c_bar.tar.gz (facebookresearch/augmentation-corruption)",
        on_disk={"concentric_sine_waves": "cocentric_sine_waves"},
    ),
}


def find_severity_folder(root: str, benchmark: Benchmark, corruption: str, severity: int) -> str:
    """Find ``<root>/<corruption>/<severity>`` or ``<root>/<category>/<corruption>/<severity>``.

    Args:
        root: folder of the benchmark.
        benchmark: which one.
        corruption: its name here, such as 'concentric_sine_waves', whatever the folder is called.
        severity: 1 to 5.

    Returns:
        The folder relative to the root.

    Raises:
        FileNotFoundError: if there is none; the message says what was found instead.
        ValueError: if the benchmark has no such corruption, or there are several such folders.
    """
    if corruption not in benchmark.corruptions:
        raise ValueError(
            f"{benchmark.name} has no corruption {corruption!r}; it has: {', '.join(benchmark.corruptions)}"
        )
    if not fileio.isdir(root):
        raise FileNotFoundError(
            f"folder '{root}' (data_root) does not exist. {_expected(benchmark, root)}"
        )
    names = benchmark.folders(corruption)
    above = ("", *(f for f in _folders(root) if f not in benchmark.corruptions))
    existing = [osp.join(a, n) for a in above for n in names if fileio.isdir(osp.join(root, a, n))]
    if len(existing) > 1:
        raise ValueError(
            f"{corruption} is in several folders of '{root}': {', '.join(existing)}. Keep one of them"
        )
    if not existing:
        raise FileNotFoundError(
            f"no folder of {corruption} ('{names[0]}') in '{root}', which holds {_listed(root)}. "
            f"{_expected(benchmark, root)}"
        )
    folder = osp.join(existing[0], str(severity))
    if not fileio.isdir(osp.join(root, folder)):
        raise FileNotFoundError(
            f"no severity {severity} in '{osp.join(root, existing[0])}', which holds "
            f"{_listed(osp.join(root, existing[0]))}. {_expected(benchmark, root)}"
        )
    return folder


def _folders(root: str) -> list[str]:
    return sorted(fileio.list_dir_or_file(root, list_file=False, recursive=False))


def _listed(folder: str) -> str:
    names = sorted(fileio.list_dir_or_file(folder, recursive=False))
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "nothing") + more


def _expected(benchmark: Benchmark, root: str) -> str:
    first = benchmark.folders(benchmark.corruptions[0])[0]
    or_else = f" or {benchmark.categories[0]}/{first}/1/..." if benchmark.categories else ""
    return (
        f"Expected {first}/1/n01440764/*.JPEG{or_else} and so on in data_root (now '{root}'): set it to the folder "
        f"that holds them. Get it: {benchmark.source}"
    )

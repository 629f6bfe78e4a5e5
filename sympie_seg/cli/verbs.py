"""The verbs of ``sympie-seg``: a name, a line of help, and the module that describes and runs each.

Such a module has ``add_arguments(parser)`` and ``run(args)``; its docstring is the description. Importing this one
needs the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["VERBS", "Needs", "Verb"]


class Needs(Enum):
    """What has to be imported before a verb's module."""

    NOTHING = "nothing"  # works where `import sympie_seg` fails
    PACKAGE = "sympie_seg"  # takes mmseg where it is installed
    MMSEG = "mmseg"


@dataclass(frozen=True)
class Verb:
    """One verb.

    Args:
        name: on the command line.
        help: one line in the list of verbs.
        module: below ``sympie_seg.cli``; empty for a group.
        needs: what is imported first.
        one_core: its processes work on one file each, so libraries get one thread each.
        verbs: those of a group, which has no module.
    """

    name: str
    help: str
    module: str = ""
    needs: Needs = Needs.MMSEG
    one_core: bool = False
    verbs: tuple[Verb, ...] = ()


def _converter(name: str, help: str) -> Verb:
    module = f"dataset_converters.{name.replace('-', '_')}"
    return Verb(name, help, module, one_core=True)


_DATASETS = (
    _converter("acdc", "check ACDC, make its labels, write lists by condition"),
    _converter("camvid", "check CamVid"),
    _converter("cityscapes", "check Cityscapes, make its labels"),
    _converter("crops", "cut a classification dataset from a segmentation one"),
    _converter("dark-zurich", "check Dark Zurich, make its labels"),
    _converter("nighttime-driving", "check Nighttime Driving, make its labels"),
    _converter("vizwiz-classification", "check VizWiz-Classification, or a submission"),
)
_MODELS = (
    Verb("clip-to-mmpretrain", "CLIP's RN50", "model_converters.clip_to_mmpretrain"),
    Verb("lsr-deeplabv2-to-mmseg", "DeepLabV2 of LTTM/LSR", "model_converters.lsr_deeplabv2_to_mmseg"),
    Verb(
        "torchvision-to-mmpretrain", "torchvision's classifiers", "model_converters.torchvision_to_mmpretrain"
    ),
)  # fmt: skip

VERBS = (
    Verb("doctor", "print versions, what is wrong and how to fix it", "doctor", Needs.NOTHING),
    Verb("enhance", "enhance pictures or videos; needs no mmseg", "enhance", Needs.NOTHING),
    Verb("app", "try enhancers on a page, on pictures or the camera", "app", Needs.PACKAGE),
    Verb("train", "train a network, or an enhancer in front of a frozen one", "train"),
    Verb("test", "test a network, with or without enhancer", "test"),
    Verb("compare", "test several enhancers on the same images: gains, intervals, cost", "compare"),
    Verb("plug", "write a config with an enhancer in front of its network", "plug"),
    Verb("transfer", "test every enhancer in front of every network", "transfer"),
    Verb("stability", "apply enhancers several times in a row", "stability"),
    Verb("report", "render the HTML report of a comparison again", "report"),
    Verb("visualize", "draw strips: input, enhanced, predictions, ground truth", "visualize"),
    Verb("export", "write an ONNX or torch.export file", "export", Needs.PACKAGE),
    Verb("submission", "write or check an archive for a test server", "submission"),
    Verb("browse-dataset", "draw the samples that a config's pipeline gives", "browse_dataset"),
    Verb("corruption-contact-sheet", "draw every corruption on one photograph", "corruption_contact_sheet"),
    Verb("make-corrupted-dataset", "write a corrupted copy of a dataset", "make_corrupted_dataset"),
    Verb("convert-dataset", "check an unpacked dataset, make the labels it lacks", verbs=_DATASETS),
    Verb("convert-model", "convert published weights", verbs=_MODELS),
    Verb("generate-streets", "generate synthetic streets", "generate_streets", one_core=True),
    Verb("demo", "generate streets, train a network, train SyMPIE, compare", "demo"),
    Verb("demo-classification", "the same for a classifier", "demo_classification"),
)  # fmt: skip

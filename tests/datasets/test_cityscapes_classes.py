"""Which configs test in the classes of Cityscapes."""

from __future__ import annotations

from mmseg.datasets import CityscapesDataset

from sympie_seg.datasets.cityscapes_classes import NAMES, are_tested


def scored(dataset: object) -> bool:
    return are_tested(dict(test_dataloader=dict(dataset=dataset)))


def test_datasets_with_its_classes() -> None:
    for kind in ("CityscapesDataset", "mmseg.CityscapesDataset", "ACDCDataset", CityscapesDataset):
        assert scored(dict(type=kind)), kind
    both = [
        dict(type="ACDCDataset"),
        dict(type="RepeatDataset", dataset=dict(type="CityscapesDataset")),
    ]
    assert scored(dict(type="ConcatDataset", datasets=both))
    assert scored(dict(type="BaseSegDataset", metainfo=dict(classes=list(NAMES))))
    assert are_tested(dict(val_dataloader=dict(dataset=dict(type="CityscapesDataset"))))


def test_other_classes() -> None:
    assert not scored(dict(type="ADE20KDataset"))
    assert not scored(dict(type="CityscapesDataset", metainfo=dict(classes=NAMES[:5])))
    both = [dict(type="CityscapesDataset"), dict(type="ADE20KDataset")]
    assert not scored(dict(type="ConcatDataset", datasets=both))


def test_what_cannot_be_told() -> None:
    assert not are_tested({})
    assert not scored(dict(type="NoSuchDataset"))
    assert not scored(None)

"""One dataset under every corruption and severity, as one test set."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dataset import ConcatDataset
from mmengine.registry import DATASETS

from sympie_seg.corruptions import GROUPS, GridName

__all__ = ["SeverityGridDataset"]


@DATASETS.register_module()
class SeverityGridDataset(ConcatDataset):
    """A ConcatDataset of one dataset under every corruption and severity; conditions are '<corruption>-<severity>'.

    Where the pipeline has a step ``dict(type='Corrupt')``, that step gets the name and the severity (on the fly).
    Otherwise the dataset gets ``corruption`` and ``severity`` (a published tree, such as ImageNetCDataset)::

        dict(
            type='SeverityGridDataset',
            corruptions=['imagenet_c', 'colour'],
            clean=True,
            dataset=dict(
                type='ConditionImageNetDataset', data_root='data/imagenet', data_prefix='val',
                pipeline=[..., dict(type='Corrupt', seed=0), dict(type='PackSyMPIEInputs')]))

    Args:
        dataset (dict): config of the dataset.
        corruptions (str | Sequence[str]): names, or families (:data:`sympie_seg.corruptions.GROUPS`).
        severities (Sequence[int]): from 1 to 5. Defaults to (1, 2, 3, 4, 5).
        clean (bool | dict): the condition 'clean' before all others: the same dataset with severity 0 (True; on the
            fly only), or a dataset of its own. Defaults to False.
        every (int): only every Nth image of each set. Defaults to 1.
        lazy_init (bool): as in mmengine. Defaults to False.
        **kwargs: as in mmengine's ConcatDataset.

    Raises:
        ValueError: if there is nothing to test, a severity does not exist, or ``clean=True`` without ``Corrupt``.
    """

    def __init__(
        self,
        dataset: Mapping[str, Any],
        corruptions: str | Sequence[str],
        severities: Sequence[int] = (1, 2, 3, 4, 5),
        clean: bool | Mapping[str, Any] = False,
        every: int = 1,
        lazy_init: bool = False,
        **kwargs: Any,
    ) -> None:
        if every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        names = _expanded(corruptions)
        wrong = [severity for severity in severities if severity not in range(1, 6)]
        if wrong or not severities or not names:
            raise ValueError(
                f"expected severities from 1 to 5 and at least one corruption, got {list(severities)} and {names}"
            )
        cells = [(name, severity) for name in names for severity in severities]
        configs = [_cell(dataset, name, severity) for name, severity in cells]
        if clean:
            own = _cell(dataset, names[0], 0) if clean is True else dict(clean)
            configs.insert(0, {**own, "condition": "clean"})
        parts = [DATASETS.build(c) for c in configs]
        if every > 1:
            for part in parts:
                part.get_subset_(list(range(0, len(part), every)))
        super().__init__(parts, lazy_init=lazy_init, **kwargs)

    @staticmethod
    def keep_every(config: dict[str, Any], every: int) -> None:
        """Leave every Nth image of each set, in a config; see :func:`sympie_seg.datasets.thinning.keep_every`."""
        config["every"] = every


def _expanded(corruptions: str | Sequence[str]) -> list[str]:
    """Put names in the place of families; each once."""
    given = [corruptions] if isinstance(corruptions, str) else list(corruptions)
    return list(dict.fromkeys(name for word in given for name in GROUPS.get(word, (word,))))


def _cell(dataset: Mapping[str, Any], name: str, severity: int) -> dict[str, Any]:
    config = copy.deepcopy(dict(dataset))
    steps = [step for step in config.get("pipeline", ()) if step.get("type") == "Corrupt"]
    for step in steps:
        step.update(name=name, severity=severity)
    if steps:
        config["condition"] = str(GridName(name, severity))
    elif severity == 0:
        raise ValueError(
            "clean=True needs dict(type='Corrupt') in the pipeline; for a published tree name the clean images: "
            "clean=dict(type='ConditionImageNetDataset', data_root=..., data_prefix='val', pipeline=...)"
        )
    else:
        config.update(corruption=name, severity=severity)
    return config

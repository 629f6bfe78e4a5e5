"""With mmcv-lite every model class can be imported; calling a missing operator names it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from types import ModuleType

import pytest

from sympie_seg.upstream import mmcv_ops
from sympie_seg.upstream.mmcv_ops import MissingOpError, has_compiled_ops

# In a process of its own: other tests may have imported these modules before the repair.
PROBE = """
import json
import sys

import sympie_seg
import mmseg.models
import torch
from mmseg.registry import MODELS
from mmcv import ops
from sympie_seg.upstream.mmcv_ops import MissingOpError

if {with_mmpretrain}:
    import mmpretrain.models

image = torch.zeros(1, 4, 8, 8)
rois = torch.zeros(1, 5)
calls = dict(
    nms=lambda: ops.nms(torch.tensor([[0.0, 0, 1, 1]]), torch.ones(1), 0.5),
    RoIAlign=lambda: ops.RoIAlign(2)(image, rois),
    DeformConv2d=lambda: ops.DeformConv2d(4, 4, 3)(image, torch.zeros(1, 18, 6, 6)),
    PSAMask=lambda: ops.PSAMask("collect", (3, 3))(torch.zeros(1, 9, 8, 8)),
    sigmoid_focal_loss=lambda: ops.sigmoid_focal_loss(torch.zeros(2, 3), torch.zeros(2).long()),
)
answers = dict()
for name, call in calls.items():
    try:
        call()
        answers[name] = None
    except MissingOpError as error:
        answers[name] = str(error)
answers["CrissCrossAttention"] = list(ops.CrissCrossAttention(16)(torch.zeros(1, 16, 4, 4)).shape)
answers["san"] = "SideAdapterCLIPHead" in MODELS
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    if has_compiled_ops():
        pytest.skip("full mmcv is installed; nothing stands in for it")
    code = PROBE.replace("{with_mmpretrain}", str(find_spec("mmpretrain") is not None))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class TestStandIn:
    @pytest.mark.parametrize(
        ("name", "operator"),
        [
            ("nms", "nms"),
            ("RoIAlign", "roi_align_forward"),
            ("DeformConv2d", "deform_conv_forward"),
            ("PSAMask", "psamask_forward"),
            ("sigmoid_focal_loss", "sigmoid_focal_loss_forward"),
        ],
    )
    def test_call_names_operator_and_fix(self, answers, name: str, operator: str):
        assert f"'{operator}'" in answers[name]
        assert "mim install 'mmcv>=2.0.0,<2.2.0'" in answers[name]

    def test_operator_in_plain_pytorch_works(self, answers):
        assert answers["CrissCrossAttention"] == [1, 16, 4, 4]

    def test_models_that_import_ops_are_registered(self, answers):
        assert answers["san"] is True


class TestInstall:
    def test_real_extension_is_kept(self, monkeypatch):
        real = ModuleType("mmcv._ext")
        monkeypatch.setitem(sys.modules, "mmcv._ext", real)
        assert mmcv_ops.has_compiled_ops() is True
        assert mmcv_ops.install_mmcv_ops_stand_in() is False
        assert sys.modules["mmcv._ext"] is real

    def test_twice_is_once(self):
        if has_compiled_ops():
            pytest.skip("full mmcv is installed; nothing stands in for it")
        assert mmcv_ops.install_mmcv_ops_stand_in() is True
        stand_in = sys.modules["mmcv._ext"]
        assert mmcv_ops.install_mmcv_ops_stand_in() is True
        assert sys.modules["mmcv._ext"] is stand_in

    def test_error_is_a_not_implemented_error(self):
        assert issubclass(MissingOpError, NotImplementedError)

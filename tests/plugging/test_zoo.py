"""One config of every family of mmseg's zoo, run beside the stock one; tools/misc/sweep_zoo.py runs them all."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from pathlib import Path

import pytest
from mmengine.config import Config
from zoo import check_config, explain, model_key, offline, zoo_names

from sympie_seg.plugging.sources import find_config
from sympie_seg.upstream.mmcv_ops import MissingOpError, has_compiled_ops

SAMPLE = [
    "ann/ann_r50-d8_4xb2-40k_cityscapes-512x1024",
    "apcnet/apcnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "beit/beit-base_upernet_8xb2-160k_ade20k-640x640",
    "bisenetv1/bisenetv1_r18-d32-in1k-pre_4xb4-160k_cityscapes-1024x1024",
    "bisenetv2/bisenetv2_fcn_4xb4-160k_cityscapes-1024x1024",
    "ccnet/ccnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "cgnet/cgnet_fcn_4xb4-60k_cityscapes-680x680",
    "convnext/convnext-tiny_upernet_8xb2-amp-160k_ade20k-512x512",
    "danet/danet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "ddrnet/ddrnet_23-slim_in1k-pre_2xb6-120k_cityscapes-1024x1024",
    "deeplabv3/deeplabv3_r18b-d8_4xb2-80k_cityscapes-512x1024",
    "deeplabv3plus/deeplabv3plus_r18b-d8_4xb2-80k_cityscapes-512x1024",
    "dmnet/dmnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "dnlnet/dnl_r50-d8_4xb2-40k_cityscapes-512x1024",
    "dpt/dpt_vit-b16_8xb2-160k_ade20k-512x512",
    "dsdl/cityscapes",
    "emanet/emanet_r50-d8_4xb2-80k_cityscapes-512x1024",
    "encnet/encnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "erfnet/erfnet_fcn_4xb4-160k_cityscapes-512x1024",
    "fastfcn/fastfcn_r50-d32_jpu_enc_4xb2-80k_cityscapes-512x1024",
    "fastscnn/fast_scnn_8xb4-160k_cityscapes-512x1024",
    "fcn/fcn_r18b-d8_4xb2-80k_cityscapes-512x1024",
    "gcnet/gcnet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "hrnet/fcn_hr18s_4xb2-160k_cityscapes-512x1024",
    "icnet/icnet_r18-d8-in1k-pre_4xb2-160k_cityscapes-832x832",
    "isanet/isanet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "knet/knet-s3_r50-d8_pspnet_8xb2-adamw-80k_ade20k-512x512",
    "mae/mae-base_upernet_8xb2-amp-160k_ade20k-512x512",
    "mask2former/mask2former_r50_8xb2-90k_cityscapes-512x1024",
    "maskformer/maskformer_r50-d32_8xb2-160k_ade20k-512x512",
    "mobilenet_v2/mobilenet-v2-d8_fcn_4xb2-80k_cityscapes-512x1024",
    "mobilenet_v3/mobilenet-v3-d8-s_lraspp_4xb4-320k_cityscapes-512x1024",
    "nonlocal_net/nonlocal_r50-d8_4xb2-40k_cityscapes-512x1024",
    "ocrnet/ocrnet_hr18s_4xb2-160k_cityscapes-512x1024",
    "pidnet/pidnet-s_2xb6-120k_1024x1024-cityscapes",
    "point_rend/pointrend_r50_4xb2-80k_cityscapes-512x1024",
    "poolformer/fpn_poolformer_s12_8xb4-40k_ade20k-512x512",
    "psanet/psanet_r50-d8_4xb2-40k_cityscapes-512x1024",
    "pspnet/pspnet_r18-d8_4xb2-80k_cityscapes-512x1024",
    "resnest/resnest_s101-d8_fcn_4xb2-80k_cityscapes-512x1024",
    "san/san-vit-b16_voc12aug-640x640",
    "segformer/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024",
    "segmenter/segmenter_vit-t_mask_8xb1-160k_ade20k-512x512",
    "segnext/segnext_mscan-t_1xb16-adamw-160k_ade20k-512x512",
    "sem_fpn/fpn_r50_4xb2-80k_cityscapes-512x1024",
    "setr/setr_vit-l_naive_8xb2-160k_ade20k-512x512",
    "stdc/stdc1_4xb12-80k_cityscapes-512x1024",
    "swin/swin-tiny-patch4-window7_upernet_1xb8-20k_levir-256x256",
    "twins/twins_pcpvt-s_fpn_fpnhead_8xb4-80k_ade20k-512x512",
    "unet/unet-s5-d16_fcn_4xb4-40k_drive-64x64",
    "upernet/upernet_r18_4xb2-40k_cityscapes-512x1024",
    "vit/vit_deit-s16_upernet_8xb2-160k_ade20k-512x512",
    "vpd/vpd_sd_4xb8-25k_nyu-480x480",
]

EXCUSES = ("needs the package ", "needs the compiled mmcv op ")
ERFNET = "mmseg::erfnet/erfnet_fcn_4xb4-160k_cityscapes-512x1024.py"


def test_sample_covers_every_family() -> None:
    families = {name.split("::")[1].split("/")[0] for name in zoo_names()}
    assert {name.split("/")[0] for name in SAMPLE} == families and len(SAMPLE) == len(families)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_plugged_predicts_as_stock(name: str, identity_file: Path) -> None:
    check = check_config(f"mmseg::{name}.py", str(identity_file))
    assert check.plugged, check.reason
    assert check.built == (check.stock != "failed"), check.reason
    assert check.ran == (check.stock == "ran"), check.reason
    if check.stock == "ran":
        assert check.equal and check.labels > 0.99, f"{check.difference}, {check.input_difference}"
    else:
        assert check.reason.startswith(EXCUSES), check.reason
        assert not (has_compiled_ops() and "mmcv op" in check.reason)
        assert not (find_spec("mmdet") and "mmdet" in check.reason)


def test_another_enhancer_is_noticed(enhancer_file: Path) -> None:
    check = check_config(ERFNET, str(enhancer_file))
    assert check.stock == "ran" and check.ran and not check.equal


def test_models_that_predict_alike_share_a_key() -> None:
    model = Config.fromfile(find_config(ERFNET).path).model.to_dict()
    key, other = model_key(model), copy.deepcopy(model)
    other["decode_head"].update(num_classes=7, loss_decode=dict(type="DiceLoss"))
    other["pretrained"] = "somewhere"
    assert model_key(other) == key
    other["decode_head"]["align_corners"] = True
    assert model_key(other) != key


def test_nothing_is_loaded() -> None:
    model = dict(
        pretrained="a.pth",
        backbone=dict(init_cfg=dict(type="Pretrained", checkpoint="https://b")),
        heads=[dict(init_cfg=dict(type="Normal", std=0.1))],
    )
    assert offline(model) == dict(
        pretrained=None, backbone={}, heads=[dict(init_cfg=dict(type="Normal", std=0.1))]
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named 'mmdet.models'"), "needs the package mmdet"),
        (MissingOpError("the compiled mmcv operator 'psamask_forward' was"), "op psamask_forward"),
        (OSError("https://example.org/a.pth: no route"), "needs a download"),
        (ValueError("odd  size"), "ValueError: odd size"),
    ],
)
def test_reasons_are_short(error: Exception, words: str) -> None:
    assert words in explain(error)

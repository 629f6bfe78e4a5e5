"""Exported files, opened as a user of theirs does, against PyTorch."""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sympie_seg.api import enhance
from sympie_seg.cli import export as verb
from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.export import Colours, Shape, export_enhancer, export_network, write
from sympie_seg.export.check import enhance_as_sympie, random_images
from sympie_seg.export.network import predict_as_mmseg

onnxruntime = pytest.importorskip("onnxruntime")
ROOT = Path(__file__).resolve().parents[2]
SMALL = ((64, 64), (50, 70))
# Beside usual ones: the crop itself, an aspect ratio beyond 8, odd halves.
SIZES = [(1, 64, 64), (3, 50, 70), (2, 20, 190), (1, 301, 97), (1, 1, 9)]


@pytest.fixture(scope="module")
def enhancer() -> SyMPIE:
    torch.manual_seed(0)
    module = SyMPIE(thumbnail_resize=66, thumbnail_crop=64).eval()
    with torch.no_grad():
        module.nem.out.weight.normal_(0, 0.05)
    return module


@pytest.fixture(scope="module")
def onnx_file(enhancer: SyMPIE, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "enhancer.onnx"
    source = Colours.levels("bgr")
    differences = export_enhancer(
        path, enhancer, source=source, sizes=SMALL, notes={"enhancer": "toy"}
    )
    assert {d.output for d in differences} == {"enhanced", "parameters"}
    return path


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


class TestOnnx:
    def test_any_size_and_batch(self, onnx_file: Path, enhancer: SyMPIE):
        run, source = session(onnx_file), Colours.levels("bgr")
        for shape in SIZES:
            images = random_images(source, shape)
            enhanced, parameters = run.run(None, {"images": images.numpy()})
            expected = enhance_as_sympie(enhancer, images, source)
            apart = np.abs(enhanced.astype(int) - expected["enhanced"].numpy())
            assert enhanced.dtype == np.uint8 and apart.max() <= 1 and (apart > 0).mean() < 1e-2
            assert np.abs(parameters - expected["parameters"].numpy()).max() < 1e-4

    def test_notes_and_names(self, onnx_file: Path):
        run = session(onnx_file)
        [images] = run.get_inputs()
        assert images.name == "images" and images.shape == ["batch", 3, "height", "width"]
        assert images.type == "tensor(uint8)"
        assert run.get_outputs()[0].shape == ["batch", 3, "height", "width"]
        notes = run.get_modelmeta().custom_metadata_map
        assert notes["input"] == "uint8, 0..255, BGR" and notes["enhancer"] == "toy"
        assert notes["opset"] == "18" and json.loads(notes["input_mean"]) == [0, 0, 0]
        checked = json.loads(notes["checked_against_pytorch"])
        assert [c["size"] for c in checked[::2]] == ["1 x 64 x 64", "2 x 50 x 70"]

    def test_example_of_the_docs(self, onnx_file: Path, enhancer: SyMPIE, tmp_path: Path):
        image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "in.png"), image)
        script = ROOT / "tools/misc/onnx_example.py"
        words = [script, onnx_file, tmp_path / "in.png", tmp_path / "out.png"]
        subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True)
        expected, _ = enhance(image, enhancer, order="bgr")
        written = cv2.imread(str(tmp_path / "out.png"))
        assert np.abs(written.astype(int) - expected).max() <= 1
        # The page shows these very lines.
        lines = script.read_text().split("import sys\n")[1].strip()
        assert lines in (ROOT / "docs/export.md").read_text()

    def test_lowest_ir(self, onnx_file: Path):
        """Opset 18 needs IR 8; onnxruntime before 1.18 refuses the 10 that torch marks."""
        import onnx

        model = onnx.load(onnx_file)
        assert model.ir_version == 8
        onnx.checker.check_model(model)
        assert not any(node.metadata_props for node in model.graph.node)

    def test_with_strength(self, enhancer: SyMPIE, tmp_path: Path):
        """The second input may be left out: then it is the enhancer's own."""
        path, source = tmp_path / "strength.onnx", Colours.levels("rgb")
        own = copy.deepcopy(enhancer)
        own.strength = 0.5
        export_enhancer(path, own, source=source, sizes=SMALL[1:], with_strength=True)
        run, images = session(path), random_images(source, (2, 50, 70))
        assert [one.name for one in run.get_inputs()] == ["images"]
        [strength] = run.get_overridable_initializers()
        assert (strength.name, strength.type, strength.shape) == ("strength", "tensor(float)", [])
        assert run.get_modelmeta().custom_metadata_map["strength"].startswith("0.5, or")
        for value in (None, 0.0, 0.5, 1.0, 1.6, 2.0, 9.0):
            more = {} if value is None else {"strength": np.array(value, np.float32)}
            enhanced, parameters = run.run(None, {"images": images.numpy(), **more})
            applied = 0.5 if value is None else min(value, 2.0)
            expected = enhance_as_sympie(enhancer, images, source, applied)
            apart = np.abs(enhanced.astype(int) - expected["enhanced"].numpy())
            assert apart.max() <= 1 and (apart > 0).mean() < 1e-2
            assert np.abs(parameters - expected["parameters"].numpy()).max() < 1e-4
            assert (enhanced == images.numpy()).all() == (value == 0)

    @pytest.mark.slow
    def test_a_second_estimate(self, enhancer: SyMPIE, tmp_path: Path):
        """In the graph, for any batch; the command can leave it out."""
        twice = copy.deepcopy(enhancer)
        twice.refinement = (0.0, 1e-3)
        save_enhancer(tmp_path / "twice.pth", twice, {})
        images = random_images(Colours.levels("rgb"), (2, 50, 70))
        numbers = {}
        for name, more, reference in (("twice", [], twice), ("once", ["--once"], enhancer)):
            parser = argparse.ArgumentParser()
            verb.add_arguments(parser)
            out = tmp_path / f"{name}.onnx"
            options = [
                "--enhancer",
                str(tmp_path / "twice.pth"),
                "--out",
                str(out),
                "--sizes",
                "50x70",
            ]
            verb.export(parser.parse_args([*options, *more]))
            enhanced, parameters = session(out).run(None, {"images": images.numpy()})
            expected = enhance_as_sympie(reference, images, Colours.levels("rgb"))
            assert np.abs(parameters - expected["parameters"].numpy()).max() < 1e-4
            apart = np.abs(enhanced.astype(int) - expected["enhanced"].numpy())
            assert apart.max() <= 1 and (apart > 0).mean() < 1e-2
            numbers[name] = parameters
        assert np.abs(numbers["twice"] - numbers["once"]).max() > 1e-2

    def test_fixed_size(self, enhancer: SyMPIE, tmp_path: Path):
        """Floating, one image: a plain convolution, no loop."""
        import onnx

        path, source = tmp_path / "fixed.onnx", Colours.imagenet("rgb")
        shape = Shape(1, 50, 70, dynamic=False)
        with pytest.raises(ValueError, match="opset 17 was asked for, only 18 can be written"):
            export_enhancer(path, enhancer, source=source, shape=shape, opset=17)
        [difference, _] = export_enhancer(path, enhancer, source=source, shape=shape)
        assert difference.size == "1 x 50 x 70" and difference.largest < 1e-5
        model = onnx.load(path)
        assert "Scan" not in {node.op_type for node in model.graph.node}
        sizes = [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
        assert sizes == [1, 3, 50, 70]


def test_pt2_file(enhancer: SyMPIE, tmp_path: Path):
    path, source = tmp_path / "enhancer.pt2", Colours.levels("rgb")
    differences = export_enhancer(
        path, enhancer, "pt2", source=source, sizes=SMALL, with_strength=True
    )
    assert [d.size for d in differences[:3:2]] == [
        "1 x 64 x 64, strength 0",
        "1 x 64 x 64, strength 0.5",
    ]
    extra = {"sympie_seg.json": ""}
    module = torch.export.load(path, extra_files=extra).module()
    assert json.loads(extra["sympie_seg.json"])["input"] == "uint8, 0..255, RGB"
    for shape in SIZES:
        if 1 in shape[1:]:
            continue  # torch.export takes sides of 2 and more
        images = random_images(source, shape)
        for strength in (0.0, 1.0, 1.7):
            with torch.no_grad():
                enhanced, _ = module(images, torch.tensor(strength))
            expected = enhance_as_sympie(enhancer, images, source, strength)["enhanced"]
            apart = enhanced.int() - expected.int()
            assert apart.abs().max() <= 1 and (apart != 0).float().mean() < 1e-2
            assert strength or torch.equal(enhanced, images)


def test_other_results_are_not_written(enhancer: SyMPIE, tmp_path: Path, monkeypatch):
    def wrong(*arguments, **options):
        result = enhance_as_sympie(*arguments, **options)
        return result | {"enhanced": 255 - result["enhanced"]}

    monkeypatch.setattr(write, "enhance_as_sympie", wrong)
    path = tmp_path / "enhancer.pt2"
    with pytest.raises(ValueError, match="gives other results than PyTorch, nothing was written"):
        export_enhancer(path, enhancer, "pt2", sizes=SMALL)
    assert not path.exists()


@pytest.mark.slow
def test_other_formats(enhancer: SyMPIE, tmp_path: Path):
    with pytest.raises(ValueError, match="'tflite'"):
        export_enhancer(tmp_path / "e", enhancer, "tflite")
    with pytest.raises(ValueError, match=r"TorchScript .*'onnx'.*torch.export \('pt2'\)"):
        export_enhancer(tmp_path / "e", enhancer, "torchscript")
    for words in (["--format", "torchscript"], ["--out", "e.pt"], ["--out", "e.torchscript"]):
        done = subprocess.run(
            [sys.executable, ROOT / "tools/export.py", *words],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 1 and "write ONNX ('onnx') or torch.export" in done.stderr
        assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


class TestNetwork:
    @pytest.mark.slow
    def test_onnx(self, enhanced_network, perturbed, tmp_path: Path):
        """BGR in, mmseg's logits and classes out, at open sizes, through PSPNet's adaptive pooling."""
        head = dict(
            type="PSPHead", in_channels=64, in_index=3, channels=8, pool_scales=(1, 2, 3), num_classes=5,
            norm_cfg=dict(type="BN"), align_corners=True, loss_decode=dict(type="CrossEntropyLoss"),
        )  # fmt: skip
        model = enhanced_network(decode_head=head)
        perturbed(model.data_preprocessor.enhancer)
        model.eval()
        path, source = tmp_path / "network.onnx", Colours.levels("bgr")
        export_network(path, model, source=source, sizes=((48, 64), (65, 97)))
        run = session(path)
        for shape in ((2, 48, 64), (1, 66, 130)):
            images = random_images(source, shape)
            logits, classes = run.run(None, {"images": images.numpy()})
            expected = predict_as_mmseg(model, images, source)
            assert np.abs(logits - expected.numpy()).max() < 1e-3 * expected.abs().max()
            assert (classes == expected.argmax(1).numpy()).mean() > 0.999
        assert classes.dtype == np.uint8 and len(np.unique(classes)) > 1
        notes = run.get_modelmeta().custom_metadata_map
        assert notes["task"] == "segmentation"
        assert notes["network_input"].startswith("float32, RGB, (level 0..255 - [123.675")

    def test_reference_is_what_mmseg_predicts(self, enhanced_network, perturbed):
        from mmseg.structures import SegDataSample

        model = enhanced_network()
        perturbed(model.data_preprocessor.enhancer)
        model.eval()
        image = random_images(Colours.levels("bgr"), (1, 48, 64))
        meta = dict(
            img_shape=(48, 64), ori_shape=(48, 64), pad_shape=(48, 64), padding_size=[0] * 4
        )
        sample = SegDataSample(metainfo=meta)
        with torch.no_grad():
            [predicted] = model.test_step(dict(inputs=[image[0]], data_samples=[sample]))
        logits = predict_as_mmseg(model, image, Colours.levels("bgr"))
        assert torch.allclose(predicted.seg_logits.data, logits[0])
        swapped = predict_as_mmseg(model, image.flip(1), Colours.levels("rgb"))
        assert torch.equal(swapped, logits)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (dict(test_cfg=dict(mode="slide", crop_size=(9, 9), stride=(5, 5))), "mode=whole"),
            (dict(preprocessor=dict(enhancer=dict(type="NoEnhancer"))), "has NoEnhancer"),
            (dict(preprocessor=dict(test_cfg=dict(size_divisor=8))), "test_cfg pads"),
        ],
    )
    def test_what_cannot_be_exported(self, enhanced_network, tmp_path, changes, message):
        with pytest.raises(ValueError, match=message):
            export_network(tmp_path / "a.onnx", enhanced_network(**changes))


@pytest.mark.slow
def test_segformer_of_mmseg(enhancer_file: Path, tmp_path: Path):
    """Attention at open sizes. torch.export, since ONNX takes long to record it: see docs/export.md."""
    import mmseg
    from mmengine.config import Config

    from sympie_seg.export.network import build_network

    folder = Path(mmseg.__file__).parent / ".mim/configs/segformer"
    config = Config.fromfile(folder / "segformer_mit-b0_8xb2-160k_ade20k-512x512.py")
    config.model.pretrained = config.model.backbone.init_cfg = None
    config.model.backbone.update(embed_dims=8, num_layers=[1, 1, 1, 1])
    config.model.decode_head.update(
        in_channels=[8, 16, 40, 64], channels=8, norm_cfg=dict(type="BN")
    )
    model = build_network(config, enhancer=enhancer_file)
    source, sizes = Colours.levels("bgr"), ((64, 64), (65, 131))
    differences = export_network(tmp_path / "n.pt2", model, "pt2", source=source, sizes=sizes)
    logits = [difference for difference in differences if difference.output == "logits"]
    assert [d.size for d in logits] == ["1 x 64 x 64", "2 x 65 x 131"]
    assert max(d.largest / d.scale for d in logits) < 1e-4

"""One label-free training step behind heads of the zoos; tools/misc/sweep_heads.py makes one behind every type."""

from __future__ import annotations

from pathlib import Path

import pytest
import sweep_heads
from head_steps import HeadStep, head_of, heads_of_zoo, step_behind
from sweep_heads import BEGIN, END, into_page, main, read_steps, sweep, table
from zoo import zoo_names

ERFNET = "mmseg::erfnet/erfnet_fcn_4xb4-160k_cityscapes-512x1024.py"
FASTSCNN = "mmseg::fastscnn/fast_scnn_8xb4-160k_cityscapes-512x1024.py"
POINTREND = "mmseg::point_rend/pointrend_r50_4xb2-80k_cityscapes-512x1024.py"
KNET = "mmseg::knet/knet-s3_r50-d8_fcn_8xb2-adamw-80k_ade20k-512x512.py"


@pytest.mark.parametrize(
    ("config", "read_as"),
    [(ERFNET, "softmax"), (FASTSCNN, "sigmoid"), (KNET, "softmax"), (POINTREND, "softmax")],
)
def test_a_step(config: str, read_as: str) -> None:
    """K-Net keeps its loss in its first head; PointRend's head refines the scores only when it predicts."""
    step = step_behind("", config)
    assert (step.read_as, step.reason, step.size) == (read_as, "", (32, 64))
    assert step.trained and step.loss > 0 and step.gradient > 0


def test_a_step_that_fails_is_a_row_with_its_reason() -> None:
    step = step_behind("Nothing", "mmseg::erfnet/none.py")
    assert not step.trained and "none.py" in step.reason and step.read_as == ""


def test_the_head_that_predicts_is_the_last() -> None:
    assert head_of(dict(decode_head=[dict(type="A"), dict(type="B")])) == dict(type="B")
    assert head_of(dict(head=dict(type="C"))) == dict(type="C") and head_of({}) == {}


def test_the_smallest_config_of_each_head_is_taken() -> None:
    names = [name for name in zoo_names() if "::psp" in name or "::segformer" in name]
    configs = heads_of_zoo(names)
    assert set(configs) == {("PSPHead", ""), ("SegformerHead", "")}
    assert "r18" in configs["PSPHead", ""] and "mit-b0" in configs["SegformerHead", ""]


def test_the_table_and_the_page(tmp_path: Path) -> None:
    steps = [
        HeadStep("A", "mmseg::a/b.py", "softmax", "", (32, 64), 0.25, 1.0),
        HeadStep("B", "mmseg::b/c.py", "refused", "it predicts depth"),
        HeadStep("C", "mmseg::c/d.py", "", "needs the package mmdet"),
    ]
    text = table(steps)
    assert "| A | a/b | softmax | step made, loss 0.25 |" in text
    assert "| B | b/c | refused | it predicts depth |" in text
    assert "| C | c/d | not built | needs the package mmdet |" in text
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    into_page(page, text)
    assert page.read_text() == f"before\n{BEGIN}\n\n{text}\n\n{END}\nafter\n"
    (tmp_path / "other.md").write_text("nothing")
    with pytest.raises(ValueError, match=r"other.md' lacks the lines"):
        into_page(tmp_path / "other.md", text)


def test_a_sweep_that_was_stopped_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def step(head: str, config: str) -> HeadStep:
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(head)
        return HeadStep(head, config, "softmax", "", (32, 64), 0.5, 1.0, 2.0)

    keep, heads = tmp_path / "steps.json", {("A", ""): "mmseg::a.py", ("B", ""): "mmseg::b.py"}
    monkeypatch.setattr(sweep_heads, "heads_of_zoo", lambda names: heads)
    monkeypatch.setattr(sweep_heads, "step_behind", step)
    with pytest.raises(KeyboardInterrupt):
        sweep("mmseg", keep=keep)
    made[:] = ["other", "heads"]
    steps = sweep("mmseg", keep=keep)
    assert [one.head for one in steps] == ["A", "B"] and made == ["other", "heads", "B"]
    assert read_steps(keep) == steps


CLASSIFIER = "mmpretrain::mobilenet_v3/mobilenet-v3-small-050_8xb128_in1k.py"


def test_a_classifiers_step_and_the_preprocessor_at_the_top_of_its_config() -> None:
    pytest.importorskip("mmpretrain", reason="needs mmpretrain")
    step = step_behind("", CLASSIFIER)
    assert (step.read_as, step.reason) == ("softmax", "") and step.trained


def test_what_takes_no_enhancer_is_refused_with_the_reason() -> None:
    pytest.importorskip("mmpretrain", reason="needs mmpretrain")
    step = step_behind("", "mmpretrain::byol/byol_resnet50_16xb256-coslr-200e_in1k.py")
    assert step.read_as == "refused" and "SelfSupDataPreprocessor" in step.reason


@pytest.mark.parametrize(
    "config",
    [
        "mmseg::mask2former/mask2former_r50_8xb2-90k_cityscapes-512x1024.py",
        "mmseg::maskformer/maskformer_r50-d32_8xb2-160k_ade20k-512x512.py",
    ],
)
def test_heads_of_mmdet(config: str) -> None:
    """Mask2Former's and MaskFormer's scores are probabilities already."""
    pytest.importorskip("mmdet", reason="needs mmdet: pip install 'mmdet>=3.3,<3.4'")
    step = step_behind("", config)
    assert (step.read_as, step.reason) == ("probabilities", "") and step.trained


@pytest.mark.slow
def test_heads_of_every_reading(capsys: pytest.CaptureFixture) -> None:
    heads = ["SegformerHead", "OCRHead", "LRASPPHead", "EncHead"]
    assert main(["--heads", *heads]) == 0
    out = capsys.readouterr().out
    assert all(f"| {head} | " in out for head in heads) and "not built" not in out
    pytest.importorskip("mmpretrain", reason="needs mmpretrain")
    heads = ["ConformerHead", "LeViTClsHead", "MultiLabelLinearClsHead", "ArcFaceClsHead"]
    assert main(["--library", "mmpretrain", "--heads", *heads]) == 0
    out = capsys.readouterr().out
    assert [out.count(f"| {word} | ") for word in ("softmax", "sigmoid", "refused")] == [2, 1, 1]

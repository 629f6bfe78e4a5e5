"""CLIP's RN50: the network against plain functions, OpenAI's names and archive, the zero-shot head."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS, DefaultScope
from torch import Tensor, nn

import sympie_seg  # noqa: F401
from sympie_seg.models.backbones import CLIPResNet
from sympie_seg.models.conversion.clip_names import convert_clip, read_text_features
from sympie_seg.models.conversion.torchscript_archive import (
    _rebuilt,
    is_torchscript,
    read_torchscript_weights,
)

State = dict[str, Tensor]
TINY = dict(layers=(1, 2, 1, 1), width=8, embed_dims=12, num_heads=4, img_size=64)


def filled(network: nn.Module) -> nn.Module:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return network.eval()


def by_hand(state: State, images: Tensor, layers: tuple, heads: int) -> Tensor:
    """CLIP's image encoder as its paper describes it, from a state dict alone."""

    def conv_bn(x: Tensor, conv: str, bn: str, stride: int = 1) -> Tensor:
        weight = state[f"{conv}.weight"]
        x = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(state[f"{bn}.{name}"] for name in names))

    x = conv_bn(images, "conv1", "bn1", 2).relu()
    x = conv_bn(conv_bn(x, "conv2", "bn2").relu(), "conv3", "bn3").relu()
    x = F.avg_pool2d(x, 2)
    for stage, count in enumerate(layers, 1):
        for block in range(count):
            key, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            y = conv_bn(x, f"{key}.conv1", f"{key}.bn1").relu()
            y = F.avg_pool2d(conv_bn(y, f"{key}.conv2", f"{key}.bn2").relu(), stride)
            y = conv_bn(y, f"{key}.conv3", f"{key}.bn3")
            if f"{key}.downsample.0.weight" in state:
                x = conv_bn(F.avg_pool2d(x, stride), f"{key}.downsample.0", f"{key}.downsample.1")
            x = (x + y).relu()
    tokens = x.flatten(2).permute(2, 0, 1)
    tokens = torch.cat([tokens.mean(0, keepdim=True), tokens])
    tokens = tokens + state["attnpool.positional_embedding"][:, None]
    proj = {
        name: (state[f"attnpool.{name}_proj.weight"], state[f"attnpool.{name}_proj.bias"])
        for name in "qkvc"
    }
    pooled, _ = F.multi_head_attention_forward(
        tokens[:1], tokens, tokens, tokens.shape[-1], heads, None, torch.cat([proj[n][1] for n in "qkv"]),
        None, None, False, 0.0, *proj["c"], use_separate_proj_weight=True, training=False, need_weights=False,
        q_proj_weight=proj["q"][0], k_proj_weight=proj["k"][0], v_proj_weight=proj["v"][0],
    )  # fmt: skip
    return pooled[0]


def test_network_is_clips() -> None:
    network = filled(CLIPResNet(**TINY))
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        (features,) = network(images)
        expected = by_hand(network.state_dict(), images, TINY["layers"], TINY["num_heads"])
    assert features.shape == (2, 12) and expected.std() > 0.01
    torch.testing.assert_close(features, expected, rtol=1e-5, atol=1e-6)


def test_the_size_of_rn50() -> None:
    """38,316,896 parameters, as OpenAI's RN50 has in its image encoder; 32 heads; 7 x 7 + 1 positions."""
    with torch.device("meta"):
        network = CLIPResNet()
    assert sum(p.numel() for p in network.parameters()) == 38_316_896
    assert network.attnpool.heads == 32
    assert network.attnpool.positional_embedding.shape == (50, 2048)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"belongs to images of 64 x 64, got \(32, 64\)"):
        CLIPResNet(**TINY)(torch.zeros(1, 3, 32, 64))


@pytest.fixture(scope="module")
def openai() -> State:
    """A state dict in OpenAI's names: half precision, with a text encoder's weight and scalars beside."""
    with torch.device("meta"):
        names = CLIPResNet().state_dict()
    state = {
        f"visual.{key}": torch.zeros(value.shape, dtype=torch.half)
        if value.ndim
        else torch.tensor(1)
        for key, value in names.items()
    }
    state["visual.layer2.0.downsample.0.weight"].fill_(0.5)
    return {
        **state, "text_projection": torch.rand(512, 1024), "logit_scale": torch.tensor(4.5),
        "input_resolution": torch.tensor(224),
    }  # fmt: skip


class TestConversion:
    def test_names_and_precision(self, openai: State) -> None:
        text = torch.eye(1024)[:7], torch.tensor(1.0)
        converted = convert_clip({"state_dict": openai}, text)
        backbone = {
            k.removeprefix("backbone."): v
            for k, v in converted.items()
            if k.startswith("backbone.")
        }
        with torch.device("meta"):
            network = CLIPResNet()
        network.load_state_dict(backbone, strict=True, assign=True)
        assert network.conv1.weight.dtype == torch.float32
        assert torch.equal(
            network.layer2[0].downsample[1].weight,
            openai["visual.layer2.0.downsample.0.weight"].float(),
        )
        assert converted["head.logit_scale"] == 4.5 and converted["head.text_features"].shape == (
            7,
            1024,
        )
        assert not any(k.startswith("head") for k in convert_clip(openai))

    def test_other_models(self, openai: State) -> None:
        more = {**openai, "visual.layer1.3.conv1.weight": torch.zeros(1)}
        less = {k: v for k, v in openai.items() if k != "visual.attnpool.q_proj.bias"}
        for state, words in (
            (more, "it is no CLIP RN50: it has unexpected 'visual.layer1.3.conv1.weight'"),
            (less, "it is no CLIP RN50: it lacks 'visual.attnpool.q_proj.bias'"),
            ({"text_projection": torch.zeros(3)}, "it lacks 'visual.conv1.weight'"),
        ):
            with pytest.raises(ValueError, match=words):
                convert_clip(state)


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).half()
        self.logit_scale = nn.Parameter(torch.tensor(2.0))
        self.shared = nn.Parameter(torch.arange(6.0).reshape(2, 3).T)

    def forward(self, x: Tensor) -> Tensor:
        return self.visual(x) * self.logit_scale


class TestArchive:
    def test_is_read_as_torch_would(self, tmp_path: Path) -> None:
        model = Inner()
        torch.jit.script(model).save(str(tmp_path / "model.pt"))
        assert is_torchscript(tmp_path / "model.pt")
        weights = read_torchscript_weights(tmp_path / "model.pt")
        expected = model.state_dict()
        assert expected.keys() <= weights.keys()
        for key, value in expected.items():
            assert weights[key].dtype == value.dtype and torch.equal(weights[key], value)

    def test_a_checkpoint_is_none(self, tmp_path: Path) -> None:
        torch.save({"a": torch.zeros(1)}, tmp_path / "plain.pth")
        (tmp_path / "text").write_text("x")
        assert not is_torchscript(tmp_path / "plain.pth") and not is_torchscript(tmp_path / "text")

    def test_code_is_not_run(self, tmp_path: Path) -> None:
        marker = tmp_path / "marker"

        class Evil:
            def __reduce__(self) -> tuple:
                return Path.touch, (marker,)

        with zipfile.ZipFile(tmp_path / "evil.pt", "w") as archive:
            archive.writestr("evil/constants.pkl", pickle.dumps(()))
            archive.writestr("evil/data.pkl", pickle.dumps(Evil(), protocol=2))
        with pytest.raises(
            ValueError,
            match=r"it asks for `\w+\.\w+`, which no archive of weights needs. Nothing was run",
        ):
            read_torchscript_weights(tmp_path / "evil.pt")
        assert not marker.exists()

    def test_damage(self, tmp_path: Path) -> None:
        torch.jit.script(Inner()).save(str(tmp_path / "model.pt"))
        with (
            zipfile.ZipFile(tmp_path / "model.pt") as whole,
            zipfile.ZipFile(tmp_path / "cut.pt", "w") as cut,
        ):
            for name in whole.namelist():
                if "/data/" not in name:
                    cut.writestr(name, whole.read(name))
        with pytest.raises(ValueError, match=r"cut.pt' is damaged"):
            read_torchscript_weights(tmp_path / "cut.pt")

    def test_damaged_bytes(self, tmp_path: Path) -> None:
        """Flipped bits never become weights, and nothing but ValueError comes out."""
        path, model = tmp_path / "model.pt", Inner()
        torch.jit.script(model).save(str(path))
        whole = path.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 150)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
            is_torchscript(path)
            with suppress(ValueError):  # some bits carry no meaning
                weights = read_torchscript_weights(path)
                assert all(torch.equal(weights[k], v) for k, v in model.state_dict().items())

    def test_strides_that_would_fill_the_memory(self) -> None:
        """A tensor of one number declares terabytes."""
        assert _rebuilt(torch.arange(6.0), 0, (3, 2), (1, 3)).tolist() == [[0, 3], [1, 4], [2, 5]]
        with pytest.raises(ValueError, match="40000000000000 bytes, but holds 4 for it"):
            _rebuilt(torch.ones(1), 0, (10**6, 10**7), (0, 0))


class TestTextFeatures:
    @pytest.mark.parametrize(
        "wrap",
        [lambda t: t, lambda t: t.T, lambda t: {"text_features": t.half(), "logit_scale": 3.0}],
    )
    def test_layouts(self, wrap: Callable[[Tensor], Any], tmp_path: Path) -> None:
        text = 5 * torch.randn(7, 12)
        torch.save(wrap(text), tmp_path / "text.pt")
        features, scale = read_text_features(tmp_path / "text.pt", 12)
        torch.testing.assert_close(features, F.normalize(text, dim=1), atol=1e-3, rtol=1e-3)
        assert scale == (3.0 if isinstance(wrap(text), dict) else torch.tensor(100.0).log())

    @pytest.mark.parametrize(
        "content", [[1], torch.zeros(3), torch.zeros(7, 13), torch.zeros(7, 12), {}]
    )
    def test_others(self, content: Any, tmp_path: Path) -> None:
        torch.save(content, tmp_path / "text.pt")
        with pytest.raises(
            ValueError, match=r"text.pt' holds (no text embeddings|text embeddings that are zero)"
        ):
            read_text_features(tmp_path / "text.pt", 12)


class TestHead:
    @pytest.fixture
    def build(self) -> Callable[..., nn.Module]:
        pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
        import sympie_seg.classification  # noqa: F401

        def make(**options: Any) -> nn.Module:
            with DefaultScope.overwrite_default_scope("mmpretrain"):
                return MODELS.build(
                    dict(type="ZeroShotClsHead", num_classes=7, in_channels=12, **options)
                )

        return make

    def test_logits_are_scaled_cosines(self, build: Callable, tmp_path: Path) -> None:
        text, images = torch.randn(7, 12), torch.randn(3, 12)
        torch.save(text, tmp_path / "text.pt")
        head = build(text_features=str(tmp_path / "text.pt"))
        expected = 100 * F.cosine_similarity(images[:, None], text[None], dim=-1)
        torch.testing.assert_close(head((images,)), expected, rtol=1e-4, atol=1e-4)
        assert not head.state_dict()  # the file takes precedence; no checkpoint needs to have it
        other = build()
        other.load_state_dict(dict(text_features=text, logit_scale=torch.tensor(0.0)))
        torch.testing.assert_close(100 * other((images,)), expected, rtol=1e-4, atol=1e-4)

    def test_wrong_number_of_classes(self, build: Callable, tmp_path: Path) -> None:
        torch.save(torch.randn(9, 12), tmp_path / "text.pt")
        with pytest.raises(
            ValueError, match=r"text embeddings of 9 classes, head.num_classes is 7"
        ):
            build(text_features=str(tmp_path / "text.pt"))

"""Several frozen networks behind one enhancer: losses, routing, weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import MessageHub
from mmengine.registry import MODELS
from mmpretrain.structures import DataSample
from mmseg.structures import SegDataSample
from torch import Tensor, nn

import sympie_seg.classification  # noqa: F401
from sympie_seg.models import FrozenNetworks
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.frozen_weights import check_network_weights, load_frozen_weights
from sympie_seg.models.frozen.split_loss import split_loss

ENHANCER = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
SIZES = ((48, 64), (56, 48), (50, 50))
BGR = dict(mean=[104, 117, 123], std=[1, 1, 1])


def segmenter(**changes: Any) -> dict:
    config = dict(
        type="mmseg.EncoderDecoder",
        data_preprocessor=dict(
            type="SegDataPreProcessor", size_divisor=8, bgr_to_rgb=True,
            mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
        ),
        backbone=dict(type="DeepLabV2ResNet", depth=18, base_channels=8, norm_cfg=dict(type="BN")),
        decode_head=dict(
            type="FCNHead", in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=5, concat_input=False,
            norm_cfg=dict(type="BN"), align_corners=False,
        ),
        train_cfg=dict(),
        test_cfg=dict(mode="whole"),
    )  # fmt: skip
    return config | changes


def classifier(**changes: Any) -> dict:
    config = dict(
        type="TorchNetwork", task="classification", factory="torchvision.models:squeezenet1_0",
        factory_args=dict(num_classes=7), order="bgr", max_pixel_value=255, **BGR,
    )  # fmt: skip
    return config | changes


def build(*networks: dict, **preprocessor: Any) -> FrozenNetworks:
    options = dict(type="SharedEnhancement", enhancer=ENHANCER, two_step=True, label_free=True)
    options |= preprocessor
    entries = list(networks) or [
        dict(name="streets", model=segmenter()),
        dict(name="photos", model=classifier(), weight=0.5),
    ]
    torch.manual_seed(0)
    model = MODELS.build(
        ConfigDict(type="FrozenNetworks", networks=entries, data_preprocessor=options)
    )
    with torch.no_grad():
        out = model.data_preprocessor.enhancer.nem.out
        out.weight.normal_(0, 0.02)
        model.data_preprocessor.teacher.reset(model.data_preprocessor.enhancer)
        for module in model.networks.modules():
            if isinstance(module, nn.Conv2d) and module.out_channels in (5, 7):
                module.weight.normal_(0, 1)
    return freeze_network(model)


def image_of(network: int, size: tuple[int, int], **meta: Any) -> tuple[Tensor, Any]:
    corrupted, clean = (np.random.randint(0, 256, (*size, 3), dtype=np.uint8) for _ in range(2))
    sample = (SegDataSample, DataSample)[network % 2]()
    shapes = dict(ori_shape=size, img_shape=size, pad_shape=size, img_path=f"{network}.png")
    sample.set_metainfo(dict(clean_img=clean, network=network, **shapes) | meta)
    return torch.from_numpy(corrupted).permute(2, 0, 1), sample


def batch_of(*images: tuple[Tensor, Any]) -> dict:
    return dict(inputs=[image for image, _ in images], data_samples=[s for _, s in images])


def mixed() -> dict:
    """For network 1, 0, 1, 0: in no order, each network with a size of its own."""
    sizes = (SIZES[1], SIZES[0], SIZES[1], SIZES[0])
    return batch_of(*(image_of(network, s) for network, s in zip((1, 0, 1, 0), sizes, strict=True)))


def train_loss(model: nn.Module, data: dict) -> Tensor:
    model.train()
    model.zero_grad()
    loss = model(**model.data_preprocessor(data, True), mode="loss")["loss"]
    loss.backward()
    return loss.detach()


def gradient(model: nn.Module) -> Tensor:
    return torch.cat([p.grad.flatten() for p in model.data_preprocessor.enhancer.parameters()])


def test_one_network_is_as_without_the_others(mmseg_scope: None) -> None:
    """The same loss, gradient and statistics as SyMPIESegDataPreProcessor and split_loss give."""
    several = build(dict(model=segmenter()))
    own = segmenter()
    options = dict(own["data_preprocessor"], type="SyMPIESegDataPreProcessor", enhancer=ENHANCER)
    own["data_preprocessor"] = dict(options, two_step=True, label_free=True)
    single = MODELS.build(ConfigDict(own))
    single.load_state_dict(several.networks["network0"].state_dict(), strict=False)
    single.data_preprocessor.load_state_dict(several.data_preprocessor.state_dict())
    split_loss(freeze_network(single))
    data = batch_of(image_of(0, SIZES[0]), image_of(0, SIZES[2]))
    for sample in data["data_samples"]:
        sample.set_metainfo(dict(network=0))
    torch.testing.assert_close(train_loss(several, data), train_loss(single, data))
    torch.testing.assert_close(gradient(several), gradient(single))
    states = (model.data_preprocessor.state_dict() for model in (several, single))
    torch.testing.assert_close(*states)


def test_the_loss_is_the_weighted_sum_over_one_mixed_batch(mmseg_scope: None) -> None:
    """Written out: NEM sees all four images at once, then each network compares its own."""
    model, data = build(), mixed()
    reference = copy.deepcopy(model).train()
    MessageHub.get_current_instance()
    loss = train_loss(model, data)
    own = reference.data_preprocessor
    normalized = [own._to_normalized(image) for image in data["inputs"]]
    steps = [own.enhancer(normalized), own.enhancer(own.teacher(normalized))]
    total = torch.zeros(())
    for network, weight, indices in ((0, 1.0, (1, 3)), (1, 0.5, (0, 2))):
        net = list(reference.networks.values())[network]
        for step_weight, images in zip((1.0, 0.5), steps, strict=True):
            kl = []
            part = [own._to_raw(images[p]) for p in indices]
            clean = [
                torch.from_numpy(data["data_samples"][p].clean_img).permute(2, 0, 1)
                for p in indices
            ]
            for enhanced, target in zip(part, clean, strict=True):
                logits = []
                for image in (enhanced, target.float()):
                    own_stock = net.data_preprocessor
                    x = image.flip(0) if network == 0 else image  # the classifier takes BGR
                    x = (x - own_stock.mean) / own_stock.std
                    logits.append(net(x[None], mode="tensor"))
                seen, wanted = (value.log_softmax(1) for value in logits)
                kl.append((wanted.exp() * (wanted - seen)).sum(1).flatten())
            total = total + weight * step_weight * torch.cat(kl).mean()
    torch.testing.assert_close(loss, total.detach(), rtol=1e-4, atol=1e-5)
    total.backward()
    torch.testing.assert_close(gradient(model), gradient(reference), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("std", [1.0, 58.0])
def test_the_pixel_term_is_in_one_unit_for_all_networks(std: float, mmseg_scope: None) -> None:
    """A network that takes grey levels as they are would outweigh all others 57 times."""
    data, losses = batch_of(image_of(0, SIZES[1]), image_of(0, SIZES[1])), []
    for weight in (0.0, 1.0):
        model = build(
            dict(model=classifier(std=[std] * 3)), label_free=dict(pixel_weight=weight)
        ).train()
        batches = model.data_preprocessor(data, True)["batches"]
        losses.append(model.losses_by_network(batches)["network0"].step1)
    enhanced = (
        build(dict(model=classifier()))
        .train()
        .data_preprocessor.enhance_raw(
            data["inputs"],
            True,
            [torch.from_numpy(s.clean_img).permute(2, 0, 1) for s in data["data_samples"]],
        )
    )
    pixels = (torch.stack(enhanced[0]) - torch.stack(enhanced[-1])).abs().mean()
    torch.testing.assert_close(losses[1] - losses[0], pixels / (255 * 0.226), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("own", [0.0, 0.2, 3.0])
def test_a_networks_own_pixel_weight_is_for_its_images_alone(own: float, mmseg_scope: None) -> None:
    plain, without, model = (
        build(
            dict(name="streets", model=segmenter()),
            dict(name="photos", model=classifier(), **entry),
            label_free=dict(pixel_weight=weight),
        ).train()
        for weight, entry in ((1.0, {}), (0.0, {}), (1.0, dict(pixel_weight=own)))
    )
    data = mixed()
    streets, photos = (
        [
            one.losses_by_network(one.data_preprocessor(data, True)["batches"])[name].step1
            for one in (plain, without, model)
        ]
        for name in ("streets", "photos")
    )
    assert streets[2] == streets[0] > streets[1]
    pixels = photos[0] - photos[1]
    assert pixels > 0
    torch.testing.assert_close(photos[2], photos[1] + own * pixels)


def test_losses_are_logged_by_network(mmseg_scope: None) -> None:
    MessageHub.get_instance("several")
    train_loss(build(), mixed())
    log = MessageHub.get_current_instance().log_scalars
    for step in ("loss1", "loss2"):
        total, streets, photos = (
            log[f"train/{name}"].current() for name in (step, f"{step}_streets", f"{step}_photos")
        )
        assert total == pytest.approx(streets + 0.5 * photos, rel=1e-5)


def test_samples_are_not_changed(mmseg_scope: None) -> None:
    model, data = build(), mixed()
    before = [sorted(sample.metainfo_keys()) for sample in data["data_samples"]]
    first = train_loss(model, data)
    assert [sorted(sample.metainfo_keys()) for sample in data["data_samples"]] == before
    assert torch.isfinite(first)


def test_predictions_come_from_the_right_network_in_the_batchs_order(mmseg_scope: None) -> None:
    model = build().eval()
    data = batch_of(*(image_of(network, SIZES[0]) for network in (1, 0, 1)))
    predictions = model.test_step(data)
    assert [sample.metainfo["network"] for sample in predictions] == [1, 0, 1]
    assert [hasattr(sample, "pred_sem_seg") for sample in predictions] == [False, True, False]
    for index, (image, sample) in enumerate(zip(data["inputs"], data["data_samples"], strict=True)):
        alone = model.test_step(dict(inputs=[image], data_samples=[sample]))[0]
        if index == 1:
            assert torch.equal(alone.pred_sem_seg.data, predictions[index].pred_sem_seg.data)
        else:
            torch.testing.assert_close(alone.pred_score, predictions[index].pred_score)


@pytest.mark.parametrize("network", [None, 2, -1])
def test_images_for_no_network_are_named(network: int | None, mmseg_scope: None) -> None:
    model, data = build(), mixed()
    data["data_samples"][2].set_metainfo(dict(network=network))
    with pytest.raises(ValueError, match=rf"'1.png' is for network {network}, .* 0 to 1"):
        model.data_preprocessor(data, True)


def test_a_batch_without_the_collate_function_is_explained(mmseg_scope: None) -> None:
    with pytest.raises(ValueError, match="network_mix_collate"):
        build().data_preprocessor([mixed()], True)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([dict(model=segmenter(), nome="a")], r"networks\[0\] must be dict"),
        ([dict(name="a")], r"networks\[0\] must be dict"),
        ([dict(model=segmenter(), name="my.loss")], r"networks\[0\].name must be a word"),
        ([dict(model=segmenter(), weight=0)], "weight must be a number above 0"),
        ([dict(model=segmenter(), pixel_weight=-0.1)], "pixel_weight must be a number not below 0"),
        ([dict(model=segmenter(), pixel_weight="1")], "pixel_weight must be a number not below 0"),
        ([dict(model=segmenter(), name="a"), dict(model=classifier(), name="a")], "different names"),
        ([dict(model=segmenter(data_preprocessor=dict(
            type="SyMPIESegDataPreProcessor", size_divisor=1)))], "own data preprocessor"),
    ],
)  # fmt: skip
def test_wrong_networks_are_refused(entries: list, message: str, mmseg_scope: None) -> None:
    with pytest.raises(ValueError, match=message):
        build(*entries)


def test_a_pixel_weight_without_label_free_training_is_refused(mmseg_scope: None) -> None:
    entries = [dict(model=segmenter()), dict(model=classifier(), pixel_weight=0.2)]
    with pytest.raises(ValueError, match=r"networks\[1\].pixel_weight has no effect"):
        build(*entries, label_free=None)
    build(*entries, label_free=True)


class TestWeights:
    def test_each_network_gets_its_file(self, tmp_path: Any, mmseg_scope: None) -> None:
        source, target = build(), build()
        paths = []
        for name, network in source.networks.items():
            paths.append(str(tmp_path / f"{name}.pth"))
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.add_(1)
            torch.save(dict(state_dict=network.state_dict()), paths[-1])
        load_frozen_weights(target, paths)
        for key, value in source.networks.state_dict().items():
            assert torch.equal(target.networks.state_dict()[key], value), key
        assert target.describe_weights(paths) == f"streets: {paths[0]}; photos: {paths[1]}"

    @pytest.mark.parametrize("paths", [None, "a.pth", ["a.pth"], ["a.pth"] * 3])
    def test_one_file_for_each(self, paths: Any, mmseg_scope: None) -> None:
        with pytest.raises(ValueError, match=r"one file for each of the 2 networks \(streets, pho"):
            load_frozen_weights(build(), paths)

    def test_errors_name_the_network(self, tmp_path: Any, mmseg_scope: None) -> None:
        model = build()
        torch.save(model.networks["streets"].state_dict(), tmp_path / "a.pth")
        with pytest.raises(FileNotFoundError, match=r"network 'photos': .*b\.pth"):
            load_frozen_weights(model, [str(tmp_path / "a.pth"), str(tmp_path / "b.pth")])

    def test_a_list_for_one_network_is_refused(self, network: Callable) -> None:
        with pytest.raises(ValueError, match=r"belongs to model.type='FrozenNetworks'"):
            load_frozen_weights(network(), ["a.pth"])

    def test_a_checkpoint_of_other_networks_is_refused(self, mmseg_scope: None) -> None:
        model = build()
        state = dict(state_dict=model.state_dict())
        check_network_weights(model, state, "x.pth")
        fewer = build(dict(name="streets", model=segmenter()))
        with pytest.raises(ValueError, match=r"2 networks \(streets, photos\), the config has 1"):
            check_network_weights(fewer, state, "x.pth")
        other = build(
            dict(name="streets", model=segmenter()), dict(name="birds", model=classifier())
        )
        with pytest.raises(ValueError, match=r"has 2 \(streets, birds\)"):
            check_network_weights(other, state, "x.pth")
        reshaped = build(
            dict(name="streets", model=segmenter()),
            dict(name="photos", model=classifier(factory_args=dict(num_classes=8))),
        )
        with pytest.raises(ValueError, match=r"network 'photos': .*another shape"):
            check_network_weights(reshaped, state, "x.pth")

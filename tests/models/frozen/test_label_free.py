"""The label-free loss: its target, what moves, what does not count, and its place in the two-step training."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from torch.nn import functional

from sympie_seg.corruptions.geometry import elastic_maps, joined_map
from sympie_seg.models.frozen.class_scores import class_scores
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.label_free import CleanPrediction, LabelFree, move_prediction
from sympie_seg.models.frozen.split_loss import split_loss


def sample(**metainfo: object) -> SimpleNamespace:
    return SimpleNamespace(metainfo=metainfo)


def shifted(height: int, width: int, columns: float = 0, rows: float = 0) -> np.ndarray:
    """The map of a move: every pixel comes from so many columns and rows beside it."""
    x, y = np.meshgrid(np.arange(width) + columns, np.arange(height) + rows)
    return np.stack([x, y], axis=-1).astype(np.float32)


class TestOptions:
    def test_true_means_the_defaults_and_false_none(self) -> None:
        assert LabelFree.from_option(True) == LabelFree(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
        assert LabelFree.from_option(dict(temperature=2)) == LabelFree(temperature=2)
        assert LabelFree.from_option(False) is None
        assert LabelFree.from_option(None) is None

    @pytest.mark.parametrize(
        ("option", "named"),
        [
            (dict(temperature=0), "temperature"),
            (dict(temperature=float("nan")), "temperature"),
            (dict(weight=-1), "weight"),
            (dict(clean_weight=-1), "clean_weight"),
            (dict(supervised_weight="1"), "supervised_weight"),
            (dict(skew=1), "skew"),
            (dict(skew=-0.1), "skew"),
            (dict(target_gains=1.1), "target_gains must be three numbers above 0"),
            (dict(target_gains=(1, 1.1)), "target_gains"),
            (dict(target_gains=(1, 0, 1)), "target_gains"),
            (dict(target_gains=(1, float("nan"), 1)), "target_gains"),
            (dict(target_gains="green"), "target_gains"),
            (dict(temprature=2), "temprature"),
        ],
    )
    def test_wrong_values_are_named(self, option: dict, named: str) -> None:
        with pytest.raises(ValueError, match=f"label_free.{named}"):
            LabelFree.from_option(option)

    def test_something_must_be_left_to_train_with(self) -> None:
        with pytest.raises(ValueError, match="set weight, pixel_weight or supervised_weight"):
            LabelFree.from_option(dict(weight=0, clean_weight=1))
        assert LabelFree.from_option(dict(weight=0, pixel_weight=1)).weight == 0

    def test_gains_of_a_target_that_nothing_asks_for_are_refused(self) -> None:
        options = dict(weight=0, pixel_weight=1, target_gains=(0.96, 1.08, 0.96))
        with pytest.raises(ValueError, match=r"target_gains .* set weight or clean_weight above 0"):
            LabelFree.from_option(options)
        assert LabelFree.from_option(dict(options, clean_weight=1)).clean_weight == 1


class TestMovedPrediction:
    def test_moves_by_whole_pixels_exactly(self) -> None:
        prediction = torch.rand(1, 3, 6, 8)
        moved, inside = move_prediction(
            prediction, [sample(clean_map=shifted(6, 8, columns=2, rows=-1))], (6, 8)
        )
        torch.testing.assert_close(moved[:, :, 1:, :-2], prediction[:, :, :-1, 2:])
        wanted = torch.zeros(6, 8)
        wanted[1:, :-2] = 1
        assert torch.equal(inside[0], wanted)

    def test_is_what_opencv_makes_of_a_picture(self) -> None:
        # elastic_transform moves the image by cv2.remap; the prediction has to go the same way.
        rng = np.random.default_rng(0)
        picture = cv2.GaussianBlur(rng.random((48, 64), dtype=np.float32), (0, 0), 3)
        maps = elastic_maps(48, 64, 5, rng)
        wanted = torch.from_numpy(cv2.remap(picture, *maps, cv2.INTER_LINEAR))
        moved, inside = move_prediction(
            torch.from_numpy(picture)[None, None],
            [sample(clean_map=joined_map(None, *maps))],
            (48, 64),
        )
        assert (moved[0, 0] - picture).abs().max() > 0.02
        difference = (moved[0, 0] - wanted).abs()[inside[0] > 0]
        assert difference.max() < 2e-3  # OpenCV counts in 32nds of a pixel

    def test_goes_as_far_at_half_the_resolution(self) -> None:
        prediction = torch.rand(1, 3, 6, 8)
        moved, _ = move_prediction(
            prediction, [sample(clean_map=shifted(12, 16, columns=4))], (12, 16)
        )
        torch.testing.assert_close(moved[..., :5], prediction[..., 2:7])

    def test_padded_pixels_stay(self) -> None:
        prediction = torch.rand(1, 3, 8, 10)
        moved, inside = move_prediction(
            prediction, [sample(clean_map=shifted(6, 7, columns=1))], (8, 10)
        )
        torch.testing.assert_close(moved[:, :, 6:], prediction[:, :, 6:])
        torch.testing.assert_close(moved[:, :, :6, :6], prediction[:, :, :6, 1:7])
        assert inside[0, :6, 6].sum() == 0
        assert inside[0, 6:].all()

    def test_two_moves_join(self) -> None:
        first, second = shifted(6, 9, columns=1), shifted(6, 9, columns=2, rows=1)
        both = joined_map(first, second[..., 0], second[..., 1])
        np.testing.assert_allclose(both[:5, :7], shifted(6, 9, columns=3, rows=1)[:5, :7])
        # The second move took these from outside of the picture.
        assert (both[:, 7:] < 0).all() and (both[5] < 0).all()

    def test_without_maps_nothing_is_copied(self) -> None:
        prediction = torch.rand(2, 3, 4, 4)
        assert move_prediction(prediction, [sample(), sample()], (4, 4))[0] is prediction


@pytest.fixture
def label_free_network(enhanced_network: Callable) -> Callable:
    def build(
        two_step: bool = True, preprocessor: dict | None = None, **options: float
    ) -> torch.nn.Module:
        changes = dict(two_step=two_step, label_free=options or True, **(preprocessor or {}))
        return split_loss(freeze_network(enhanced_network(changes))).train()

    return build


@pytest.fixture
def clean_batch(batch: Callable) -> Callable:
    """Raw images, and other ones kept as the clean images."""

    def make(count: int = 2, size: object = (64, 96)) -> dict:
        data = batch(count, size)
        for image, one in zip(data["inputs"], data["data_samples"], strict=True):
            clean = (image.permute(1, 2, 0).numpy() // 2 + 40).astype(np.uint8)
            one.set_metainfo(dict(clean_img=clean))
        return data

    return make


def target_by_hand(model: torch.nn.Module, data: dict) -> torch.Tensor:
    images = [
        torch.from_numpy(one.clean_img.copy()).permute(2, 0, 1).flip(0).float()
        for one in data["data_samples"]
    ]
    own = model.data_preprocessor
    x = torch.stack([(image - own.norm_mean) / own.norm_std for image in images])
    with torch.no_grad():
        return torch.softmax(model(x, mode="tensor"), dim=1)


def run(model: torch.nn.Module, data: dict) -> tuple[torch.Tensor, dict]:
    return model.parse_losses(
        model(**model.data_preprocessor(copy.deepcopy(data), True), mode="loss")
    )


class TestLoss:
    def test_is_the_divergence_of_both_steps(
        self, label_free_network: Callable, clean_batch: Callable, perturbed: Callable
    ) -> None:
        model, data = label_free_network(), clean_batch()
        own = model.data_preprocessor
        perturbed(own.enhancer)
        perturbed(own.teacher.module)
        twin = copy.deepcopy(model)
        total, _ = run(model, data)
        total.backward()

        target, own = target_by_hand(twin, data), twin.data_preprocessor
        x = torch.stack(
            [(i.flip(0).float() - own.norm_mean) / own.norm_std for i in data["inputs"]]
        )
        with torch.no_grad():
            cleaned = own.teacher.module.eval()(x)
        wanted = []
        for step in (x, cleaned):
            scores = torch.log_softmax(twin(own.enhancer(step), mode="tensor"), dim=1)
            wanted.append(functional.kl_div(scores, target, reduction="none").sum(dim=1).mean())
        expected = wanted[0] + 0.5 * wanted[1]
        expected.backward()
        assert total.item() == pytest.approx(expected.item(), rel=1e-5)
        hub = MessageHub.get_current_instance()
        assert hub.get_scalar("train/loss1").current() == pytest.approx(wanted[0].item(), rel=1e-5)
        assert hub.get_scalar("train/loss2").current() == pytest.approx(wanted[1].item(), rel=1e-5)
        ours, theirs = (
            torch.cat([p.grad.flatten() for p in m.data_preprocessor.enhancer.parameters()])
            for m in (model, twin)
        )
        assert theirs.norm() > 1e-4
        assert (ours - theirs).norm() <= 1e-4 * theirs.norm()

    def test_an_identity_on_clean_images_costs_nothing(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        data = clean_batch()
        for index, one in enumerate(data["data_samples"]):
            data["inputs"][index] = torch.from_numpy(one.clean_img.copy()).permute(2, 0, 1)
        assert run(label_free_network(), data)[0].item() < 1e-6

    def test_labels_are_not_looked_at(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        model, data = label_free_network(), clean_batch()
        wanted = run(model, data)[0]
        for one in data["data_samples"]:
            one.gt_sem_seg.data.fill_(0)
        assert torch.equal(run(model, data)[0], wanted)

    def test_works_without_the_second_step(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        model, data = label_free_network(two_step=False), clean_batch()
        assert model.data_preprocessor.training_parts == ("step1", "clean")
        total, _ = run(model, data)
        inputs = model.data_preprocessor(copy.deepcopy(data), True)["inputs"]
        assert len(inputs) == 4
        assert total.item() > 0

    def test_the_networks_own_loss_is_added_by_its_weight(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        data = clean_batch()
        alone = label_free_network(two_step=False)
        both = label_free_network(two_step=False, supervised_weight=0.25)
        both.load_state_dict(alone.state_dict())
        parts = alone.data_preprocessor(copy.deepcopy(data), True)
        own, _ = alone.parse_losses(alone._own_loss(parts["inputs"][:2], parts["data_samples"][:2]))
        total, seen = run(both, data)
        assert total.item() == pytest.approx(
            run(alone, data)[0].item() + 0.25 * own.item(), rel=1e-5
        )
        assert "step1.decode.acc_seg" in seen

    def test_the_clean_term_pulls_the_enhanced_clean_image(
        self, label_free_network: Callable, clean_batch: Callable, perturbed: Callable
    ) -> None:
        data, model = clean_batch(), label_free_network(clean_weight=2.0)
        perturbed(model.data_preprocessor.enhancer)
        parts = model.data_preprocessor.training_parts
        assert parts == ("step1", "step2", "enhanced_clean", "clean")
        total, _ = run(model, data)
        hub = MessageHub.get_current_instance()
        steps = [
            hub.get_scalar(f"train/{name}").current() for name in ("loss1", "loss2", "clean_loss")
        ]
        assert steps[2] > 0
        assert total.item() == pytest.approx(steps[0] + 0.5 * steps[1] + 2 * steps[2], rel=1e-5)

    def test_the_pixel_term_is_the_mean_difference_from_the_clean_image(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        data = clean_batch()
        alone = label_free_network(two_step=False)
        both = label_free_network(two_step=False, pixel_weight=0.5)
        both.load_state_dict(alone.state_dict())
        inputs = alone.data_preprocessor(copy.deepcopy(data), True)["inputs"]
        wanted = (inputs[:2] - inputs[2:]).abs().mean().item()
        assert run(both, data)[0].item() == pytest.approx(
            run(alone, data)[0].item() + 0.5 * wanted, rel=1e-5
        )

    def test_the_pixel_term_alone_runs_no_network(
        self, label_free_network: Callable, clean_batch: Callable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data, model = clean_batch(), label_free_network(two_step=False, weight=0, pixel_weight=2)
        inputs = model.data_preprocessor(copy.deepcopy(data), True)["inputs"]
        monkeypatch.setattr(model.backbone, "forward", lambda *_: pytest.fail("the network ran"))
        wanted = 2 * (inputs[:2] - inputs[2:]).abs().mean().item()
        assert run(model, data)[0].item() == pytest.approx(wanted, rel=1e-5)

    @pytest.mark.parametrize("order", ["bgr", "rgb"])
    def test_the_network_sees_the_clean_image_with_the_gains_for_the_target(
        self, label_free_network: Callable, clean_batch: Callable, order: str
    ) -> None:
        gains = (0.9, 2.5, 0.8)  # red, green, blue
        data = clean_batch()
        preprocessor = dict(input_order=order, bgr_to_rgb=order == "bgr")
        plain = label_free_network(pixel_weight=0.5, preprocessor=preprocessor)
        model = label_free_network(pixel_weight=0.5, target_gains=gains, preprocessor=preprocessor)
        model.load_state_dict(plain.state_dict())
        own = model.data_preprocessor
        assert own.training_parts == ("step1", "step2", "clean", "target")
        inputs = own(copy.deepcopy(data), True)["inputs"]
        step1, clean, seen = inputs[:2], inputs[4:6], inputs[6:]
        # The network takes RGB; the clean images are in the order of the loader.
        raw = torch.stack([torch.from_numpy(one.clean_img.copy()) for one in data["data_samples"]])
        raw = raw.permute(0, 3, 1, 2).float()
        rgb = raw.flip(1) if order == "bgr" else raw
        wanted = (rgb * torch.tensor(gains).view(3, 1, 1)).clamp(max=255)
        assert (wanted == 255).any()  # so the clip is tested
        torch.testing.assert_close(seen, (wanted - own.mean) / own.std)
        # The divergence is to the prediction on these images, the pixel term stays with the clean image.
        with torch.no_grad():
            target = torch.softmax(model(seen, mode="tensor"), dim=1)
        scores = torch.log_softmax(model(step1, mode="tensor"), dim=1)
        divergence = functional.kl_div(scores, target, reduction="none").sum(dim=1).mean()
        run(model, data)
        loss1 = MessageHub.get_current_instance().get_scalar("train/loss1").current()
        pixels = 0.5 * (step1 - clean).abs().mean()
        assert loss1 == pytest.approx((divergence + pixels).item(), rel=1e-5)
        assert loss1 != pytest.approx(run(plain, data)[0].item(), rel=1e-3)

    def test_padded_pixels_do_not_count(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        model = label_free_network(preprocessor=dict(size=(96, 128), size_divisor=None))
        data = clean_batch()
        parts = model.data_preprocessor(copy.deepcopy(data), True)
        clean = parts["inputs"][4:]
        target = CleanPrediction(model, clean, parts["data_samples"][4:])
        assert target.counts.shape == target.still[:, 0].shape
        share = 64 * 96 / (96 * 128)
        assert target.counts.mean().item() == pytest.approx(share, rel=0.01)
        rows, columns = target.counts[0].size(0) * 64 // 96, target.counts[0].size(1) * 96 // 128
        assert (target.counts[0, :rows, :columns] == 1).all()
        assert target.counts[0, rows + 1 :].sum() == 0
        assert target.counts[0, :, columns + 1 :].sum() == 0

    def test_moved_targets_follow_the_corruption(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        model, data = label_free_network(two_step=False), clean_batch()
        parts = model.data_preprocessor(copy.deepcopy(data), True)
        still = CleanPrediction(model, parts["inputs"][2:], parts["data_samples"][2:])
        for one in data["data_samples"]:
            one.set_metainfo(dict(clean_map=shifted(64, 96, columns=16)))
        parts = model.data_preprocessor(data, True)
        moved = CleanPrediction(model, parts["inputs"][2:], parts["data_samples"][2:])
        wanted, _ = move_prediction(still.still, parts["data_samples"][2:], (64, 96))
        assert (wanted - still.still).abs().max() > 0.01
        torch.testing.assert_close(moved.moved, wanted)
        assert moved.moved_counts[..., -2:].sum() == 0  # they came from outside
        assert torch.equal(moved.still, still.still)


class TestClearMessages:
    def test_a_pipeline_without_clean_images_is_named(
        self, label_free_network: Callable, batch: Callable
    ) -> None:
        with pytest.raises(ValueError, match="keep_clean=True"):
            label_free_network().data_preprocessor(batch(), True)

    def test_a_clean_image_of_another_size_is_refused(
        self, label_free_network: Callable, clean_batch: Callable
    ) -> None:
        data = clean_batch()
        data["data_samples"][1].set_metainfo(dict(clean_img=np.zeros((64, 95, 3), np.uint8)))
        with pytest.raises(ValueError, match="put RandomCorruption behind"):
            label_free_network().data_preprocessor(data, True)

    def test_scores_of_another_kind_are_refused(self) -> None:
        class Tasks(torch.nn.Module):
            def forward(self, inputs: torch.Tensor, samples: list, mode: str) -> dict:
                return {"a": inputs}

        with pytest.raises(ValueError, match="Tasks gave dict"):
            class_scores(Tasks(), torch.zeros(1, 3, 4, 4), [sample()])


def test_prediction_ignores_the_option(
    label_free_network: Callable, enhanced_network: Callable, batch: Callable
) -> None:
    """In testing nothing of it is left: no clean image is asked for."""
    model = label_free_network().eval()
    assert model.data_preprocessor.training_parts == ()
    assert len(model.data_preprocessor(batch(), False)["inputs"]) == 2

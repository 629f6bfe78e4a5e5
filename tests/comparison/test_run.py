"""A whole comparison in this process: totals, resuming, bad input."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.comparison import run as comparison
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.enhancers import EnhancerChoice, choose_enhancers, sweep_strength
from sympie_seg.comparison.result import Row, write_result
from sympie_seg.comparison.run import Comparison, Options, compare
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.models.frozen.fingerprint import weights_fingerprint
from sympie_seg.report.example_choice import choose_examples, make_examples
from sympie_seg.report.markdown import csv_table, markdown, summary

OPTIONS = Options(bootstrap=Bootstrap(100), cost_size=None)


@pytest.fixture
def compared(
    comparison_config: Callable, frozen_file: Path, enhancer_file: Path, tmp_path: Path
) -> Callable[..., Comparison]:
    """Compare none, gamma and the enhancer file on the toy images."""

    def run(config: Any = None, choices: Any = None, options: Options = OPTIONS) -> Comparison:
        choices = choices or choose_enhancers(["none", "gamma", str(enhancer_file)])
        config = config or comparison_config()
        return compare(config, str(frozen_file), choices, tmp_path / "records", options)

    return run


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each enhancer's run had to test."""
    counts: list[int] = []
    original = comparison.remaining_loader

    def count(cfg: Any, images: Any, seed: Any) -> Any:
        counts.append(len(images))
        return original(cfg, images, seed)

    monkeypatch.setattr(comparison, "remaining_loader", count)
    return counts


def rows(comparison: Comparison) -> dict[str, Row]:
    return {row.name: row for row in comparison.result.rows}


def score(row: Row, enhancer: str, metric: str = "mIoU") -> float:
    return row.scores[enhancer].metrics[metric]


def test_totals_are_those_of_the_runners_test(
    compared: Callable, comparison_config: Callable, build_runner: Callable, frozen_file: Path, enhancer_file: Path
) -> None:  # fmt: skip
    """mmengine's own test loop with ConditionIoUMetric, which is an IoUMetric, at another batch size."""
    rows_by_name = rows(compared())
    for name, enhancer in (("gamma", dict(type="GammaEnhancer")), ("enhancer", str(enhancer_file))):
        config = comparison_config(**{"test_dataloader.batch_size": 1})
        config.model.data_preprocessor.enhancer = enhancer
        config.model.data_preprocessor.two_step = False
        config.load_from, config.experiment_name = str(frozen_file), f"totals_{name}"
        scores = build_runner(config).test()
        for metric in ("mIoU", "mAcc", "aAcc"):
            for row, key in (
                ("all images pooled", metric),
                ("clean", f"clean/{metric}"),
                ("small", f"small/{metric}"),
            ):
                assert score(rows_by_name[row], name, metric) == pytest.approx(
                    scores[key], abs=0.02
                )
    assert score(rows_by_name["small"], "none") != score(rows_by_name["small"], "gamma")
    assert rows_by_name["small"].test_size == "48x32" and rows_by_name["clean"].images == 6


def test_the_file_is_what_the_report_reads(compared: Callable, tmp_path: Path) -> None:
    from sympie_seg.report import load_comparison, write_report

    comparison = compared(options=Options(bootstrap=Bootstrap(100), cost_size=(64, 48)))
    path = tmp_path / "comparison.json"
    write_result(path, comparison.result)
    result = load_comparison(path)
    assert result == comparison.result
    assert result.network.clean == score(rows(comparison)["clean"], "none")
    assert [one.cost.parameters > 0 for one in result.enhancers] == [False, False, True]
    assert result.network.cost.gmac > 0
    examples = make_examples(comparison, choose_examples(comparison))
    write_report(tmp_path / "report.html", result, examples)
    assert "enhancer" in (tmp_path / "report.html").read_text()


def test_examples_show_the_extremes_of_the_gain(compared: Callable) -> None:
    comparison = compared()
    chosen = choose_examples(comparison)
    assert {(c.group, c.enhancer) for c in chosen} == {(0, "enhancer"), (1, "enhancer")}
    for group, results in enumerate(comparison.results):
        gains = results["enhancer"].image_scores - results["none"].image_scores
        own = {c.choice: c for c in chosen if c.group == group}
        assert own["best"].gain == gains.max() and own["worst"].gain == gains.min()
        assert own["median"].gain == np.sort(gains)[::-1][3]
        position = comparison.groups[group].indices.index(own["best"].index)
        assert gains[position] == gains.max()
    examples = make_examples(comparison, chosen)
    assert len(examples) == 6
    for choice, example in zip(chosen, examples, strict=True):
        assert list(example.views) == ["none", "gamma", "enhancer"]
        alone, own = example.views["none"], example.views["enhancer"]
        assert own.score - alone.score == pytest.approx(choice.gain, abs=0.3)
        assert np.array_equal(alone.enhanced, example.input)
        assert np.abs(own.enhanced.astype(int) - example.input).mean() > 0.5
        assert len(own.parameters) == 37 and alone.parameters is None
        assert own.prediction.shape == example.truth.shape == (48, 64)
    small = next(e for e in examples if e.row == "small")
    assert small.input.shape == (32, 48, 3), "as the network gets it"
    image = cv2.imread(comparison.groups[1].images[0])[..., ::-1]
    assert len(choose_examples(comparison, most=3)) == 3 and image.shape == (48, 64, 3)


def test_a_sweep_of_strengths(compared: Callable, enhancer_file: Path) -> None:
    """0 is the network alone, 1 the file as it is; the distance from identity grows with the strength."""
    chosen = choose_enhancers(["none", str(enhancer_file)])
    swept = compared(choices=sweep_strength(chosen, [0, 0.5, 1]))
    names = ["none", "enhancer@0", "enhancer@0.5", "enhancer@1"]
    assert swept.result.names == names
    whole = rows(compared(choices=chosen))
    for name, row in rows(swept).items():
        assert score(row, "enhancer@0") == pytest.approx(score(row, "none"), abs=0.02)
        assert row.scores["enhancer@1"] == whole[name].scores["enhancer"]
        if row.activity:
            zero, half, one = (row.activity[name].distance for name in names[1:])
            assert zero == 0 and half == pytest.approx(one / 2, rel=1e-3) and one > 0
            assert row.activity["enhancer@0"].mean_change < 1e-3
    examples = make_examples(swept, choose_examples(swept, most=9))
    parameters = [examples[0].views[name].parameters for name in names[1:]]
    assert parameters[0] != parameters[1] != parameters[2]


def test_classical_enhancers_have_examples_where_no_file_was_given(compared: Callable) -> None:
    comparison = compared(choices=choose_enhancers(["none", "gamma"]))
    assert {choice.enhancer for choice in choose_examples(comparison)} == {"gamma"}


def test_finished_images_are_not_tested_again(
    compared: Callable, comparison_config: Callable, tested: list, tmp_path: Path
) -> None:
    first = compared().result
    assert tested == [12, 12, 12]
    for path in (tmp_path / "records").glob("enhancer-*/rank0.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:6]) + lines[6][:25])  # killed while it wrote the sixth
    tested.clear()
    again = compared(comparison_config(**{"test_dataloader.batch_size": 5})).result
    assert tested == [0, 0, 7]
    for one, other in zip(first.rows, again.rows, strict=True):
        # Sums of a batch are added in another order; a pixel may tip over.
        assert score(other, "enhancer") == pytest.approx(score(one, "enhancer"), abs=0.1)
        assert other.scores["gamma"] == one.scores["gamma"]


def test_what_changed_is_tested_again(
    compared: Callable,
    comparison_config: Callable,
    tested: list,
    toy_data: Path,
    tmp_path: Path,
    toy_part: Callable,
) -> None:
    names = choose_enhancers(["none"])
    copy = tmp_path / "copy"
    shutil.copytree(toy_data, copy)
    before = rows(compared(comparison_config([toy_part(copy, "clean")]), names))
    bright = cv2.imread(str(copy / "img/3.png")) // 3
    cv2.imwrite(str(copy / "img/3.png"), bright)
    after = rows(compared(comparison_config([toy_part(copy, "clean")]), names))
    assert tested == [6, 6]
    assert before["clean"].scores != after["clean"].scores
    compared(comparison_config([toy_part(copy, "clean")]), names)
    assert tested == [6, 6, 0]


def test_tables(compared: Callable) -> None:
    comparison = compared()
    result = comparison.result
    text, short = markdown(result), summary(result)
    lines = csv_table(result).splitlines()
    small, clean = rows(comparison)["small"], result.network.clean
    value, change = score(small, "gamma"), small.difference("gamma", "mIoU")
    cell = f"{value:.2f} ({change.value:+.2f}; {change.low:+.2f} .. {change.high:+.2f})"
    for table in (text, short):
        (line,) = [one for one in table.splitlines() if one.startswith("| Toy") and cell in one]
        assert f"| 48x32 | 6 | DeepLabV2ResNet-18, width 8 | {clean:.2f} |" in line
        assert "all images pooled" in table and "visibly changed" in table
    assert "## mAcc (%)" in text and "## mAcc" not in short
    read = list(csv.DictReader(lines))
    (own,) = [
        one for one in read
        if (one["row"], one["enhancer"], one["metric"], one["class"]) == ("small", "gamma", "mIoU", "")
    ]  # fmt: skip
    assert float(own["value"]) == pytest.approx(value, abs=1e-4)
    assert float(own["low"]) == pytest.approx(change.low, abs=1e-4)
    assert (
        own["network"]
        and own["checkpoint"]
        and float(own["clean"]) == pytest.approx(clean, abs=1e-4)
    )


def test_a_corruption_grid_of_segmentation(
    compared: Callable, comparison_config: Callable, toy_data: Path, toy_part: Callable
) -> None:
    def cell(severity: int) -> dict:
        made = toy_part(toy_data, f"brightness-{severity}")
        made["pipeline"].insert(
            1, dict(type="Corrupt", name="brightness", severity=severity, seed=0)
        )
        return made

    config = comparison_config([toy_part(toy_data, "clean"), cell(1), cell(3), cell(5)])
    comparison = compared(config, choose_enhancers(["none", "gamma"]))
    grid, own = comparison.result.grid, rows(comparison)
    assert grid.corruptions == ["brightness"] and grid.severities == [1, 3, 5]
    assert grid.values["gamma"] == [[score(own[f"brightness-{s}"], "gamma") for s in (1, 3, 5)]]
    errors = {e: 100 - np.mean(grid.values[e]) for e in ("none", "gamma")}
    assert grid.summary["gamma"].mCE == pytest.approx(100 * errors["gamma"] / errors["none"])
    assert {comparison.groups[c.group].name for c in choose_examples(comparison)} == {
        "clean",
        "brightness-3",
    }
    text, short = markdown(comparison.result), summary(comparison.result)
    assert "### gain of gamma over none, points of mIoU" in text
    assert "brightness-3 |" in text and "brightness-3 |" not in short
    assert "| mCE (%) against none |" in short and "all images pooled" in short


class NaNForDark(nn.Module):
    def forward(self, images: Any) -> Any:
        if isinstance(images, Tensor):
            return torch.stack([self.forward([image])[0] for image in images])
        return [torch.where(image.mean() < -0.5, torch.nan, image) for image in images]


def one_dark(toy_data: Path, folder: Path) -> Path:
    shutil.copytree(toy_data, folder)
    cv2.imwrite(str(folder / "img/2.png"), cv2.imread(str(folder / "img/2.png")) // 9)
    return folder


def test_nan_in_the_output_is_named_with_its_image(
    compared: Callable,
    comparison_config: Callable,
    toy_data: Path,
    tmp_path: Path,
    toy_part: Callable,
) -> None:
    MODELS.register_module(name="NaNForDark", module=NaNForDark, force=True)
    data = one_dark(toy_data, tmp_path / "dark")
    broken = [
        *choose_enhancers(["none"]),
        EnhancerChoice("broken", "broken", dict(type="NaNForDark")),
    ]
    with pytest.raises(
        FloatingPointError, match=r"enhancer's output for '.*dark/img/2\.png' hold NaN"
    ):
        compared(comparison_config([toy_part(data, "clean")]), broken)


def test_nan_in_the_parameters_is_named_with_its_image(
    compared: Callable, comparison_config: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The enhancer's own check counts within a batch; which image it was is found out."""
    from sympie_seg.enhancer.nem import NoiseEstimationModule

    original, means, spoilt = NoiseEstimationModule.forward, [], []

    def broken(self: Any, thumbnails: Tensor) -> Tensor:
        vectors, own = original(self, thumbnails), thumbnails.mean((1, 2, 3))
        means.extend(own.tolist())
        close = [any(abs(float(mean) - other) < 1e-5 for other in spoilt) for mean in own]
        return torch.where(torch.tensor(close).view(-1, 1), torch.nan, vectors)

    monkeypatch.setattr(NoiseEstimationModule, "forward", broken)
    config = comparison_config()
    compared(config)
    assert len(means) == 12
    spoilt.append(means[3])
    config.test_dataloader.dataset.datasets[0].pipeline.insert(1, dict(type="RandomFlip", prob=0.0))
    with pytest.raises(FloatingPointError, match=r"img/3\.png'.* NaN or infinite"):
        compared(config)


def test_labels_of_another_size_are_named(
    compared: Callable,
    comparison_config: Callable,
    toy_data: Path,
    tmp_path: Path,
    toy_part: Callable,
) -> None:
    shutil.copytree(toy_data, tmp_path / "bad")
    path = tmp_path / "bad/ann/4.png"
    cv2.imwrite(str(path), cv2.imread(str(path), 0)[:40])
    with pytest.raises(ValueError, match=r"ann/4\.png' is 64 x 40, its image 64 x 48"):
        compared(comparison_config([toy_part(tmp_path / "bad", "clean", early_check=0)]))


def test_a_checkpoint_of_another_network(
    comparison_config: Callable, frozen_file: Path, tmp_path: Path
) -> None:
    config = comparison_config(**{"model.decode_head.channels": 16})
    with pytest.raises(ValueError, match="does not fit the network"):
        compare(config, str(frozen_file), choose_enhancers(["none"]), tmp_path, OPTIONS)


def test_a_stock_config(
    compared: Callable, comparison_config: Callable, tmp_path: Path, frozen_file: Path
) -> None:
    own = rows(compared(choices=choose_enhancers(["none", "gamma"])))
    config = comparison_config()
    options = config.model.data_preprocessor
    kept = {key: options[key] for key in ("mean", "std", "bgr_to_rgb", "size_divisor")}
    config.model.data_preprocessor = dict(type="SegDataPreProcessor", **kept)
    comparison = compare(
        config, str(frozen_file), choose_enhancers(["none", "gamma"]), tmp_path / "s", OPTIONS
    )
    for name, row in rows(comparison).items():
        assert row.scores == own[name].scores


def test_another_data_preprocessor(
    comparison_config: Callable, frozen_file: Path, tmp_path: Path
) -> None:
    config = comparison_config()
    config.model.data_preprocessor = dict(type="BaseDataPreprocessor")
    with pytest.raises(ValueError, match="is of type 'BaseDataPreprocessor'"):
        compare(config, str(frozen_file), choose_enhancers(["none"]), tmp_path, OPTIONS)


def test_whether_the_enhancer_met_the_network_is_told_by_its_file(
    compared: Callable, frozen_file: Path, tmp_path: Path
) -> None:
    own = weights_fingerprint(torch.load(frozen_file, weights_only=True)["state_dict"])
    told = dict(
        met=[own, "other"], new=["other"], none_met=[], perhaps=["other", "unknown"], silent=None
    )
    for name, networks in told.items():
        provenance = {} if networks is None else dict(networks=networks)
        save_enhancer(tmp_path / f"{name}.pth", SyMPIE(), provenance)
    result = compared(
        choices=choose_enhancers(["none", *(str(tmp_path / f"{name}.pth") for name in told)])
    ).result
    assert result.network.fingerprint == own
    assert {one.name: one.trained_through for one in result.enhancers} == dict(
        none=None, met=True, new=False, none_met=False, perhaps=None, silent=None
    )
    assert (
        "- trained through this network: met; never met it: new, none_met (as the enhancer files tell)"
        in markdown(result)
    )


def test_the_strength_that_was_used_is_told(
    compared: Callable, comparison_config: Callable, enhancer_file: Path, tmp_path: Path
) -> None:
    """Given by hand, else the config's, else the file's own; in the record and in every table."""
    module, provenance = load_enhancer(enhancer_file)
    module.strength = 1.4
    save_enhancer(tmp_path / "strong.pth", module, provenance)
    chosen = choose_enhancers(["none", str(enhancer_file), str(tmp_path / "strong.pth")])
    whole = compared(choices=chosen)
    result = whole.result
    told = {one.name: one.strength for one in result.enhancers}
    assert told == {"none": None, "enhancer": 1.0, "strong": 1.4}
    assert "- strength: enhancer 1, strong 1.4 (0 changes nothing" in markdown(result)
    assert "- strength: enhancer 1, strong 1.4" in summary(result)
    lines = csv.DictReader(csv_table(result).splitlines())
    assert {(e["enhancer"], e["strength"]) for e in lines} == {
        *[("none", ""), ("enhancer", "1"), ("strong", "1.4")]
    }
    swept = compared(choices=sweep_strength(chosen[:1] + chosen[2:], [1, 1.4]))
    assert [one.strength for one in swept.result.enhancers] == [None, 1.0, 1.4]
    for name, row in rows(swept).items():
        scores = rows(whole)[name].scores
        assert row.scores["strong@1.4"] == scores["strong"], "its own"
        assert row.scores["strong@1"] == scores["enhancer"], "1 by hand: as without"
    config = comparison_config()
    config.model.data_preprocessor.strength = 0.5
    assert [e.strength for e in compared(config, chosen).result.enhancers] == [None, 0.5, 0.5]

"""The plan of the embedded default: what it runs, in which order, with options that the verbs have."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from mmengine.config import Config

import sympie_seg  # noqa: F401  (knows the bases of configs)
from sympie_seg.cli import demo as verb
from sympie_seg.cli.main import make_parser
from sympie_seg.comparison.result import ComparisonResult, parse_result
from sympie_seg.demos import streets as demo
from sympie_seg.upstream.config_package import config_folder
from sympie_seg.utils.phases import Phase, PhaseError


def parsed(*words: str) -> argparse.Namespace:
    return make_parser(["demo", *words]).parse_args(["demo", *words])


def options_of(phase: Phase) -> dict[str, str]:
    words = phase.command[phase.command.index("--cfg-options") + 1 :]
    return dict(word.split("=", 1) for word in words)


def test_quick_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "one_seed", lambda *all: asked.append(all))
    monkeypatch.setattr(demo, "summary", lambda runs: "")
    for words in ([], ["--full", "--seeds", "2", "3"], ["--full", "--work-dir", "x"]):
        verb.run(parsed(*words))
    assert asked == [
        (tmp_path / "work_dirs/quickstart/seed1", 1, demo.QUICK),
        (tmp_path / "work_dirs/streets/seed2", 2, demo.FULL),
        (tmp_path / "work_dirs/streets/seed3", 3, demo.FULL),
        (tmp_path / "x/seed1", 1, demo.FULL),
    ]


def test_every_step_is_a_verb_with_options_that_it_has(tmp_path: Path) -> None:
    for phase in demo.plan(tmp_path, 1, demo.QUICK):
        words = list(phase.command[2:])
        assert Path(phase.command[1]).name == "sympie_seg_cli.py"
        make_parser(words).parse_args(words)


def test_quick_takes_at_most_ten_minutes(tmp_path: Path) -> None:
    assert sum(phase.seconds for phase in demo.plan(tmp_path, 1, demo.QUICK)) <= 600


def test_full_is_what_the_table_of_three_seeds_was_made_with(tmp_path: Path) -> None:
    """400 + 60 + 4 x 40 scenes; 800 and 400 iterations; 4 x (60 + 160) passes."""
    assert [phase.steps for phase in demo.plan(tmp_path, 1, demo.FULL)] == [620, 800, 400, 880]


def test_options_fit_the_configs(tmp_path: Path) -> None:
    """Every option names something in the config, and no part of a schedule keeps the config's own length."""
    draw, network, enhancer, test = demo.plan(tmp_path, 3, demo.QUICK)
    for phase, path in ((network, demo.FROZEN), (enhancer, demo.SYMPIE)):
        cfg = Config.fromfile(config_folder() / path)
        for name in options_of(phase):
            value = cfg
            for part in name.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
        cfg.merge_from_dict({k: int(v) if v.isdigit() else v for k, v in options_of(phase).items()})
        assert cfg.train_cfg.max_iters == cfg.train_cfg.val_interval == phase.steps
        assert cfg.param_scheduler[-1].end == phase.steps
        assert cfg.randomness.seed == 3
    assert str(tmp_path / "frozen/iter_300.pth") in test.command
    assert "--seed" in draw.command


def test_done_steps_are_seen(tmp_path: Path) -> None:
    def done() -> list[bool]:
        return [phase.is_done for phase in demo.plan(tmp_path, 1, demo.QUICK)]

    assert done() == [False] * 4
    for folder in ("data", "frozen", "sympie"):
        (tmp_path / folder).mkdir()
    counts = {"cityscapes/train": 200, "cityscapes/val": 30, "acdc/val (per condition)": 29}
    manifest = tmp_path / "data/manifest.json"
    for text in ("", "[]", "{}", json.dumps(dict(counts=counts, complete=True))):
        manifest.write_text(text)
        assert not done()[0]
    counts["acdc/val (per condition)"] = 30
    manifest.write_text(json.dumps(dict(counts=counts, complete=False)))
    assert not done()[0]
    manifest.write_text(json.dumps(dict(counts=counts, complete=True)))
    (tmp_path / "frozen/iter_300.pth").touch()
    assert done() == [True, True, False, False]
    (tmp_path / "sympie/iter_200.pth").touch()
    (tmp_path / "comparison.json").touch()
    assert done() == [True] * 4


def scored(*rows: tuple[str, list[float | None]]) -> ComparisonResult:
    names = ["none", "clahe", "gamma", "enhancer_last"]
    return parse_result(
        dict(
            format="sympie_seg.comparison",
            version=1,
            task="segmentation",
            title="",
            metric="mIoU",
            network={},
            classes=[],
            enhancers=[dict(name=name) for name in names],
            rows=[
                dict(
                    name=name,
                    kind="mean" if "mean" in name else "condition",
                    images=1,
                    scores={n: dict(mIoU=s) for n, s in zip(names, scores, strict=True)},
                )
                for name, scores in rows
            ],
        )
    )


def test_the_table_has_means_over_the_seeds() -> None:
    remaining = [(name, [1.0] * 4) for name in ("night", "rain", "snow", "mean over conditions")]
    first = scored(
        ("clean", [60.0, 50.0, 40.0, 62.0]), ("fog", [30.0, None, 30.0, 30.0]), *remaining
    )
    second = scored(
        ("clean", [50.0, 51.0, 42.0, 58.0]), ("fog", [30.0, 1.0, 30.0, 20.0]), *remaining
    )
    lines = demo.summary([first, second]).splitlines()
    assert lines[2] == "| clean | 55.00 | 50.50 (-4.50) | 41.00 (-14.00) | 60.00 (+5.00) |"
    assert lines[3] == "| fog | 30.00 | - | 30.00 (+0.00) | 25.00 (-5.00) |"
    assert lines[-1].startswith("| mean over conditions | 1.00 | 1.00 (+0.00) |")


def test_a_failed_step_says_how_to_continue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for raised, message in (
        (PhaseError("no disk"), "error: no disk"),
        (KeyboardInterrupt(), "stopped"),
    ):

        def fail(*_: object, raised: BaseException = raised) -> None:
            raise raised

        monkeypatch.setattr(demo, "one_seed", fail)
        with pytest.raises(
            SystemExit, match=f"^{message}(.|\n)*un the same command again to continue$"
        ):
            verb.run(parsed("--work-dir", str(tmp_path)))

"""The Python blocks of docs/any-network.md run, with random weights."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

import sympie_seg  # noqa: F401  (knows the bases of configs)

PAGE = Path(__file__).resolve().parents[1] / "docs/any-network.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.M)
OPTIONAL = ("timm", "segmentation_models_pytorch", "transformers")


def kind(block: str) -> str:
    match = re.match(r"# (config|model|module): ", block)
    return match[1] if match else "script"


def title(block: str) -> str:
    named = re.search(r"# \w+: ([^;\n]*)", block) if kind(block) != "script" else None
    package = next((name for name in OPTIONAL if name in block), "torchvision")
    return f"{kind(block)} {named[1] if named else package}"


def skip_without_packages(block: str) -> None:
    for name in OPTIONAL:
        if re.search(rf"(import|from) {name}|'{name}:", block) and find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install -e '.[networks]'")
    if "classification'" in block:
        pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")


def test_every_kind_of_block_is_found() -> None:
    kinds = [kind(block) for block in BLOCKS]
    counts = {name: kinds.count(name) for name in ("script", "config", "model", "module")}
    assert counts == dict(script=6, config=1, model=5, module=1)


@pytest.mark.slow
@pytest.mark.parametrize("block", [b for b in BLOCKS if kind(b) == "script"], ids=title)
def test_scripts(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_without_packages(block)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(PAGE), "exec"), {})


@pytest.mark.parametrize("block", [b for b in BLOCKS if kind(b) in ("config", "model")], ids=title)
def test_configs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is built, and gets its gradient through to the enhancer."""
    skip_without_packages(block)
    (module,) = (b for b in BLOCKS if kind(b) == "module")
    (tmp_path / "my_networks.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "config.py").write_text(block)
    cfg = Config.fromfile(tmp_path / "config.py")
    init_default_scope("mmpretrain" if "classification'" in block else "mmseg")
    model = MODELS.build(cfg.model)
    model.network.eval()
    raw = [torch.randint(0, 256, (3, 64, 96), dtype=torch.uint8) for _ in range(2)]
    samples = [model.predict(torch.zeros(1, 3, 64, 64))[0].new() for _ in raw]
    inputs = model.data_preprocessor(dict(inputs=raw, data_samples=samples), True)["inputs"]
    logits = model(inputs)
    many = "classification'" in block
    assert logits.shape[1:] == ((1000,) if many else (19, 64, 96))
    logits.square().mean().backward()
    assert model.data_preprocessor.enhancer.nem.out.bias.grad.abs().sum() > 0

"""One rank of a distributed training on the CPU, started by torchrun: ``rank.py CONFIG FOLDER``."""

import os
import sys

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmseg.registry import RUNNERS


class Seen(Hook):
    """Notes which images this rank was given."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        self.paths += [sample.img_path for sample in data_batch["data_samples"]]


def main() -> None:
    torch.set_num_threads(1)
    config, folder = sys.argv[1:]
    runner = RUNNERS.build(Config.fromfile(config))
    seen = Seen()
    runner.register_hook(seen)
    runner.train()
    path = os.path.join(folder, f"rank{os.environ['RANK']}.pth")
    torch.save(dict(state=runner.model.module.state_dict(), seen=seen.paths), path)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()

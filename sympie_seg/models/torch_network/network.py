"""Any PyTorch network as a model of mmengine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmengine.model import BaseModel
from mmengine.registry import MODELS, DefaultScope
from torch import Tensor, nn

from sympie_seg.models.torch_network.factory import build_network
from sympie_seg.models.torch_network.outputs import Output, output_picker
from sympie_seg.models.torch_network.preprocessing import preprocessor_options, task_class
from sympie_seg.models.torch_network.tasks import PixelTask
from sympie_seg.models.torch_network.weights import (
    CHILD,
    FROM_FACTORY,
    PREPROCESSOR,
    checked_state,
    own_names,
    read_weights,
)
from sympie_seg.utils.network_colours import NetworkColours

__all__ = ["TorchNetwork"]


@MODELS.register_module()
class TorchNetwork(BaseModel):
    """A network of torchvision, timm, segmentation_models.pytorch, transformers or a module of one's own.

    Enhancers are trained and tested in front of it as in front of mmseg's and mmpretrain's networks. The network
    itself stays as its library made it, in the child ``network``.

    ``factory`` is imported and called, and so are an ``output`` with a colon and every inner 'factory': a config with
    this model runs code. Weights from ``checkpoint`` are read with ``weights_only``.

    Args:
        factory (str | callable | nn.Module): 'package.module:function'; or, in Python, the function or the network.
        checkpoint (str, optional): the network's weights, a file or URL; loaded at once, and completely.
            'factory': the factory gives trained weights. Defaults to None: random ones, until ``frozen_checkpoint``
            or a checkpoint on the command line brings some.
        mean (Sequence[float]): of the network's channels, in the network's order and units.
        std (Sequence[float]): likewise.
        order (str): of the network's channels, 'rgb' or 'bgr'. Defaults to 'rgb'.
        output (str | int | callable, optional): where in the network's result the logits are: a key or attribute
            ('out', 'logits'), an index, a function or its name. Defaults to None: the result itself.
        max_pixel_value (float): full intensity in the units of mean and std, 1 or 255. Defaults to 1.
        task (str): 'segmentation' (logits (N, classes, h, w)) or 'classification' (N, classes), which needs
            mmpretrain. Defaults to 'segmentation'.
        factory_args (dict, optional): keyword arguments of the factory. A dict with the key 'factory' among them is
            built first.
        align_corners (bool): how logits of pixels are resized to the input. Defaults to False.
        ignore_index (int): label of pixels that do not count. Defaults to 255.
        data_preprocessor (dict | nn.Module, optional): mmseg's or mmpretrain's, or ours with an enhancer, without
            mean, std and channel order, which follow from the above. Defaults to None: the library's own.
        init_cfg (dict, optional): as in mmengine.
        train_cfg, test_cfg, pretrained: mmseg's tools pass them; not used.

    Raises:
        FileNotFoundError: if there is no file ``checkpoint``.
        ValueError: if an option is wrong, the factory fails or the weights do not fit.

    Example:
        >>> model = TorchNetwork(
        ...     'torchvision.models:squeezenet1_0', None, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225],
        ...     task='classification', data_preprocessor=dict(type='SyMPIEClsDataPreprocessor'))
        >>> model(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 1000])
    """

    score_kind = "softmax"
    """How label-free training reads the logits (:class:`~sympie_seg.models.frozen.divergence.ScoreKind`)."""

    def __init__(
        self,
        factory: str | Callable[..., nn.Module] | nn.Module,
        checkpoint: str | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        order: str = "rgb",
        output: Output = None,
        *,
        max_pixel_value: float = 1.0,
        task: str = "segmentation",
        factory_args: Mapping[str, Any] | None = None,
        align_corners: bool = False,
        ignore_index: int = 255,
        data_preprocessor: dict | nn.Module | None = None,
        init_cfg: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        pretrained: str | None = None,
    ) -> None:
        colours = NetworkColours(mean, std, order, max_pixel_value)  # type: ignore[arg-type]  # refuses None
        kind = task_class(task)
        own_task = PixelTask(align_corners, ignore_index) if kind is PixelTask else kind()
        if not isinstance(data_preprocessor, nn.Module):
            config = preprocessor_options(colours, kind, data_preprocessor)
            registry = own_task.registry()
            # The names are those of this library, whatever scope the rest of the program builds in.
            with DefaultScope.overwrite_default_scope(registry.scope):
                data_preprocessor = registry.build(config)
        super().__init__(data_preprocessor, init_cfg)
        self.colours, self.task = colours, own_task
        self.test_cfg = dict(test_cfg or {})
        self.network = build_network(factory, factory_args)
        self._pick_logits = output_picker(output)
        self.weights_source: str | None = FROM_FACTORY if checkpoint == FROM_FACTORY else None
        """The file that the weights come from, 'factory', or None: they are random."""
        if checkpoint is not None:
            self.load_weights(checkpoint)
        self.register_load_state_dict_pre_hook(_take_own_names)

    def load_weights(self, path: str | None) -> None:
        """Load the network's weights completely.

        Args:
            path: file or URL; None or 'factory': make sure that there are weights already.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it cannot be read or does not fit; with None, if the weights are random.
        """
        if path and path != FROM_FACTORY:
            state = checked_state(self.network, read_weights(path), path)
            self.network.load_state_dict(state, strict=False)
            self.weights_source = path
        elif self.weights_source is None:
            raise ValueError(
                "the network is random: set model.checkpoint=FILE (or frozen_checkpoint=FILE, or name a checkpoint on "
                f"the command line), or model.checkpoint='{FROM_FACTORY}' where the factory gives trained weights"
            )

    def logits(self, inputs: Tensor) -> Tensor:
        """Run the network.

        Args:
            inputs: images (N, 3, H, W) as the data preprocessor gives them: normalised, in the network's order.

        Returns:
            Before softmax: (N, classes, H, W), resized to the images, in segmentation; (N, classes) in classification.

        Raises:
            ValueError: if the network's result holds no such logits.
        """
        return self.task.fit(
            self._pick_logits(self.network(inputs)), (inputs.shape[2], inputs.shape[3])
        )

    def forward(
        self, inputs: Tensor, data_samples: Sequence[Any] | None = None, mode: str = "tensor"
    ) -> Any:
        """Do as mmengine's runner asks.

        Args:
            inputs: as for :meth:`logits`.
            data_samples: samples with labels, for 'loss'.
            mode: 'tensor' gives :meth:`logits`; 'loss' a dict; 'predict' a list of samples.

        Raises:
            ValueError: if the mode is none of these.
        """
        if mode == "tensor":
            return self.logits(inputs)
        if mode == "loss":
            return self.loss(inputs, data_samples or ())
        if mode == "predict":
            return self.predict(inputs, data_samples)
        raise ValueError(f"mode must be 'tensor', 'loss' or 'predict', got {mode!r}")

    def loss(self, inputs: Tensor, data_samples: Sequence[Any]) -> dict[str, Tensor]:
        """Cross entropy with the labels.

        Returns:
            ``loss_ce`` and, for the log, ``accuracy`` in percent.
        """
        return self.task.loss(self.logits(inputs), data_samples)

    def predict(self, inputs: Tensor, data_samples: Sequence[Any] | None = None) -> list[Any]:
        """Predict as mmseg's segmentors (``pred_sem_seg``, ``seg_logits``) or mmpretrain's classifiers do."""
        return self.task.predict(self.logits(inputs), data_samples)

    def checked_weights(self, checkpoint: Any, path: str) -> dict[str, Tensor]:
        """Give a checkpoint's weights by this model's names.

        Args:
            checkpoint: what the file held: of this model, or of the bare network.
            path: of the file, for messages.

        Raises:
            ValueError: if they do not fit completely.
        """
        state = checked_state(self.network, checkpoint, path)
        return {CHILD + key: value for key, value in state.items()}


def _take_own_names(
    model: TorchNetwork, state_dict: dict[str, Any], prefix: str, *args: Any
) -> None:
    """Let checkpoints of the bare network be loaded like those of this model."""
    keep = prefix + PREPROCESSOR
    names = [key for key in state_dict if key.startswith(prefix) and not key.startswith(keep)]
    given = {key.removeprefix(prefix): state_dict.pop(key) for key in names}
    state = own_names(given, model.network.state_dict())
    state_dict.update({f"{prefix}{CHILD}{key}": value for key, value in state.items()})

"""The optimiser of the enhancer: only its parameters, clipped one tensor at a time, followed by the teacher."""

from __future__ import annotations

import torch
from mmengine.dist import all_reduce_params, is_distributed
from mmengine.logging import print_log
from mmengine.model import BaseDataPreprocessor, BaseModel, is_model_wrapper
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

from sympie_seg.engine.output_preconditioner import OutputPreconditioner

__all__ = ["EnhancerOptimWrapperConstructor", "clip_each_tensor"]

# Options of mmengine's DefaultOptimWrapperConstructor.
_PARAMWISE = frozenset(
    (
        "custom_keys", "bias_lr_mult", "bias_decay_mult", "norm_decay_mult", "dwconv_decay_mult", "flat_decay_mult",
        "dcn_offset_lr_mult", "bypass_duplicate",
    )
)  # fmt: skip


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class EnhancerOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """Build the optimiser over the enhancer's parameters only.

    Clipping and the teacher's update hang on the optimiser's own step, so they happen once per real step:
    after unscaling under AMP, not at all where AMP skips a step, and once per accumulated batch. In distributed
    training the enhancer's BatchNorm statistics are averaged over the ranks there, so that all ranks have one enhancer.

    Args:
        optim_wrapper_cfg (dict): as in mmengine, and ``clip_tensor_norm`` (float, optional): each parameter
            tensor's gradient is scaled to this norm where its norm is above it; 1.0 in the paper; and
            ``precondition_output`` (bool): take the steps of NEM's last layer in coordinates in which every direction
            changes the picture alike (:mod:`sympie_seg.engine.output_preconditioner`). Defaults to False.
        paramwise_cfg (dict, optional): as in mmengine; names are the enhancer's own, so that
            ``dict(custom_keys={'nem.out': dict(lr_mult=0.06)})`` sets the rate of NEM's last layer.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        optim_wrapper_cfg = optim_wrapper_cfg.copy()
        self.clip_tensor_norm = optim_wrapper_cfg.pop("clip_tensor_norm", None)
        self.precondition_output = bool(optim_wrapper_cfg.pop("precondition_output", False))
        super().__init__(optim_wrapper_cfg, paramwise_cfg)

    def __call__(self, model: BaseModel) -> OptimWrapper:
        """Build the OptimWrapper for a model with an enhancing data preprocessor.

        Raises:
            ValueError: if the model has no trainable enhancer, or ``paramwise_cfg`` names an option or a parameter that
                does not exist.
        """
        bare = model.module if is_model_wrapper(model) else model
        preprocessor = bare.data_preprocessor
        enhancer = getattr(preprocessor, "enhancer", None)
        trained = sum(p.numel() for p in enhancer.parameters()) if enhancer is not None else 0
        if enhancer is None or not trained:
            raise ValueError(
                "nothing to train: model.data_preprocessor has no trainable enhancer; use "
                "data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=dict(type='SyMPIE'))"
            )
        total = sum(p.numel() for p in bare.parameters())
        print_log(f"Training {trained:,} enhancer parameters of {total:,}", logger="current")
        self._check_paramwise(enhancer)
        wrapper = super().__call__(enhancer)
        if self.precondition_output:
            OutputPreconditioner(enhancer.nem.out).attach(wrapper.optimizer)
        if self.clip_tensor_norm is not None:
            limit = float(self.clip_tensor_norm)
            wrapper.optimizer.register_step_pre_hook(lambda opt, *_: clip_each_tensor(opt, limit))
        wrapper.optimizer.register_step_post_hook(lambda *_: _after_step(preprocessor))
        return wrapper

    def _check_paramwise(self, enhancer: nn.Module) -> None:
        """Refuse what mmengine would ignore in silence, and so train at another rate than was asked for."""
        unknown = sorted(self.paramwise_cfg.keys() - _PARAMWISE)
        if unknown:
            raise ValueError(
                f"optim_wrapper.paramwise_cfg has no option {unknown[0]!r}; it has {', '.join(sorted(_PARAMWISE))}"
            )
        names = [name for name, _ in enhancer.named_parameters()]
        for key in self.paramwise_cfg.get("custom_keys", {}):
            if not any(key in name for name in names):
                raise ValueError(
                    f"optim_wrapper.paramwise_cfg.custom_keys={{{key!r}: ...}} is in no parameter's name. Names begin "
                    f"inside the enhancer: {', '.join(names[:2])}, ..., {', '.join(names[-2:])}"
                )


def _after_step(preprocessor: BaseDataPreprocessor) -> None:
    if is_distributed():
        # Each rank's BatchNorm has seen its own images, and mmengine tells DDP not to broadcast buffers.
        buffers = [b for b in preprocessor.enhancer.buffers() if b.is_floating_point()]
        all_reduce_params(buffers, op="mean")
    if preprocessor.teacher is not None:
        preprocessor.teacher.update(preprocessor.enhancer)


@torch.no_grad()
def clip_each_tensor(optimizer: torch.optim.Optimizer, limit: float) -> None:
    """Scale each parameter tensor's gradient to norm ``limit`` where its norm is above it."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return
    norms = torch._foreach_norm(gradients)
    # A norm of 0 gives a factor above 1, which the clamp takes back to 1.
    factors = [(limit / norm).clamp(max=1.0) for norm in norms]
    torch._foreach_mul_(gradients, factors)

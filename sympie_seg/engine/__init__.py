"""Runner, hooks and optimiser constructor: how a frozen network's enhancer is trained."""

from sympie_seg.engine.bfloat16_optim_wrapper import Bfloat16OptimWrapper
from sympie_seg.engine.hooks.batch_norm_statistics_hook import BatchNormStatisticsHook
from sympie_seg.engine.hooks.condition_visualization_hook import ConditionVisualizationHook
from sympie_seg.engine.hooks.enhancement_visualization_hook import EnhancementVisualizationHook
from sympie_seg.engine.hooks.enhancer_file_hook import EnhancerFileHook
from sympie_seg.engine.hooks.eval_loss_hook import EvalLossHook
from sympie_seg.engine.hooks.input_accuracy_hook import InputAccuracyHook
from sympie_seg.engine.hooks.prediction_strip_hook import PredictionStripHook
from sympie_seg.engine.hooks.safe_checkpoint_hook import SafeCheckpointHook
from sympie_seg.engine.hooks.student_file_hook import StudentFileHook
from sympie_seg.engine.optim_wrapper_constructor import EnhancerOptimWrapperConstructor
from sympie_seg.engine.resuming.resumable_runner import ResumableRunner
from sympie_seg.engine.resuming.resumable_train_loop import ResumableIterBasedTrainLoop
from sympie_seg.engine.runner import FrozenNetworkRunner
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.models.frozen.split_loss import split_loss

__all__ = [
    "BatchNormStatisticsHook",
    "Bfloat16OptimWrapper",
    "ConditionVisualizationHook",
    "EnhancementVisualizationHook",
    "EnhancerFileHook",
    "EnhancerOptimWrapperConstructor",
    "EvalLossHook",
    "FrozenNetworkRunner",
    "InputAccuracyHook",
    "PredictionStripHook",
    "ResumableIterBasedTrainLoop",
    "ResumableRunner",
    "SafeCheckpointHook",
    "StudentFileHook",
    "freeze_network",
    "load_frozen_weights",
    "split_loss",
]

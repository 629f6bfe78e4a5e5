"""Any PyTorch network behind an enhancer: :class:`TorchNetwork` and what it is made of."""

from sympie_seg.models.torch_network.network import TorchNetwork
from sympie_seg.models.torch_network.outputs import background_and_foreground
from sympie_seg.models.torch_network.preprocessing import complete_preprocessor
from sympie_seg.models.torch_network.weights import FROM_FACTORY, weights_digest

__all__ = [
    "FROM_FACTORY",
    "TorchNetwork",
    "background_and_foreground",
    "complete_preprocessor",
    "weights_digest",
]

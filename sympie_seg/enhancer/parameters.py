"""The 37 numbers that NEM predicts for one image, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor

KERNEL_SIZE = 5

# The one place that knows where each part lies in NEM's vector.
COLOR_MATRIX = slice(0, 9)
COLOR_SHIFT = slice(9, 12)
KERNEL = slice(12, 12 + KERNEL_SIZE**2)
NUM_PARAMETERS = KERNEL.stop

MAX_STRENGTH = 2.0

_FIELDS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("color_matrix", (3, 3)),
    ("color_shift", (3,)),
    ("kernel", (KERNEL_SIZE, KERNEL_SIZE)),
)


@dataclass(frozen=True, eq=False)
class WarpParameters:
    """Parameters of the warp, one set per image, in ImageNet-normalised RGB.

    In NEM's vector of 37 they follow each other in the order of the fields, each row-major (`COLOR_MATRIX`,
    `COLOR_SHIFT`, `KERNEL` are their slices).

    Attributes:
        color_matrix: C_M, shape (N, 3, 3): `out[c] = sum_d in[d] * C_M[d, c]`. Identity: eye(3).
        color_shift: C_S, shape (N, 3), added to the image BEFORE the matrix. Identity: 0.
        kernel: K, shape (N, 5, 5), cross-correlated with every channel. Identity: 1 at the centre.

    Raises:
        ValueError: if a tensor has another shape, or the three disagree on N.

    Example:
        >>> parameters = WarpParameters.identity(2)
        >>> parameters.to_vector().shape
        torch.Size([2, 37])
    """

    color_matrix: Tensor
    color_shift: Tensor
    kernel: Tensor

    def __post_init__(self) -> None:
        """Check the three shapes."""
        batch = self.color_matrix.shape[:1]
        for name, shape in _FIELDS:
            actual = getattr(self, name).shape
            if len(actual) != len(shape) + 1 or actual[1:] != shape or actual[:1] != batch:
                raise ValueError(
                    f"expected {name} of shape (N, {', '.join(map(str, shape))}) with the same N "
                    f"as color_matrix, got {tuple(actual)} beside {tuple(self.color_matrix.shape)}"
                )

    @classmethod
    def from_vector(cls, vector: Tensor) -> WarpParameters:
        """Name the parts of NEM's output.

        Args:
            vector: shape (N, 37).

        Returns:
            Views of the vector; gradients flow through.

        Raises:
            ValueError: if the shape is another.
        """
        if vector.dim() != 2 or vector.shape[1] != NUM_PARAMETERS:
            raise ValueError(
                f"expected a vector of shape (N, {NUM_PARAMETERS}), got {tuple(vector.shape)}"
            )
        matrix, kernel = vector[:, COLOR_MATRIX], vector[:, KERNEL]
        return cls(
            matrix.unflatten(1, (3, 3)),
            vector[:, COLOR_SHIFT],
            kernel.unflatten(1, (KERNEL_SIZE, KERNEL_SIZE)),
        )

    @classmethod
    def identity(
        cls,
        batch: int = 1,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> WarpParameters:
        """Give parameters that leave every image as it is.

        Args:
            batch: number of images N, 0 or more.
            device: where the tensors go.
            dtype: their type. Defaults to PyTorch's default type.
        """
        matrix = torch.eye(3, device=device, dtype=dtype).repeat(batch, 1, 1)
        kernel = matrix.new_zeros(batch, KERNEL_SIZE, KERNEL_SIZE)
        kernel[:, KERNEL_SIZE // 2, KERNEL_SIZE // 2] = 1
        return cls(matrix, matrix.new_zeros(batch, 3), kernel)

    def to_vector(self) -> Tensor:
        """Join the parts again in NEM's order, shape (N, 37)."""
        return torch.cat([part.flatten(1) for part in self.tensors()], dim=1)

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Give color_matrix, color_shift and kernel."""
        return self.color_matrix, self.color_shift, self.kernel

    def scaled(self, strength: float) -> WarpParameters:
        """Move from identity through these parameters: `identity + strength * (self - identity)`.

        Args:
            strength: 0 gives identity, 1 these parameters bit for bit, 2 twice the distance.

        Raises:
            ValueError: if the strength lies outside [0, 2] or is NaN.
        """
        strength = check_strength(strength)
        if strength == 1:
            return self
        device, dtype = self.kernel.device, self.kernel.dtype
        neutral = WarpParameters.identity(len(self), device, dtype)
        if strength == 0:
            return neutral
        pairs = zip(neutral.tensors(), self.tensors(), strict=True)
        return WarpParameters(*(start + strength * (end - start) for start, end in pairs))

    def distance_to_identity(self) -> Tensor:
        """Give the Euclidean distance of each vector of 37 from identity, shape (N,)."""
        vector = self.to_vector()
        neutral = WarpParameters.identity(1, vector.device, vector.dtype).to_vector()
        result: Tensor = (vector - neutral).norm(dim=1)
        return result

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> WarpParameters:
        """Move and/or convert the three tensors."""
        return WarpParameters(*(part.to(device=device, dtype=dtype) for part in self.tensors()))

    def detach(self) -> WarpParameters:
        """Cut the three tensors off from the graph."""
        return WarpParameters(*(part.detach() for part in self.tensors()))

    def __len__(self) -> int:
        """Number of images N."""
        return self.color_matrix.shape[0]

    def __getitem__(self, index: int | slice | list[int] | Tensor) -> WarpParameters:
        """Select images; the batch axis stays, also for a single integer.

        Raises:
            IndexError: if an integer lies outside the batch.
        """
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise IndexError(f"image {index} of a batch of {len(self)}")
            index = slice(index, index + 1 or None)
        return WarpParameters(*(part[index] for part in self.tensors()))

    def __iter__(self) -> Iterator[WarpParameters]:
        """Give the parameters of one image after the other."""
        return (self[index] for index in range(len(self)))


def check_strength(strength: float) -> float:
    """Give the strength as a float.

    Raises:
        TypeError: if it is no number.
        ValueError: if it lies outside [0, 2] or is NaN.
    """
    return check_factor(
        strength, "strength", "0 changes nothing, 1 applies what the enhancer predicts"
    )


def check_factor(factor: float, name: str, meaning: str) -> float:
    """Give a factor of numbers that an enhancer predicts as a float.

    Args:
        factor: the value of the option.
        name: of the option, for the message.
        meaning: of 0 and 1, for the message.

    Raises:
        TypeError: if it is no number.
        ValueError: if it lies outside [0, 2] or is NaN.
    """
    if isinstance(factor, bool) or not isinstance(factor, Real):
        raise TypeError(f"expected {name} as a number, got {factor!r}")
    if not 0 <= factor <= MAX_STRENGTH:  # NaN is neither
        raise ValueError(f"expected {name} in [0, {MAX_STRENGTH:g}], got {factor}; {meaning}")
    return float(factor)


def check_finite(parameters: WarpParameters) -> None:
    """Raise if any parameter is NaN or infinite.

    Args:
        parameters: what NEM predicted.

    Raises:
        FloatingPointError: names the images concerned and the usual causes.
    """
    finite = parameters.to_vector().isfinite().all(dim=1)
    if bool(finite.all()):
        return
    images = (~finite).nonzero().flatten().tolist()
    raise FloatingPointError(
        f"the enhancer predicted NaN or infinite parameters for image(s) {images[:8]} of a batch "
        f"of {len(parameters)}. Usual causes: the input image itself holds NaN or infinite pixels; "
        "training diverged (lower the learning rate, keep the gradient clip); or float16 "
        "overflowed (use bfloat16 or float32)"
    )

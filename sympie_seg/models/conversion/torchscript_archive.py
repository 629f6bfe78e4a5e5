"""Take the tensors out of a TorchScript archive (``torch.jit.save``), without running anything in it.

``torch.jit.load`` would compile and keep the archive's code. Here its ``data.pkl`` is read by an unpickler that knows
tensors, and takes every class of the archive for an empty box.
"""

from __future__ import annotations

import io
import os
import pickle
import zipfile
import zlib
from collections import OrderedDict
from typing import Any, NoReturn

import torch
from torch import Tensor

from sympie_seg.utils.failures import is_of_memory
from sympie_seg.utils.foreign import is_of_the_system
from sympie_seg.utils.weights import check_checksums, check_storages

__all__ = ["is_torchscript", "read_torchscript_weights"]

_DAMAGE = (
    OSError, KeyError, StopIteration, EOFError, IndexError, TypeError, ValueError, RuntimeError, zipfile.BadZipFile,
    zlib.error, AttributeError, OverflowError,
)  # fmt: skip
_DTYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def is_torchscript(path: str | os.PathLike[str]) -> bool:
    """Whether a file is an archive of ``torch.jit.save``."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_torchscript_weights(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read the parameters and buffers of the module in an archive.

    Returns:
        Tensors by the names that ``state_dict()`` would give them; tensors that are plain attributes too.

    Raises:
        ValueError: if the file is damaged, declares far more than it holds, or asks for anything but tensors; nothing
            of it was run.
        OSError: if it cannot be read.
    """
    try:
        check_checksums(path)
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            root = _Unpickler(archive, name.removesuffix("data.pkl")).load()
    except _DAMAGE as error:
        if is_of_the_system(error) or is_of_memory(error):
            raise  # the checksums match, so the file is whole
        raise ValueError(
            f"'{os.fspath(path)}' is damaged: {type(error).__name__}: {error}"
        ) from error
    except pickle.UnpicklingError as error:
        raise ValueError(f"'{os.fspath(path)}': {error}. Nothing was run") from error
    return dict(_tensors(root, ""))


class _Box:
    """Stands for an object of a class that the archive defines; holds its attributes."""

    def __new__(cls, *args: Any) -> _Box:
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state if isinstance(state, dict) else {})


class _Storage:
    """A storage's name in the pickle; never made."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


class _Unpickler(pickle.Unpickler):
    """Knows tensors, and boxes for the archive's own classes; refuses everything else."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(folder + "data.pkl")))
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "__torch__":
            return _Box
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle" or (module, name) == ("torch", "device"):
            return _first  # typed lists, and where a module was
        if module == "torch" and name in _DTYPES:
            return _Storage(_DTYPES[name])
        return self._refuse(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Tensor:
        """Read a storage: ('storage', its type, the file's name, device, number of elements)."""
        _, storage, key, _, _ = pid
        data = self._archive.read(f"{self._folder}data/{key}")
        return torch.frombuffer(bytearray(data), dtype=storage.dtype)

    def _refuse(self, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for `{name}`, which no archive of weights needs")


def _first(value: Any = None, *remaining: Any) -> Any:
    return value


def _rebuilt(storage: Tensor, offset: int, size: tuple, stride: tuple, *remaining: Any) -> Tensor:
    view = storage.as_strided(tuple(size), tuple(stride), offset)
    check_storages(view)
    return view.clone()


def _tensors(box: Any, prefix: str) -> list[tuple[str, Tensor]]:
    tensors = []
    for name, value in vars(box).items() if isinstance(box, _Box) else ():
        if isinstance(value, Tensor):
            tensors.append((prefix + name, value))
        else:
            tensors += _tensors(value, f"{prefix}{name}.")
    return tensors

"""Samples whose files are looked at, at the start and at each use; what all datasets here share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from mmengine import fileio

from sympie_seg.datasets.bad_samples import BadSampleError
from sympie_seg.datasets.early_checks import find_fault
from sympie_seg.datasets.preparation.image_files import Fault
from sympie_seg.datasets.wide_images import note_wide_images

__all__ = ["CheckedSamplesMixin"]

if TYPE_CHECKING:
    from mmengine.dataset import BaseDataset as _Base  # before which the mixin is put
else:
    _Base = object

_READ_WHOLE = (
    100  # samples that are searched for damage when a set is built; each one is when it is loaded
)


class CheckedSamplesMixin(_Base):
    """Name the file that is to blame where a sample cannot be loaded. Put it before a dataset of mmengine.

    Attributes:
        bad_sample (str): what happens to a bad sample in the middle of a training: 'raise' or 'skip'.
        early_check (int): how many samples are decoded when the set is built; 0 looks at no file.
    """

    bad_sample: str
    early_check: int

    def prepare_data(self, idx: int) -> Any:
        """Load a sample through the pipeline.

        Raises:
            BadSampleError: if its files are to blame, with their names; what else the pipeline raises stays as it is.
        """
        # OpenCV fills up half a JPEG with grey; Pillow compares no checksum of a label.
        entry = self.get_data_info(idx)
        self._refuse_fault(entry, decoded=0)
        try:
            return self.pipeline(entry)
        except BadSampleError:
            raise
        except Exception as error:
            self._refuse_fault(self.get_data_info(idx), decoded=1, cause=error)
            raise

    def _refuse_fault(self, entry: dict, decoded: int, cause: Exception | None = None) -> None:
        """Raise if a sample's files are to blame."""
        result = self._find_fault([entry], decoded, whole=1) if self._is_local() else None
        if result:
            raise BadSampleError(f"'{result[0].path}' {result[0].reason}. {self._fix()}") from cause

    def _look_into(self, entries: list[dict]) -> None:
        if self.early_check <= 0 or not self._is_local():
            return
        note_wide_images(entries, self.early_check)
        result = self._find_fault(entries, self.early_check, _READ_WHOLE)
        if result:
            fault, count = result
            more = f" ({count - 1} more such files)" if count > 1 else ""
            raise BadSampleError(f"'{fault.path}' {fault.reason}{more}. {self._fix()}")

    def _find_fault(
        self, entries: Sequence[dict], decoded: int, whole: int
    ) -> tuple[Fault, int] | None:
        return find_fault(entries, self._label_values(), decoded, whole)

    def _is_local(self) -> bool:
        options = getattr(self, "backend_args", None)
        backend = fileio.get_file_backend(self.data_root or ".", backend_args=options)
        return isinstance(backend, fileio.LocalBackend)

    def _label_values(self) -> Collection[int]:
        """What label files may hold; nothing where there are none."""
        return ()

    def _fix(self) -> str:
        """Say what is expected and how to get it."""
        raise NotImplementedError

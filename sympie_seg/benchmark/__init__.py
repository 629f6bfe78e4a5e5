"""What the enhancer costs: operations, milliseconds and memory, against plain PyTorch and the frozen network."""

from __future__ import annotations

from sympie_seg.benchmark.cases import Subject, measure_size
from sympie_seg.benchmark.operations import count_operations
from sympie_seg.benchmark.tables import goals, tables

__all__ = ["Subject", "count_operations", "goals", "measure_size", "tables"]

"""What the enhancer costs: operations, milliseconds and memory, against plain PyTorch and the frozen network."""

from __future__ import annotations

from benchmarking.cases import Subject, measure_size
from benchmarking.operations import count_operations
from benchmarking.tables import goals, tables

__all__ = ["Subject", "count_operations", "goals", "measure_size", "tables"]

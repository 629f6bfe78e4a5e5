"""Self-contained HTML report of a comparison (``comparison.json`` of sympie-seg compare) with chosen images."""

from sympie_seg.report.comparison import load_comparison
from sympie_seg.report.example_files import examples_folder, load_examples, save_examples
from sympie_seg.report.examples import Example, View
from sympie_seg.report.writer import render_report, write_report

__all__ = [
    "Example",
    "View",
    "examples_folder",
    "load_comparison",
    "load_examples",
    "render_report",
    "save_examples",
    "write_report",
]

"""Archives for the test servers of ACDC, Dark Zurich and Cityscapes: written, and checked.

The command line is ``sympie-seg submission``; ``docs/submission.md`` says what each server wants and how that is known.
"""

from sympie_seg.submission.checker import Finding, Report, check_submission
from sympie_seg.submission.expected import expected_images
from sympie_seg.submission.metric import SubmissionWriter
from sympie_seg.submission.servers import SERVERS, TestServer, get_server
from sympie_seg.submission.writer import write_archive, write_prediction

__all__ = [
    "SERVERS",
    "Finding",
    "Report",
    "SubmissionWriter",
    "TestServer",
    "check_submission",
    "expected_images",
    "get_server",
    "write_archive",
    "write_prediction",
]

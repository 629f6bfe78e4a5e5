"""Enhance what the options name, from the first file to the record of the 37 numbers."""

from __future__ import annotations

import cv2

from sympie_seg.enhancing.filled import prepare
from sympie_seg.enhancing.options import Options
from sympie_seg.enhancing.record import write_record
from sympie_seg.enhancing.work import Work
from sympie_seg.utils.jobs import find_jobs

__all__ = ["enhance_files"]


def enhance_files(options: Options) -> tuple[str, bool]:
    """Enhance a picture, a video, or a folder of them; files that cannot be read are named, and the others are done.

    Returns:
        What was done and what was not, for people; and whether nothing was left out.

    Raises:
        OSError: if something cannot be written.
        ValueError: if nothing can be done; the message names the file or option.
        RuntimeError: if the enhancer or the device fails.
    """
    # What is wrong with a file is said once, by us.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    jobs, listing = find_jobs(options.input, options.output, options.suffix)
    work = Work.start(options)
    if listing:
        work.remarks += listing.remarks()
        work.losses += listing.losses()
    prepare(jobs, options, work.source, work.strength)
    work.run(jobs)
    if options.parameters:
        write_record(options.parameters, work.rows, work.source, work.strength)
    return work.summary(jobs), not (work.failures or work.losses)

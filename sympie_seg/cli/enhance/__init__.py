"""``sympie-seg enhance IN OUT``: enhance a picture, a video, or a folder of them, with no mmseg.

========================  ========================================================================
file                      what
========================  ========================================================================
``command``               the options, and the run
``jobs``                  which files are read, and where their results go
``pictures``, ``videos``  write them: alpha, 16 bits, frame rates; the readers are in ``sympie_seg.utils``
``large``                 pictures from 17 million pixels on, strip by strip
``sound``                 of videos, copied by ffmpeg
``record``                the 37 numbers as CSV or JSON
========================  ========================================================================
"""

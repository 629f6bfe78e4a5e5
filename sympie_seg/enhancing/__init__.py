"""Files enhanced into files: pictures, videos and folders of them (their tree is kept), with no mmseg.

=========================  =========================================================================================
file                       what
=========================  =========================================================================================
``options``                what is asked for, checked
``run``                    all of it: find the files, enhance each, say what was done
``work``                   one run: the enhancer, each picture and video, and what came out so far
``filled``                 a folder holds the results of one enhancer only
``large``                  pictures from 17 million pixels on, strip by strip
``pictures``, ``videos``   write them: alpha, 16 bits, frame rates; the readers are in :mod:`sympie_seg.utils`
``smoothing``              the 37 numbers over the frames of a video
``sound``                  of videos, copied by ffmpeg
``record``                 the 37 numbers as CSV or JSON
=========================  =========================================================================================
"""

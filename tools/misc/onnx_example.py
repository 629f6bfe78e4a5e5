"""Enhance a picture with nothing but onnxruntime and OpenCV: python onnx_example.py FILE.onnx IN OUT.png.

The file: ``python tools/export.py --order bgr --out FILE.onnx``.
"""

import sys

import cv2
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
notes = session.get_modelmeta().custom_metadata_map
assert notes["input"] == "uint8, 0..255, BGR", notes["input"]
# Python opens the files: a name that is no UTF-8 would end OpenCV.
image = cv2.imdecode(np.fromfile(sys.argv[2], np.uint8), cv2.IMREAD_COLOR)  # uint8, BGR, (H, W, 3)
images = image.transpose(2, 0, 1)[None]  # (1, 3, H, W)
(enhanced,) = session.run(["enhanced"], {"images": images})
cv2.imencode(".png", enhanced[0].transpose(1, 2, 0))[1].tofile(sys.argv[3])

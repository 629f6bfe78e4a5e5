"""Enhance a picture with nothing but onnxruntime and OpenCV: python onnx_example.py FILE.onnx IN OUT.

The file: ``python tools/export.py --order bgr --out FILE.onnx``.
"""

import sys

import cv2
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
notes = session.get_modelmeta().custom_metadata_map
assert notes["input"] == "uint8, 0..255, BGR", notes["input"]
image = cv2.imread(sys.argv[2])  # uint8, BGR, (H, W, 3)
images = image.transpose(2, 0, 1)[None]  # (1, 3, H, W)
(enhanced,) = session.run(["enhanced"], {"images": images})
cv2.imwrite(sys.argv[3], enhanced[0].transpose(1, 2, 0))

# SPDX-License-Identifier: MIT
"""Runs a model's DFM file in ONNX Runtime, as DeepFaceLive does, and compares what Cameo renders.

usage: python check_dfm.py CAMEO MODEL [--swap]

CAMEO: the program; MODEL: a model's folder or file. Ends with an error if a value differs by more
than 1e-5, or the outputs are not those of DeepFaceLive. Needs numpy and onnxruntime.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import read_safetensors, write_safetensors

FACES = 3
OUTPUTS = ["out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0"]


def drawn_faces(size):
    """Ovals with two eyes, [FACES,size,size,3]: on noise, which no network has learnt, float32 of
    any program is off by 1e-4."""
    v, u = np.mgrid[-1:1:size * 1j, -1:1:size * 1j]
    eyes = np.minimum(np.hypot(u - 0.25, v + 0.2), np.hypot(u + 0.25, v + 0.2)) < 0.1
    skin = (2 * u**2 + v**2 < 0.7) & ~eyes
    shade = 0.2 + 0.1 * v[..., None]
    faces = [shade + skin[..., None] * np.array([0.3, 0.4, 0.5]) * (1 + 0.1 * i)
             for i in range(FACES)]
    return np.stack(faces).astype(np.float32)


def main():
    program, model, swap = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        file, x_file, y_file = [folder + "/" + name for name in ("m.dfm", "x.st", "y.st")]
        subprocess.check_call([program, "export", "-q", "-m", model, "-o", file, "--format", "dfm"]
                              + swap, stdout=subprocess.DEVNULL)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        (face,) = session.get_inputs()
        assert face.name == "in_face:0" and face.type == "tensor(float)", face
        assert [output.name for output in session.get_outputs()] == OUTPUTS
        x = drawn_faces(face.shape[1])
        write_safetensors(x_file, {"x": x})
        subprocess.check_call([program, "predict", "-q", model, x_file, "-o", y_file],
                              stdout=subprocess.DEVNULL)
        expected = read_safetensors(y_file)["y_a" if swap else "y_b"]
        face_mask, celeb, celeb_mask = session.run(None, {face.name: x})
        one = session.run(None, {face.name: x[:1]})[1]
    worst = max(float(np.abs(celeb - expected).max()), float(np.abs(one - expected[:1]).max()))
    low, high = [f([f(face_mask), f(celeb_mask)]) for f in (np.min, np.max)]
    print("onnxruntime %s, %s: %d x %d, images differ by at most %.1e; masks from %.3f to %.3f" %
          (onnxruntime.__version__, model, face.shape[2], face.shape[1], worst, low, high))
    for mask in (face_mask, celeb_mask):
        assert mask.shape == x.shape[:3] + (1,)
    assert 0 <= low and high <= 1
    assert worst <= 1e-5


main()

# SPDX-License-Identifier: MIT
"""The article's network at full width: Keras writes files, Cameo reads them, both draw 16 faces and
train on the same batches, in the article's step and in a joint one.

usage: python full_width.py keras|tf_keras CAMEO [FOLDER [STEPS]]

CAMEO: the program. FOLDER: for about 1.4 GB of files; a temporary one if not given. STEPS: of each
training, 20 if not given. Ends with an error if z, y_a or y_b differ by more than 1e-4 anywhere, a
loss by more than 1 %, or one of the first ten by more than 1e-4.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from network import ORIGINAL, Api, faces, read_safetensors, write_safetensors
from training import ARTICLE_RATE, FACES_IN_BATCH, alternate, compare, drawn_batches, joint


def run(*words):
    print("$", *words, flush=True)
    subprocess.check_call([str(word) for word in words])


def compare_training(api, parts, folder, cameo, steps):
    batches = drawn_batches(steps, FACES_IN_BATCH, ORIGINAL.size)
    write_safetensors(folder / "batches.safetensors", batches)
    start = [part.get_weights() for part in parts]
    for step in (alternate, joint):
        for part, weights in zip(parts, start):
            part.set_weights(weights)
        theirs = step(api, parts, ORIGINAL, ARTICLE_RATE, batches)
        run(cameo, "train", "-m", folder / "model", "--mode", step.__name__, "--overwrite", "-q",
            "--batches", folder / "batches.safetensors", "--losses", folder / "losses.safetensors")
        ours = read_safetensors(folder / "losses.safetensors")["losses"]
        compare(step.__name__, ours, theirs)


def main(folder, steps=20):
    api, cameo = Api(sys.argv[1]), sys.argv[2]
    draws = np.random.RandomState(7)
    parts = {"encoder": api.encoder(ORIGINAL), "decoder_A": api.decoder(ORIGINAL),
             "decoder_B": api.decoder(ORIGINAL)}
    ending = ".h5" if api.major < 3 else ".weights.h5"
    for name, model in parts.items():
        # Kernels are as Keras draws them; biases are zero there and would hide a mistake.
        model.set_weights([w if w.ndim > 1 else draws.normal(0, 0.05, w.shape)
                           for w in model.get_weights()])
        model.save_weights(str(folder / (name + ending)))
    x = faces(16, ORIGINAL.size)
    z = parts["encoder"].predict(x)
    theirs = {"z": z, "y_a": parts["decoder_A"].predict(z), "y_b": parts["decoder_B"].predict(z)}
    write_safetensors(folder / "x.safetensors", {"x": x})
    run(cameo, "import", folder, "-m", folder / "model", "-q")
    run(cameo, "predict", folder / "model", folder / "x.safetensors", "-o", folder / "y.safetensors")
    ours = read_safetensors(folder / "y.safetensors")
    for name, value in theirs.items():
        worst = float(np.abs(value - ours[name]).max())
        print("%s %s, full width: %s (%.3f to %.3f) differs by at most %.1e" %
              (sys.argv[1], api.version, name, value.min(), value.max(), worst))
        assert worst <= 1e-4, name
    compare_training(api, [parts[name] for name in ("encoder", "decoder_A", "decoder_B")], folder,
                     cameo, steps)


if len(sys.argv) > 3:
    main(pathlib.Path(sys.argv[3]), *(int(steps) for steps in sys.argv[4:]))
else:
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(temporary))

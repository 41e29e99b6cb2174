# SPDX-License-Identifier: MIT
"""Loads what `cameo export` wrote into a Keras and compares what both draw.

usage: python check_export.py keras|tf_keras MODEL.safetensors FOLDER X.safetensors Y.safetensors

MODEL: the model that was exported into FOLDER; X: faces x; Y: what `cameo predict` made of them. Ends
with an error if a difference exceeds 1e-4.
"""
import pathlib
import sys

import numpy as np

from network import Api, read_safetensors, sizes_of


def main():
    api, s = Api(sys.argv[1]), sizes_of(sys.argv[2])
    folder, x = pathlib.Path(sys.argv[3]), read_safetensors(sys.argv[4])["x"]
    ours = read_safetensors(sys.argv[5])
    parts = {"encoder": api.encoder(s), "decoder_A": api.decoder(s), "decoder_B": api.decoder(s)}
    loaded = 0
    for ending in (".h5", ".weights.h5"):
        if not (folder / ("encoder" + ending)).exists():
            continue
        for name, model in parts.items():
            model.set_weights([np.zeros_like(w) for w in model.get_weights()])
            model.load_weights(str(folder / (name + ending)))
        z = parts["encoder"].predict(x)
        outputs = {"z": z, "y_a": parts["decoder_A"].predict(z),
                   "y_b": parts["decoder_B"].predict(z)}
        for name, value in outputs.items():
            worst = float(np.abs(value - ours[name]).max())
            print("%s %s *%s %s differs by at most %.1e" %
                  (sys.argv[1], api.version, ending, name, worst))
            assert worst <= 1e-4, name
        loaded += 1
    assert loaded, "no exported files in %s" % folder


main()

# SPDX-License-Identifier: MIT
"""Adds the golden files of one Keras to files.zip beside this script.

usage: python make.py keras|tf_keras

The environments that made what lies here (tests/golden/keras/README.md has the commands):
  keras_2.1.2     Python 3.6, keras 2.1.2, tensorflow 1.5.0, h5py 2.7.1
  keras_2.12.0    Python 3.11, tensorflow-cpu 2.12.1, h5py 3.16
  keras_3.0.5     Python 3.11, keras 3.0.5, tensorflow-cpu 2.16.1
  keras_3.15.0    Python 3.11, keras 3.15.0, tensorflow-cpu 2.21.0
  tf_keras_2.21.0 the same, tf_keras 2.21.0
keras 3.15.0 writes io.safetensors: x [1,32,32,3] and what every version must make of it.
"""
import pathlib
import sys
import tempfile
import zipfile

import numpy as np

from network import NARROW, Api, faces, filled, read_safetensors, write_safetensors

HERE = pathlib.Path(__file__).resolve().parent


def keep_io(**tensors):
    """Writes what goes in and comes out, or checks it where an earlier run has written it."""
    file = HERE / "io.safetensors"
    if not file.exists():
        return write_safetensors(file, tensors)
    for name, then in read_safetensors(file).items():
        worst = float(np.abs(then - tensors[name]).max())
        print("  %-4s differs by at most %.1e" % (name, worst))
        assert worst < 1e-5, name


def main():
    name = sys.argv[1]
    api = Api(name)
    with tempfile.TemporaryDirectory() as folder:
        write(api, name, pathlib.Path(folder))
        pack(pathlib.Path(folder), "%s_%s/" % (name, api.version))


def pack(folder, prefix):
    """Files of this folder replace those of the same prefix in the archive."""
    archive, new = HERE / "files.zip", HERE / "files.zip.new"
    entries = {}
    if archive.exists():
        with zipfile.ZipFile(str(archive)) as old:
            entries = {n: old.read(n) for n in old.namelist() if not n.startswith(prefix)}
    for file in folder.iterdir():
        entries[prefix + file.name] = file.read_bytes()
    with zipfile.ZipFile(str(new), "w", zipfile.ZIP_DEFLATED) as out:
        for n in sorted(entries):
            out.writestr(zipfile.ZipInfo(n), entries[n], zipfile.ZIP_DEFLATED)
            if n.startswith(prefix):
                print("  %6d -> %6d %s" % (len(entries[n]), out.getinfo(n).compress_size, n))
    new.replace(archive)


def write(api, name, out):
    s = NARROW
    encoder = filled(api.encoder(s), 1)
    a, b = filled(api.decoder(s), 2), filled(api.decoder(s), 3)
    x = faces(1, s.size)
    z = encoder.predict(x)
    keep_io(x=x, z=z, y_a=a.predict(z), y_b=b.predict(z))

    both = api.nested(s, encoder, a, b)
    one = api.nested(s, encoder, a)
    flat = api.flat(s)
    flat.set_weights(encoder.get_weights() + a.get_weights())
    version = tuple(int(part) for part in api.version.split(".")[:2])

    def save(model, file, whole=False):
        (model.save if whole else model.save_weights)(str(out / file))

    if name == "keras" and version == (2, 1):
        for model, file in ((encoder, "encoder.h5"), (a, "decoder_A.h5"), (b, "decoder_B.h5")):
            save(model, file)
        save(one, "nested.h5")
        save(flat, "whole.h5", whole=True)
    elif version == (2, 12):
        save(flat, "flat.h5")
        save(both, "nested.weights.h5")
    elif version == (3, 0):
        save(encoder, "encoder.weights.h5")
        save(b, "decoder_B.keras", whole=True)
        save(flat, "whole.h5", whole=True)  # of models inside a model this version cannot write .h5
    elif name == "tf_keras":
        save(encoder, "encoder.h5")
        save(a, "decoder_A.h5")
        save(both, "whole.h5", whole=True)
        save(flat, "flat.weights.h5")
    else:
        save(flat, "flat.weights.h5")
        save(both, "nested.keras", whole=True)
        save(one, "whole.h5", whole=True)


main()

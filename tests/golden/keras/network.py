# SPDX-License-Identifier: MIT
"""The article's network in Keras, at any width: for whatever Keras is asked for.

Written from the description in docs/article.md, to be the judge of Cameo's own network.
"""
import importlib
import os
import pathlib
import sys
from collections import namedtuple

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import philox, read_safetensors, write_safetensors  # noqa: E402,F401: as well for
# the scripts beside this one


Sizes = namedtuple("Sizes", "size down code inner up decoder")


# All layers, few channels, no two extents alike where an exchange of axes could hide.
NARROW = Sizes(size=32, down=(2, 3, 4, 5), code=7, inner=4, up=(6,), decoder=(4, 3, 2))
ORIGINAL = Sizes(64, (128, 256, 512, 1024), 1024, 1024, (512,), (256, 128, 64))


class Api:
    """The names of one Keras: `keras` (2 or 3) or `tf_keras`."""

    def __init__(self, name):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            self.keras = importlib.import_module(name)
        except ImportError:  # Keras 2.4 to 2.15 is part of TensorFlow
            self.keras = importlib.import_module("tensorflow").keras
        self.version = self.keras.__version__
        self.major, self.minor = (int(part) for part in self.version.split(".")[:2])
        self.layers = self.keras.layers
        if self.major >= 3:
            reshape, transpose = self.keras.ops.reshape, self.keras.ops.transpose

            def static_shape(x):
                return x.shape
        else:
            static_shape = self.keras.backend.int_shape
            reshape = self.keras.backend.reshape
            transpose = self.keras.backend.permute_dimensions
        base = self.layers.Layer
        if not isinstance(base, type):
            base = importlib.import_module(name + ".engine.topology").Layer

        class PixelShuffler(base):
            """[N,H,W,4C] -> [N,2H,2W,C]: block row, block column, channel."""

            def call(self, x):
                _, h, w, c = static_shape(x)
                y = reshape(x, (-1, h, w, 2, 2, c // 4))
                y = transpose(y, (0, 1, 3, 2, 4, 5))
                return reshape(y, (-1, 2 * h, 2 * w, c // 4))

            def compute_output_shape(self, shape):
                n, h, w, c = shape
                return (n, 2 * h, 2 * w, c // 4)

        self.PixelShuffler = PixelShuffler

    def up(self, x, channels):
        x = self.layers.Conv2D(4 * channels, kernel_size=3, padding="same")(x)
        x = self.layers.LeakyReLU(0.1)(x)
        return self.PixelShuffler()(x)

    def encode(self, x, s):
        for filters in s.down:
            x = self.layers.Conv2D(filters, kernel_size=5, strides=2, padding="same")(x)
            x = self.layers.LeakyReLU(0.1)(x)
        x = self.layers.Dense(s.code)(self.layers.Flatten()(x))
        m = s.size // 16
        x = self.layers.Dense(m * m * s.inner)(x)
        x = self.layers.Reshape((m, m, s.inner))(x)
        for channels in s.up:
            x = self.up(x, channels)
        return x

    def decode(self, x, s):
        for channels in s.decoder:
            x = self.up(x, channels)
        return self.layers.Conv2D(3, kernel_size=5, padding="same", activation="sigmoid")(x)

    def adam(self, rate):
        """The article's Adam; 1e-7 is what Keras took for epsilon from 2.1.3 on."""
        old = self.major == 2 and self.minor < 4
        return self.keras.optimizers.Adam(beta_1=0.5, beta_2=0.999, epsilon=1e-7,
                                          **{"lr" if old else "learning_rate": rate})

    def model(self, inputs, outputs):
        return self.keras.models.Model(inputs, outputs)

    def encoder(self, s):
        x = self.layers.Input(shape=(s.size, s.size, 3))
        return self.model(x, self.encode(x, s))

    def decoder(self, s):
        m = (s.size // 16) << len(s.up)
        x = self.layers.Input(shape=(m, m, s.up[-1]))
        return self.model(x, self.decode(x, s))

    def nested(self, s, encoder, *decoders):
        """The parts as layers of one model."""
        x = self.layers.Input(shape=(s.size, s.size, 3))
        code = encoder(x)
        drawn = [decoder(code) for decoder in decoders]
        return self.model(x, drawn[0] if len(drawn) == 1 else drawn)

    def flat(self, s):
        """Encoder and one decoder without models inside."""
        x = self.layers.Input(shape=(s.size, s.size, 3))
        return self.model(x, self.decode(self.encode(x, s), s))


def seeded_weights(shapes, seed):
    """The same numbers under every version of numpy; of a size that keeps outputs alive, and with
    few digits, so that files of them pack well."""
    draws = np.random.RandomState(seed)
    weights = []
    for shape in shapes:
        fan_in = int(np.prod(shape[:-1])) if len(shape) > 1 else 16
        digits = draws.randint(-15, 16, shape) / 8.0
        weights.append((digits * 2.0 ** -np.round(np.log2(np.sqrt(fan_in)))).astype(np.float32))
    return weights


def faces(n, size, seed=5):
    return (np.random.RandomState(seed).randint(0, 256, (n, size, size, 3)) / 255.0).astype(np.float32)


def filled(model, seed):
    model.set_weights(seeded_weights([w.shape for w in model.get_weights()], seed))
    return model


def sizes_of(model):
    """The sizes of a model that Cameo wrote, from its shapes."""
    shape = {name: value.shape for name, value in read_safetensors(model).items()}

    def outputs(name, numbers):
        names = [name + str(i) + ".weight" for i in numbers]
        return [shape[name][0] for name in names if name in shape]

    down = tuple(outputs("encoder.down", range(1, 9)))
    side = int(round((shape["encoder.dense1.weight"][3] / down[-1]) ** 0.5)) << len(down)
    up = tuple(n // 4 for n in outputs("encoder.up", ("", 2, 3)))
    decoder = tuple(n // 4 for n in outputs("decoder_a.up", (1, 2, 3)))
    return Sizes(side, down, shape["encoder.dense1.weight"][0], shape["encoder.up.weight"][3],
                 up, decoder)

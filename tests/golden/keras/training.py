# SPDX-License-Identifier: MIT
"""Losses of Keras on 100 drawn batches, in the article's step and in a joint one.

usage: python training.py keras|tf_keras

Writes training.safetensors beside this script, or checks that this Keras yields what lies there:
alternate and joint [100,2], losses of A and B at the article's rate, and at a rate at which much is
learnt (_fast). The weights at the start are those of make.py.
"""
import pathlib
import sys

import numpy as np

from network import NARROW, Api, filled, philox, read_safetensors, write_safetensors

HERE = pathlib.Path(__file__).resolve().parent
STEPS, FACES_IN_BATCH = 100, 2
ARTICLE_RATE, FAST_RATE = 5e-5, 4e-4
PEOPLE, LOOKS, CELLS = 2, 8, 6


def drawn_batches(steps, n, size):
    """x_a, t_a, x_b, t_b: [steps,n,size,size,3]. Whole numbers up to the division by 255, so that
    tests/model/drawn_batches.h makes the same: each person has eight images, colours in a 6x6
    grid and smooth between; a sample shows one at a random place, the input half a pixel on."""
    index = np.arange(PEOPLE * LOOKS * CELLS * CELLS * 3)
    grid = (philox(index, 0, 41)[:, 0] >> np.uint32(24)).astype(np.int64)
    grid = grid.reshape(PEOPLE, LOOKS, CELLS, CELLS, 3)
    cell = size // 2  # of the grid, in half pixels
    out = {}
    for person, name in enumerate("ab"):
        draws = philox(np.arange(steps * n), person + 1, 41).astype(np.int64)
        look, down, right = draws[:, 0] % LOOKS, draws[:, 1] % cell, draws[:, 2] % cell
        for tensor, shift in (("t_", 0), ("x_", 1)):
            images = np.empty((steps * n, size, size, 3), np.float32)
            for i in range(steps * n):
                y = (2 * np.arange(size) + down[i] + shift)[:, None, None]
                x = (2 * np.arange(size) + right[i] + shift)[None, :, None]
                g = grid[person, look[i]]
                row, v, column, u = y // cell, y % cell, x // cell, x % cell
                row, column = row[:, :, 0], column[:, :, 0]
                upper = g[row, column] * (cell - u) + g[row, column + 1] * u
                lower = g[row + 1, column] * (cell - u) + g[row + 1, column + 1] * u
                whole = (upper * (cell - v) + lower * v) // (cell * cell)
                images[i] = whole.astype(np.float32) / np.float32(255)
            out[tensor + name] = images.reshape(steps, n, size, size, 3)
    return out


def losses(api, trained, *batch):
    """What train_on_batch says of this batch alone: later Kerases average over all before it."""
    if hasattr(trained, "reset_metrics"):
        trained.reset_metrics()
    return trained.train_on_batch(*batch)


def alternate(api, parts, s, rate, batches):
    """A's autoencoder, then B's; each has moments of its own, one step count rises for both."""
    encoder, a, b = parts
    models = [api.nested(s, encoder, a), api.nested(s, encoder, b)]
    if api.major == 2 and api.minor < 4:  # the article's way: one optimiser compiled into both
        optimisers = [api.adam(rate)] * 2
    else:  # newer ones tie an optimiser to its model
        optimisers = [api.adam(rate), api.adam(rate)]
    for model, optimiser in zip(models, optimisers):
        model.compile(optimizer=optimiser, loss="mae")
    found = []
    for k in range(len(batches["x_a"])):
        for side, name in enumerate("ab"):
            if optimisers[0] is not optimisers[1]:
                optimisers[side].iterations.assign(2 * k + side)
            found.append(losses(api, models[side], batches["x_" + name][k],
                                batches["t_" + name][k]))
    return np.array(found, np.float32).reshape(-1, 2)


def joint(api, parts, s, rate, batches):
    """Both autoencoders in one model: one update from the sum of the losses."""
    encoder, a, b = parts
    x_a, x_b = (api.layers.Input(shape=(s.size, s.size, 3)) for _ in range(2))
    model = api.model([x_a, x_b], [a(encoder(x_a)), b(encoder(x_b))])
    model.compile(optimizer=api.adam(rate), loss=["mae", "mae"])
    found = []
    for k in range(len(batches["x_a"])):
        drawn = model.predict_on_batch([batches["x_a"][k], batches["x_b"][k]])
        both = [float(np.abs(y.astype(np.float64) - batches[t][k]).mean())
                for y, t in zip(drawn, ("t_a", "t_b"))]
        total = losses(api, model, [batches["x_a"][k], batches["x_b"][k]],
                       [batches["t_a"][k], batches["t_b"][k]])
        total = float(total[0] if isinstance(total, (list, tuple)) else total)
        assert abs(total - sum(both)) < 1e-5, (total, both)  # it is their sum that is trained
        found.append(both)
    return np.array(found, np.float32)


def narrow_parts(api):
    return (filled(api.encoder(NARROW), 1), filled(api.decoder(NARROW), 2),
            filled(api.decoder(NARROW), 3))


def compare(name, ours, theirs):
    """The share by which two lists of losses differ, most of all and within the first ten numbers."""
    first = float(np.abs(ours - theirs).reshape(-1)[:10].max())
    share = float((np.abs(ours - theirs) / theirs).max())
    print("  %-14s %.4f to %.4f, differs by at most %.1e of it, the first ten by %.1e" %
          (name, theirs.mean(axis=1)[0], theirs.mean(axis=1)[-1], share, first), flush=True)
    assert share <= 1e-2 and first <= 1e-4, name


def main():
    api = Api(sys.argv[1])
    batches = drawn_batches(STEPS, FACES_IN_BATCH, NARROW.size)
    found = {}
    for ending, rate in (("", ARTICLE_RATE), ("_fast", FAST_RATE)):
        for step in (alternate, joint):
            found[step.__name__ + ending] = step(api, narrow_parts(api), NARROW, rate, batches)
    file = HERE / "training.safetensors"
    if not file.exists():
        write_safetensors(file, found)
    print("%s %s" % (sys.argv[1], api.version))
    for name, then in read_safetensors(file).items():
        compare(name, found[name], then)


if __name__ == "__main__":
    main()

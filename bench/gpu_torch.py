#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PyTorch's training step on a GPU, and the table that sets Cameo's beside it.

The network is that of compare_torch.py, both people in one graph as Cameo has them, with made-up
weights and images. Ways: eager, captured in a CUDA graph, and torch.compile inside a CUDA graph, which
is its best (max-autotune had not finished tuning after 100 s on an H100); bfloat16 by autocast, TF32,
float32; channels_last and the fused Adam throughout. Each row is printed and kept in the JSON file as
soon as it is measured. gpu_check.sh runs it.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

from compare_torch import BETA1, BETA2, EPSILON, RATE, make_model

PRECISIONS = "bfloat16", "TF32", "float32"
WAYS = "eager", "graph", "compile"


class Step:
    """Forward, backward and Adam on images that lie on the device."""

    def __init__(self, torch, shapes, batch, precision, device):
        self.torch, self.device = torch, device
        self.mixed = precision == "bfloat16"
        torch.backends.cuda.matmul.allow_tf32 = precision == "TF32"
        torch.backends.cudnn.allow_tf32 = precision == "TF32"
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(1)
        weights = {name: torch.randn(shape) / max(1, shape[1] * shape[2] * shape[3]) ** 0.5
                   for name, shape in shapes.items()}
        self.model = make_model(weights).to(device, memory_format=torch.channels_last)
        size = self.size(shapes)
        images = torch.rand(4 * batch, 3, size, size, device=device)
        images = images.contiguous(memory_format=torch.channels_last)
        self.faces, self.targets = images[:2 * batch], images[2 * batch:].chunk(2)
        self.run = self.model
        self.adam = torch.optim.Adam(self.model.parameters(), RATE, (BETA1, BETA2),
                                     EPSILON / (1 - BETA2) ** 0.5, fused=True,
                                     capturable=device == "cuda")

    @staticmethod
    def size(shapes):
        """The side of the images: the second dense layer fills a map of a sixteenth of it."""
        rows, channels = shapes["encoder.dense2.weight"][0], shapes["encoder.up.weight"][3]
        return 16 * round((rows / channels) ** 0.5)

    def __call__(self):
        self.adam.zero_grad(set_to_none=False)
        with self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.mixed):
            losses = self.run(self.faces, *self.targets)
        sum(losses).backward()
        self.adam.step()

    def compiled(self):
        """torch.compile, as one CUDA graph."""
        self.run = self.torch.compile(self.model)
        return self.captured()

    def captured(self):
        """The step as one CUDA graph."""
        torch = self.torch
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self()
        self.graph = graph
        return graph.replay


def seconds_of(torch, step, device, runs):
    def timed(count):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(count):
            step()
        if device == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - start) / count
    timed(3 if device == "cuda" else 1)
    return statistics.median(timed(10 if device == "cuda" else 1) for _ in range(runs))


def measure(options, shapes, on_row):
    """A row for each way, batch and precision, as long as there is time; on_row gets all so far."""
    try:
        import torch
    except ImportError:
        return {"skipped": "no PyTorch"}
    if options.device == "cuda" and not torch.cuda.is_available():
        return {"skipped": "no GPU that PyTorch can use"}
    ways = {"eager": lambda step: step}
    if options.device == "cuda":
        ways |= {"graph": Step.captured, "compile": Step.compiled}
    result = {"version": torch.__version__, "steps": []}
    rows, deadline = result["steps"], time.monotonic() + options.seconds
    for way in [way for way in ways if way in options.ways]:
        made = ways[way]
        for precision in options.precisions if way != "compile" else options.precisions[:1]:
            for batch in options.batches:
                row = {"way": way, "precision": precision, "batch": batch}
                if time.monotonic() > deadline:
                    rows.append(row | {"skipped": "no time left"})
                    continue
                try:
                    step = made(Step(torch, shapes, batch, precision, options.device))
                    row["seconds"] = seconds_of(torch, step, options.device, options.runs)
                    del step
                except RuntimeError as error:  # out of memory, or what cannot be compiled
                    row["skipped"] = str(error).splitlines()[0]
                rows.append(row)
                on_row(result)
                if options.device == "cuda":
                    torch.cuda.empty_cache()
    return result


def print_row(cameo, row):
    """One of PyTorch's figures, beside Cameo's."""
    ours = next((step["seconds"] for result in cameo.get("results", [])
                 for step in result["steps"]
                 if (result["precision"], step["batch"]) == (row["precision"], row["batch"])), None)
    what = f"{row['precision']:10} {row['batch']:5}  PyTorch {row['way']:8}"
    if "seconds" not in row:
        print(f"{what} skipped: {row['skipped']}", flush=True)
        return
    print(f"{what}{row['seconds'] * 1e3:9.2f} ms" +
          (f"  Cameo {ours * 1e3:9.2f} ms, {row['seconds'] / ours:.2f} times as fast"
           if ours else ""), flush=True)


def print_table(cameo, torch):
    """Milliseconds of a step: Cameo's, PyTorch's ways, and the ratio to the fastest of them."""
    theirs = {(row["precision"], row["batch"], row["way"]): row.get("seconds")
              for row in torch.get("steps", [])}
    print(f"{'precision':10} {'batch':>5} {'Cameo':>9}" + "".join(f"{way:>9}" for way in WAYS) +
          "  times as fast as the best")
    for result in cameo.get("results", []):
        for step in result["steps"]:
            precision, batch, ours = result["precision"], step["batch"], step["seconds"]
            found = [theirs.get((precision, batch, way)) for way in WAYS]
            best = min((seconds for seconds in found if seconds), default=None)
            print(f"{precision:10} {batch:5} {ours * 1e3:9.2f}" +
                  "".join(f"{seconds * 1e3:9.2f}" if seconds else f"{'-':>9}" for seconds in found) +
                  (f"  {best / ours:.2f}" if best else "  -"))
    for result in cameo.get("results", []):
        if "kernels" not in result:  # cameo-bench-gpu --steps
            print(f"{result['precision']}: one face {result['draw_seconds'] * 1e6:.0f} us")
            continue
        worst = min(result["kernels"], key=lambda row: row["share_of_ceiling"])
        print(f"{result['precision']}: one face {result['draw_seconds'] * 1e6:.0f} us;"
              f" training from files {result['training']['faces_per_second']:.0f} faces/s;"
              f" copy {result['ceilings'][0]['bytes_per_second'] / 1e9:.0f} GB/s;"
              f" least of the kernels {worst['name']}: {worst['share_of_ceiling']:.0%} of it")
    for name, part in ("Cameo", cameo), ("PyTorch", torch):
        if "skipped" in part:
            print(f"{name}: skipped: {part['skipped']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, required=True, help="cameo-bench-gpu, built")
    parser.add_argument("--preset", default="original")
    parser.add_argument("--cameo", type=pathlib.Path, help="what cameo-bench-gpu found")
    parser.add_argument("--json", type=pathlib.Path, help="write both into this file")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS),
                        help="torch.compile gets the first")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=240, help="start nothing new after these")
    options = parser.parse_args()
    shapes = json.loads(subprocess.run([options.bench, "--parameters", options.preset], check=True,
                                       stdout=subprocess.PIPE).stdout)
    cameo = {"skipped": "no GPU"}
    if options.cameo and options.cameo.exists() and options.cameo.stat().st_size > 0:
        cameo = json.loads(options.cameo.read_text())

    def keep(torch):
        if not options.json:
            return
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"date": time.strftime("%Y-%m-%d"), "cameo": cameo,
                                            "torch": torch, "command": " ".join(sys.argv)},
                                           indent=1) + "\n")

    def on_row(torch):
        print_row(cameo, torch["steps"][-1])
        keep(torch)

    torch = measure(options, shapes, on_row)
    keep(torch)
    print_table(cameo, torch)


if __name__ == "__main__":
    main()

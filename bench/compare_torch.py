#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cameo's training step and PyTorch's on the same cores, turn by turn.

Both compute the same network from the same weights on the same batch: losses, the first update and
a drawn face are compared before anything is timed. PyTorch gets what suits it best here: each
layout, with threads that spin when idle and with threads that sleep, in float32 and in bfloat16 by
autocast, is tried first. Then the two take turns, so that whatever else the machine does hits both,
and medians are compared. --precision says in which precision Cameo computes.

Needs torch and safetensors; Cameo configured with -DCAMEO_BENCH=ON and built. See bench/README.md.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

# Of losses and pixels, which are numbers between 0 and 1, and of what the first update takes off the
# losses; looser where one of the two computes in bfloat16.
TOLERANCE = {"f32": 1e-4, "bf16": 1e-2}
GAIN_TOLERANCE = {"f32": 0.05, "bf16": 0.2}
BETA1, BETA2, EPSILON, RATE = 0.5, 0.999, 1e-7, 5e-5
SLOPE = 0.1


def make_model(weights):
    """The network of model/autoencoder.h, any preset: its sizes are those of the weights."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    def shuffled(tensor):
        # Our pixel shuffle takes a pixel's four quarters one after another, torch's interleaves
        # them: with the filters in torch's order, its own fast kernel computes the same.
        return tensor.unflatten(0, (4, -1)).transpose(0, 1).flatten(0, 1).contiguous()

    def pair(name, order=lambda tensor: tensor):
        return order(weights[name + ".weight"]), order(weights[name + ".bias"].flatten())

    def conv(name, stride=1, order=lambda tensor: tensor):
        weight, bias = pair(name, order)
        layer = nn.Conv2d(weight.shape[3], weight.shape[0], weight.shape[1], stride,
                          padding=0 if stride == 2 else weight.shape[1] // 2)
        layer.weight.data, layer.bias.data = weight.permute(0, 3, 1, 2).contiguous(), bias
        return layer

    def dense(name):
        weight, bias = pair(name)
        layer = nn.Linear(weight.shape[3], weight.shape[0])
        layer.weight.data, layer.bias.data = weight.flatten(1).contiguous(), bias
        return layer

    class Down(nn.Module):
        def __init__(self, name):
            super().__init__()
            self.conv = conv(name, stride=2)

        def forward(self, x):
            return F.leaky_relu(self.conv(F.pad(x, (1, 2, 1, 2))), SLOPE, inplace=True)

    class Up(nn.Module):
        def __init__(self, name):
            super().__init__()
            self.conv = conv(name, order=shuffled)

        def forward(self, x):
            return F.pixel_shuffle(F.leaky_relu(self.conv(x), SLOPE, inplace=True), 2)

    class Bottleneck(nn.Module):
        """Flattens and unfolds in our order, row, column, channel."""

        def __init__(self):
            super().__init__()
            self.dense1, self.dense2 = dense("encoder.dense1"), dense("encoder.dense2")
            self.channels = weights["encoder.up.weight"].shape[3]
            self.side = round((self.dense2.out_features / self.channels) ** 0.5)

        def forward(self, x):
            x = self.dense2(self.dense1(x.permute(0, 2, 3, 1).flatten(1)))
            return x.view(-1, self.side, self.side, self.channels).permute(0, 3, 1, 2)

    def numbered(prefix):
        return [prefix + i for i in ("", *"12345678") if f"{prefix}{i}.weight" in weights]

    class Autoencoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(*map(Down, numbered("encoder.down")), Bottleneck(),
                                         *map(Up, numbered("encoder.up")))
            self.a, self.b = (nn.Sequential(*map(Up, numbered(f"decoder_{side}.up")),
                                            conv(f"decoder_{side}.out")) for side in "ab")

        def forward(self, faces, target_a, target_b):
            code_a, code_b = self.encoder(faces).chunk(2)
            return (F.l1_loss(torch.sigmoid(self.a(code_a)), target_a),
                    F.l1_loss(torch.sigmoid(self.b(code_b)), target_b))

        def draw(self, faces):
            return torch.sigmoid(self.a(self.encoder(faces)))

    return Autoencoder()


class TorchSide:
    """What a worker process does: the lines that cameo-bench-peer answers, in PyTorch."""

    def __init__(self, folder, layout, compiled, threads, precision):
        import torch
        from safetensors.torch import load_file
        torch.set_num_threads(threads)
        self.torch, self.mixed = torch, precision == "bf16"
        memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
        self.model = make_model(load_file(folder / "weights.safetensors")).to(memory_format=memory)
        batch = {name: tensor.permute(0, 3, 1, 2).contiguous(memory_format=memory)
                 for name, tensor in load_file(folder / "batch.safetensors").items()}
        self.faces = torch.cat([batch["face_a"], batch["face_b"]]).contiguous(memory_format=memory)
        self.targets = batch["target_a"], batch["target_b"]
        self.face, self.drawn = batch["one_face"], batch["one_drawn"]
        self.run = torch.compile(self.model) if compiled else self.model
        self.draw = torch.compile(self.model.draw) if compiled else self.model.draw
        # Cameo's epsilon stands beside the uncorrected root: in the first step that is this one.
        self.adam = torch.optim.Adam(self.model.parameters(), RATE, (BETA1, BETA2),
                                     EPSILON / (1 - BETA2) ** 0.5, fused=True)

    def autocast(self):
        return self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.mixed)

    def answer(self, line):
        start = time.perf_counter()
        if line == "step":
            self.adam.zero_grad()
            with self.autocast():
                losses = self.run(self.faces, *self.targets)
            sum(losses).backward()
            self.adam.step()
            a, b = (loss.item() for loss in losses)
            taken = time.perf_counter() - start
            self.adam.param_groups[0]["eps"] = EPSILON
            return f"{taken:.9f} {a:.9f} {b:.9f}"
        with self.torch.inference_mode(), self.autocast():
            drawn = self.draw(self.face)
        taken = time.perf_counter() - start
        return f"{taken if line == 'draw' else (drawn - self.drawn).abs().max().item():.9f}"

    def serve(self):
        print(json.dumps({"version": self.torch.__version__}), flush=True)
        for line in sys.stdin:
            print(self.answer(line.strip()), flush=True)


class Process:
    """A program that answers a line with a line."""

    def __init__(self, command, environment):
        self.pipe = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     text=True, env={**os.environ, **environment})
        self.about = json.loads(self.read())

    def read(self):
        line = self.pipe.stdout.readline()
        if not line:
            sys.exit(f"{self.pipe.args[0]} ended with status {self.pipe.wait()}")
        return line

    def ask(self, line):
        time.sleep(0.05)  # so that threads of the other side that still spin have gone to sleep
        self.pipe.stdin.write(line + "\n")
        self.pipe.stdin.flush()
        return [float(word) for word in self.read().split()]

    def close(self):
        self.pipe.stdin.close()
        self.pipe.wait()


def start_torch(options, folder, way):
    command = [sys.executable, __file__, "--worker", str(folder), "--layout", way["layout"],
               "--threads", str(options.threads), "--precision", way["precision"]]
    command += ["--compile"] * way["compiled"]
    policy = "" if way["idle"] == "default" else way["idle"]
    environment = {"OMP_NUM_THREADS": str(options.threads)}
    if policy:
        environment["OMP_WAIT_POLICY"] = policy
    return Process(command, environment)


def check_equal(torch, ours, precision):
    """A drawn face, the losses before the first update, and what that takes off them: by no more
    than about, since Adam's first update is the sign of each gradient, however small."""
    off = torch.ask("check")[0]
    print(f"drawn face: largest difference {off:.1e}")
    theirs = [torch.ask("step")[1:] for _ in ours]
    for when, p, q in zip(("before", "after"), ours, theirs):
        print(f"losses {when} the first update: Cameo {p[0]:.7f} {p[1]:.7f},"
              f" PyTorch {q[0]:.7f} {q[1]:.7f}")
    off = max(off, *(abs(x - y) for x, y in zip(ours[0], theirs[0])))
    if not off <= TOLERANCE[precision]:
        sys.exit(f"they do not compute the same: off by {off:.1e}, {TOLERANCE[precision]:.0e} allowed")
    for side in 0, 1:
        p, q = (losses[0][side] - losses[1][side] for losses in (ours, theirs))
        if not abs(p - q) <= GAIN_TOLERANCE[precision] * abs(p):
            sys.exit(f"they do not learn the same: a step gains {p:.3e} and {q:.3e}")


def try_way(options, folder, ours, way):
    """The way with its times."""
    torch = start_torch(options, folder, way)
    check_equal(torch, ours, max(options.precision, way["precision"], key=TOLERANCE.get))
    times = {}
    for task in "step", "draw":
        torch.ask(task)
        times[task] = statistics.median(torch.ask(task)[0] for _ in range(options.trials))
    torch.close()
    print(f"PyTorch {way['precision']} {way['layout']}, idle threads {way['idle']}"
          f"{', compiled' * way['compiled']}: step {times['step'] * 1e3:.0f} ms,"
          f" one face {times['draw'] * 1e3:.1f} ms", flush=True)
    return way | times | {"torch": torch.about["version"]}


def try_ways(options, folder, ours):
    """The fastest way of PyTorch for each task; what each took."""
    tried = []
    for compiled in [False, True] if options.compile else [False]:
        for layout in "contiguous", "channels_last":
            for idle in "default", "passive":
                for precision in "f32", "bf16":
                    tried.append(try_way(options, folder, ours,
                                         {"layout": layout, "idle": idle, "compiled": compiled,
                                          "precision": precision}))
    return {task: min(tried, key=lambda way: way[task]) for task in ("step", "draw")}, tried


def alternate(task, ours, torch, rounds):
    """Seconds of both and the FMA peak, turn by turn."""
    runs = {"cameo": [], "torch": [], "peak": []}
    for side in ours, torch:
        side.ask(task)
    for _ in range(rounds):
        runs["cameo"].append(ours.ask(task)[0])
        runs["torch"].append(torch.ask(task)[0])
        runs["peak"].append(ours.ask("peak")[0])
    return runs


def report(task, runs, flops):
    cameo, torch, peak = (statistics.median(runs[name]) for name in ("cameo", "torch", "peak"))
    share = {name: flops / seconds / peak for name, seconds in (("cameo", cameo), ("torch", torch))}
    print(f"{task}: Cameo {cameo * 1e3:.1f} ms ({share['cameo']:.0%} of the FMA peak), PyTorch"
          f" {torch * 1e3:.1f} ms ({share['torch']:.0%}); peak {peak / 1e9:.0f} GFLOP/s;"
          f" medians of {len(runs['cameo'])}: Cameo is {torch / cameo:.2f} times as fast",
          flush=True)
    return {"cameo_s": cameo, "torch_s": torch, "ratio": torch / cameo, "peak_flops": peak,
            "flops": flops, "share_of_peak": share, "runs": runs}


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def compare(options, folder):
    ours = Process([str(options.peer), options.preset, str(options.batch), str(folder),
                    options.precision],
                   {"OMP_NUM_THREADS": str(options.threads)})
    best, tried = try_ways(options, folder, [ours.ask("step")[1:] for _ in range(2)])
    result = {"preset": options.preset, "batch": options.batch, "threads": options.threads,
              "precision": options.precision, "date": time.strftime("%Y-%m-%d"), "processor": processor(), "load": os.getloadavg(),
              "command": " ".join(["bench/compare_torch.py", *sys.argv[1:]]), "torch_ways": tried}
    for task in "step", "draw":
        torch = start_torch(options, folder, best[task])
        rounds = options.rounds * (5 if task == "draw" else 1)  # shorter, so more of them
        result[task] = report(task, alternate(task, ours, torch, rounds), ours.about[task])
        torch.close()
    ours.close()
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=pathlib.Path, default="build/cpu/bin/cameo-bench-peer",
                        help="Cameo's side, built (default: %(default)s)")
    parser.add_argument("--preset", default="original")
    parser.add_argument("--batch", type=int, default=16, help="faces of each side")
    parser.add_argument("--rounds", type=int, default=15, help="timed turns of each side")
    parser.add_argument("--trials", type=int, default=3, help="timed runs of a way of PyTorch")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of each side (default: all cores this process may use)")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32",
                        help="of Cameo (default: %(default)s); PyTorch gets the faster")
    parser.add_argument("--compile", action="store_true", help="try torch.compile too")
    parser.add_argument("--json", type=pathlib.Path, help="write all figures into this file")
    parser.add_argument("--worker", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--layout", default="contiguous", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        TorchSide(options.worker, options.layout, options.compile, options.threads,
                  options.precision).serve()
        return
    with tempfile.TemporaryDirectory(prefix="cameo-compare-") as folder:
        compare(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()

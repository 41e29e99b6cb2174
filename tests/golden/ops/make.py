#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the golden values of the ops: inputs, outputs and gradients as PyTorch computes them.

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python tests/golden/ops/make.py [OP...]     # all, or these

Layout of the files: NHWC, weights [O,KH,KW,C]; tensors in0, in1, ... , dout, out, d0, d1, ...
Computed in float64, stored as float32, so that no library's rounding is in the judge.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def conv(x, w, pad, stride):
    top, left, bottom, right = pad
    return nhwc(F.conv2d(F.pad(nchw(x), (left, right, top, bottom)), nchw(w), stride=stride))


def shuffle(x, r=2):
    """TensorFlow's depth_to_space: channel = (row * r + column) * C + c."""
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, r, r, c // (r * r))
    return x.permute(0, 1, 3, 2, 4, 5).reshape(n, h * r, w * r, c // (r * r))


def leaky(x):
    return F.leaky_relu(x, 0.1)


def write(name, shapes, f, wants=None):
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    ins = [torch.rand(s, generator=generator, dtype=torch.float64) * 2 - 1 for s in shapes]
    # What a file stores must be what was computed with.
    ins = [x.float().double() for x in ins]
    wants = len(ins) if wants is None else wants
    for x in ins[:wants]:
        x.requires_grad_()
    out = f(*ins)
    dout = torch.rand(out.shape, generator=generator, dtype=torch.float64).float().double() * 2 - 1
    dout = dout.float().double()
    out.backward(dout)
    tensors = {f"in{i}": x.detach() for i, x in enumerate(ins)}
    tensors |= {f"d{i}": x.grad for i, x in enumerate(ins[:wants])}
    tensors |= {"out": out.detach(), "dout": dout}
    save_file({k: v.float().contiguous() for k, v in tensors.items()},
              str(HERE / f"{name}.safetensors"))


def gaussian_means(v, side=11, sigma=1.5):
    """Over the windows inside, of Wang et al. 2004; NCHW."""
    bell = torch.exp(-0.5 * ((torch.arange(side, dtype=v.dtype) - side // 2) / sigma) ** 2)
    bell = bell / bell.sum()
    window = (bell[:, None] * bell[None, :]).expand(v.shape[3], 1, side, side)
    return F.conv2d(nchw(v), window, groups=v.shape[3])


def dssim(x, t, c1=0.01**2, c2=0.03**2):
    """(1 - SSIM) / 2 of Wang et al. 2004 over the windows inside, values in 0..1."""
    mean = gaussian_means
    mx, mt = mean(x), mean(t)
    vx, vt, cov = mean(x * x) - mx * mx, mean(t * t) - mt * mt, mean(x * t) - mx * mt
    s = (2 * mx * mt + c1) * (2 * cov + c2) / ((mx * mx + mt * mt + c1) * (vx + vt + c2))
    return ((1 - s) / 2).mean().reshape(1)


image = (2, 3, 5, 7)
write("bias", [image, (7,)], lambda x, b: x + b)
write("leaky_relu", [image], leaky)
write("sigmoid", [image], torch.sigmoid)
write("pixel_shuffle", [(2, 3, 5, 12)], shuffle)
write("bias_leaky", [image, (7,)], lambda x, b: leaky(x + b))
write("bias_leaky_shuffle", [(2, 3, 5, 12), (12,)], lambda x, b: shuffle(leaky(x + b)))
write("mae", [image, image], lambda x, t: (x - t).abs().mean().reshape(1), wants=1)
write("sigmoid_mae", [image, image], lambda x, t: (torch.sigmoid(x) - t).abs().mean().reshape(1),
      wants=1)
write("dense", [(3, 2, 2, 5), (8, 20), (8,)], lambda x, w, b: F.linear(x.reshape(3, 20), w, b))
write("conv2d_5x5_s2", [(2, 8, 8, 3), (6, 5, 5, 3)], lambda x, w: conv(x, w, (1, 1, 2, 2), 2))
write("conv2d_3x3", [(2, 5, 6, 4), (8, 3, 3, 4)], lambda x, w: conv(x, w, (1, 1, 1, 1), 1))
def ms_ssim(x, t, c1=0.01**2, c2=0.03**2):
    """1 - the product over the scales of mean((1 + C) / 2)^weight; C as in Wang et al. 2003."""
    weights = torch.tensor([0.0448, 0.2856, 0.3001, 0.2363, 0.1333], dtype=x.dtype)
    scales = 1
    while scales < 5 and min(x.shape[1], x.shape[2]) >> scales >= 11:
        scales += 1
    weights = weights[:scales] / weights[:scales].sum()
    product = 1
    for i in range(scales):
        mx, mt = gaussian_means(x), gaussian_means(t)
        vx, vt = gaussian_means(x * x) - mx * mx, gaussian_means(t * t) - mt * mt
        c = (2 * (gaussian_means(x * t) - mx * mt) + c2) / (vx + vt + c2)
        if i == scales - 1:
            c = c * (2 * mx * mt + c1) / (mx * mx + mt * mt + c1)
        product = product * ((1 + c) / 2).mean(dim=(1, 2, 3)) ** weights[i]
        x, t = nhwc(F.avg_pool2d(nchw(x), 2)), nhwc(F.avg_pool2d(nchw(t), 2))
    return (1 - product).mean().reshape(1)


write("dssim", [(2, 13, 14, 3)] * 2, lambda x, t: 0.5 * dssim(x, t), wants=1)
write("ms_ssim", [(2, 45, 46, 2)] * 2, lambda x, t: 0.5 * ms_ssim(x, t), wants=1)

# SPDX-License-Identifier: MIT
"""The article's image arithmetic in numpy and OpenCV: augmentation, alignment, both converters.

usage: python make.py        (numpy 1.26, opencv-python-headless 4.6.0.66)

Written from what docs/article.md and README.md say of it. Writes augment, align and
convert.safetensors beside this script.
"""
import pathlib
import sys

import cv2
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from support import philox, write_safetensors  # noqa: E402

# Intel's library, in OpenCV as it comes from PyPI, rounds in other ways than OpenCV's own code.
cv2.ipp.setUseIPP(False)

MEAN_FACE = np.array([
    [0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991,
     0.98004, 0.490127, 0.490127, 0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217,
     0.613373, 0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428,
     0.793132, 0.858516, 0.79751, 0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395,
     0.639268, 0.726104, 0.642159, 0.556721, 0.490127, 0.423532, 0.338094, 0.290379, 0.428096,
     0.490127, 0.552157, 0.689874, 0.553364, 0.490127, 0.42689],
    [0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482,
     0.038915, 0.106454, 0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106,
     0.609345, 0.587326, 0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733,
     0.179852, 0.178758, 0.216423, 0.244077, 0.245099, 0.780233, 0.745405, 0.727388, 0.742578,
     0.727388, 0.745405, 0.780233, 0.864805, 0.902192, 0.909281, 0.902192, 0.864805, 0.784792,
     0.778746, 0.785343, 0.778746, 0.784792, 0.824182, 0.831803, 0.824182]]).T
JAW = 17


def drawn_image(width, height, number=0):
    """8-bit BGR: a ramp of its own in each channel under noise of 64 levels."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    noise = philox(np.arange(width * height * 3), number, 77)[:, 0] >> np.uint32(26)
    ramp = (x * (c + 1) + y * (3 - c)) * 192 // (4 * max(width, height))
    return (ramp + noise.reshape(height, width, 3)).astype(np.uint8)


def similarity(source, target):
    """2x3, by Umeyama's way: singular values of the covariance, a sign against mirroring."""
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    p, q = source - from_mean, target - to_mean
    u, d, vt = np.linalg.svd(q.T @ p / len(p))
    sign = np.array([1.0, 1.0 if np.linalg.det(u) * np.linalg.det(vt) > 0 else -1.0])
    turn = u @ np.diag(sign) @ vt
    scale = (d * sign).sum() / (p ** 2).sum() * len(p)
    return np.hstack([scale * turn, (to_mean - scale * turn @ from_mean)[:, None]])


def align_matrix(landmarks):
    return similarity(landmarks[JAW:], MEAN_FACE)


# --- training images


def augmented(face, draws):
    """Input and target, 64 x 64, of an 8-bit face of 256 x 256. draws: degrees, scale, shifts in
    shares of the side, mirror, 25 normal numbers for x of the nodes, 25 for y."""
    degrees, scale, shift_x, shift_y, mirror = draws[:5]
    image = face / 255.0
    matrix = cv2.getRotationMatrix2D((128, 128), degrees, scale)
    matrix[:, 2] += np.array([shift_x, shift_y]) * 256
    turned = cv2.warpAffine(image, matrix, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    if mirror:
        turned = turned[:, ::-1]
    nodes = np.linspace(128 - 80, 128 + 80, 5)
    map_x = np.broadcast_to(nodes, (5, 5)) + 5 * draws[5:30].reshape(5, 5)
    map_y = np.broadcast_to(nodes, (5, 5)).T + 5 * draws[30:].reshape(5, 5)
    large = [cv2.resize(m, (80, 80))[8:72, 8:72].astype(np.float32) for m in (map_x, map_y)]
    bent = cv2.remap(turned, large[0], large[1], cv2.INTER_LINEAR)
    grid = np.mgrid[0:65:16, 0:65:16].T.reshape(-1, 2)
    even = similarity(np.stack([map_x.ravel(), map_y.ravel()], axis=-1), grid.astype(float))
    return bent.astype(np.float32), cv2.warpAffine(turned, even, (64, 64)).astype(np.float32)


def make_augment(samples=8, stride=5):
    random = np.random.RandomState(21)
    draws = np.column_stack([
        random.uniform(-10, 10, samples), random.uniform(0.95, 1.05, samples),
        random.uniform(-0.05, 0.05, samples), random.uniform(-0.05, 0.05, samples),
        np.arange(samples) % 2, random.normal(0, 1, (samples, 50))])
    face = drawn_image(256, 256)
    images = [augmented(face, d) for d in draws]
    write_safetensors(HERE / "augment.safetensors", {
        "draws": draws,
        "input": np.stack([p[0][::stride, ::stride] for p in images]),
        "target": np.stack([p[1][::stride, ::stride] for p in images])})


# --- alignment


def drawn_landmarks(random, middle, size, degrees):
    """68 whole points: the mean face with a jaw below it, enlarged, turned, and moved a little."""
    around = np.linspace(np.pi, 0, JAW)
    jaw = np.column_stack([0.5 + 0.6 * np.cos(around), 0.35 + 0.75 * np.sin(around)])
    points = np.vstack([jaw, MEAN_FACE]) - 0.5 + random.normal(0, 0.01, (68, 2))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.rint(points @ turn.T * size + middle)


def make_align():
    random = np.random.RandomState(22)
    sets = np.stack([drawn_landmarks(random, middle, size, degrees) for middle, size, degrees in (
        ((60, 50), 40, 0), ((300, 200), 150, 17), ((900, 1200), 420, -35), ((64, 64), 9, 80),
        ((10, 8), 60, 178), ((2000, 30), 77.7, -121))])
    write_safetensors(HERE / "align.safetensors", {
        "landmarks": sets, "matrix": np.stack([align_matrix(s) for s in sets])})


# --- converters


def network(face):
    """Stands in for one: mirrored, the channels in turn; no value near a whole number of 255."""
    x = face.astype(np.float32)
    return x[:, ::-1, [1, 2, 0]] * np.float32(0.75) + np.float32(0.0437)


def drawn_by_network(face, dtype):
    drawn = network(face / 255.0)
    return np.clip(drawn * np.float32(255), 0, 255).astype(dtype)


def masked(image, landmarks, kind="facehullandrect", erosion=0, blur=2, seamless=False):
    size = image.shape[1], image.shape[0]
    matrix = align_matrix(landmarks) * 64
    new_face = drawn_by_network(cv2.warpAffine(image, matrix, (64, 64)), image.dtype)
    back = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    rect, hull = np.zeros(image.shape), np.zeros(image.shape)
    cv2.warpAffine(np.ones((64, 64, 3)), matrix, size, rect, back, cv2.BORDER_TRANSPARENT)
    cv2.fillConvexPoly(hull, cv2.convexHull(landmarks.astype(np.int32)), (1, 1, 1))
    mask = {"rect": rect, "facehull": hull, "facehullandrect": rect * hull}[kind]
    if erosion:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(erosion), abs(erosion)))
        mask = cv2.erode(mask, kernel) if erosion > 0 else cv2.dilate(mask, kernel)
    if blur:
        mask = cv2.blur(mask, (blur, blur))
    new_image = image.copy()
    cv2.warpAffine(new_face, matrix, size, new_image, back, cv2.BORDER_TRANSPARENT)
    if seamless:
        whole = np.clip(mask * 365, 0, 255).astype(np.uint8)
        inside = np.argwhere(whole == 255)
        if len(inside):
            (top, left), (bottom, right) = inside.min(axis=0)[:2], inside.max(axis=0)[:2]
            centre = int(left + (right - left) // 2), int(top + (bottom - top) // 2)
            return cv2.seamlessClone(new_image.astype(np.uint8), image.astype(np.uint8), whole,
                                     centre, cv2.NORMAL_CLONE)
    return mask * new_image + (1 - mask) * image


def adjust(image, box, smooth=True, average=True):
    x, y, w, h = box
    face = cv2.resize(image[y:y + h, x:x + w], (256, 256))
    old = face[48:208, 48:208].copy()
    new = drawn_by_network(cv2.resize(old, (64, 64)), np.uint8)
    new = cv2.resize(new, (160, 160))
    if average:
        shift = [int(old[:, :, c].mean() - new[:, :, c].mean()) for c in range(3)]
        new = np.clip(new.astype(int) + shift, 0, 255).astype(np.uint8)
    if smooth:
        mask = np.zeros_like(new)
        mask[160 // 15:-160 // 15, 160 // 15:-160 // 15] = 255  # -160 // 15 is -11
        mask = cv2.GaussianBlur(mask, (15, 15), 10)
        new = (mask / 255 * new + (1 - mask / 255) * old).astype(np.uint8)
    face[48:208, 48:208] = new
    result = image.copy()
    result[y:y + h, x:x + w] = cv2.resize(face, (w, h))
    return result


def written(image):
    """As OpenCV writes floating point images: half to even, saturated."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def make_convert():
    random = np.random.RandomState(23)
    frame = drawn_image(112, 96)
    faces = np.stack([drawn_landmarks(random, (44, 46), 40, 12),
                      drawn_landmarks(random, (80, 40), 28, -20)])
    boxes = np.array([[14, 20, 57, 61], [52, 8, 40, 40]])
    results = {
        "masked": masked(frame, faces[0]),
        "masked_two": masked(masked(frame, faces[0]), faces[1]),
        "masked_rect": masked(frame, faces[0], "rect", erosion=5, blur=0),
        "masked_hull": masked(frame, faces[0], "facehull", erosion=-4, blur=5),
        "masked_seamless": masked(frame, faces[0], seamless=True),
        "adjust": adjust(frame, boxes[0]),
        "adjust_two": adjust(adjust(frame, boxes[0]), boxes[1]),
        "adjust_plain": adjust(frame, boxes[0], smooth=False, average=False)}
    tensors = {"landmarks": faces, "boxes": boxes.astype(float)}
    for name, result in results.items():
        result = written(result)
        changed = np.argwhere((result != frame).any(axis=2))
        (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0) + 1
        tensors[name] = result[top:bottom, left:right]  # beyond it nothing has changed
        tensors[name + ".place"] = np.array([left, top], float)
    write_safetensors(HERE / "convert.safetensors", tensors)


make_augment()
make_align()
make_convert()

# SPDX-License-Identifier: MIT
"""What scripts that make golden files share: random numbers and files of tensors."""
import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1"}


def philox(low, high, key):
    """The numbers of base/philox.h: [..., 4] uint32 for counters (low, high), numbers or arrays
    of them, and one key. Philox4x32-10. Source: Salmon et al. 2011, "Parallel random numbers: as
    easy as 1, 2, 3", SC11, section 4.3."""
    low, high = np.broadcast_arrays(np.asarray(low, np.uint64), np.asarray(high, np.uint64))
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    c = [low & mask, low >> half, high & mask, high >> half]
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> half) ^ c[1] ^ np.uint64(k0), p1 & mask,
             (p0 >> half) ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=-1).astype(np.uint32)


def read_safetensors(file):
    with open(str(file), "rb") as f:
        raw = f.read()
    end = 8 + struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8:end].decode()).items():
        if name == "__metadata__":
            continue
        begin, stop = entry["data_offsets"]
        tensors[name] = np.frombuffer(raw[end + begin:end + stop], DTYPES[entry["dtype"]])
        tensors[name] = tensors[name].reshape(entry["shape"])
    return tensors


def write_safetensors(file, tensors):
    """Arrays of float64 and uint8 as they are, all others as float32."""
    at, header, parts = 0, {}, []
    for name, value in tensors.items():
        dtype = {"float64": "F64", "uint8": "U8"}.get(str(value.dtype), "F32")
        parts.append(np.ascontiguousarray(value, DTYPES[dtype]).tobytes())
        header[name] = {"dtype": dtype, "shape": list(value.shape),
                        "data_offsets": [at, at + len(parts[-1])]}
        at += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(str(file), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for part in parts:
            out.write(part)

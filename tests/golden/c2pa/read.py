#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the reader of c2pa-python says of a file's active manifest, in a line: its state, then the
action, its digital source type, and the soft binding's algorithm and value.

Usage: read.py TRUSTED.pem FILE
"""
import json
import pathlib
import sys

import c2pa

trusted, file = (pathlib.Path(name) for name in sys.argv[1:3])
settings = {"verify": {"remote_manifest_fetch": False},
            "trust": {"user_anchors": trusted.read_text()}}
with c2pa.Reader(str(file), context=c2pa.Context.from_dict(settings)) as reader:
    store = json.loads(reader.json())
found = {item["label"]: item["data"] for item in
         store["manifests"][store["active_manifest"]]["assertions"]}
action = found["c2pa.actions.v2"]["actions"][0]
binding = found["c2pa.soft-binding"]
print(store["validation_state"], action["action"], action["digitalSourceType"], binding["alg"],
      binding["blocks"][0]["value"])

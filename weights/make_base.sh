#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a base, which new models of a preset start from. Renders actors of random looks, and one
# target actor in the same performances and squares (pair_faces.py); trains the preset's network
# first to render each face again, then to render the target's face for everybody's. So its latents
# hold pose, expression and light, and little of who somebody is. No photograph is involved.
#   weights/make_base.sh PRESET [ACTORS [ITERATIONS [PAIRED_ITERATIONS]]]
# writes weights/base-PRESET.safetensors. The default is for a GPU: the training takes minutes on an
# H100, most of a day on two cores (BATCH=8 and 6000 and 12000 iterations: about an hour, and a base
# that is worth less). Stopped and begun again it goes on. Needs Python with NumPy and OpenCV.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:?PRESET, such as light128}
actors=${2:-1200}
iterations=${3:-8000}
paired_iterations=${4:-40000}
batch=${BATCH:-64}
bin=${CAMEO:-build/cpu/bin/cameo}
work=${WORK:-build/base-$preset}
[ -x "$bin" ] || { echo "error: no $bin; run ./demo.sh, or give the program as CAMEO=" >&2; exit 1; }

echo "== rendering the faces of $actors actors"
# Seeds below 100 are left to tests and to pairs that swaps are measured on.
"${PYTHON:-python3}" weights/pair_faces.py --cameo "$bin" --first 100 --actors "$actors" "$work"
faces=() targets=()
for ((seed = 100; seed < 100 + actors; ++seed)); do
  faces+=("$work/faces/$seed") targets+=("$work/targets/$seed")
done
# The target must be rendered for itself, too.
for ((i = 0; i < actors; i += 4)); do
  faces+=("${targets[i]}") targets+=("${targets[i]}")
done
# train MODEL ITERATIONS OPTION...
train() {
  local model=$1 count=$2
  shift 2
  "$bin" train -A "${faces[@]}" -B "${faces[@]}" -m "$model" -t "$preset" -b "$batch" -i "$count" \
    --muon-rate 0.02 --decay 0.7 --dssim 0.6 --mirror 0.5 --color 0.5 --examples 0 --seed 5 --force "$@"
}
echo "== training on each face"
train "$work/model" "$iterations" --start-from none
echo "== training towards the target's face"
train "$work/paired" "$paired_iterations" --start-from "$work/model" \
  --targets-a "${targets[@]}" --targets-b "${targets[@]}"
"$bin" export -m "$work/paired" --format base -o "weights/base-$preset.safetensors" --overwrite
sha256sum "weights/base-$preset.safetensors"

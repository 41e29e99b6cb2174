#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a base, which new models of a preset start from: renders actors of random looks, extracts
# their faces and trains the preset's network on all of them at once. No photograph is involved.
#   weights/make_base.sh PRESET [ACTORS [ITERATIONS]]
# writes weights/base-PRESET.safetensors. On two cores the default takes about two hours, half an
# hour of them to render and extract; stopped and begun again it goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:?PRESET, such as light128}
actors=${2:-96}
iterations=${3:-12000}
export bin=${CAMEO:-build/cpu/bin/cameo}
export work=${WORK:-build/base-$preset} frames=16 side=384
[ -x "$bin" ] || { echo "error: no $bin; run ./demo.sh, or give the program as CAMEO=" >&2; exit 1; }

# Seeds below 100 are left to tests and to pairs that swaps are measured on.
face_folders=()
for ((seed = 100; seed < 100 + actors; ++seed)); do
  face_folders+=("$work/faces/$seed")
done
one_actor() {
  local seed=$1
  [ ! -e "$work/faces/$seed/extract.toml" ] || return 0
  "$bin" synth --actor "random:$seed" --seed "$seed" -n "$frames" --width "$side" --height "$side" \
    -o "$work/frames/$seed" --overwrite -q >/dev/null
  "$bin" extract -i "$work/frames/$seed" -o "$work/faces/$seed" -q --overwrite >/dev/null
  rm -r "$work/frames/$seed"
}
export -f one_actor
echo "== rendering $actors actors, extracting their faces"
seq 100 $((99 + actors)) | OMP_NUM_THREADS=1 xargs -P "$(nproc)" -I{} bash -euc 'one_actor {}'
echo "== training"
"$bin" train -A "${face_folders[@]}" -B "${face_folders[@]}" -m "$work/model" -t "$preset" \
  -b 8 -i "$iterations" --muon-rate 0.02 --decay 0.7 --dssim 0.6 --mirror 0.5 --seed 5 \
  --start-from none --force
"$bin" export -m "$work/model" --format base -o "weights/base-$preset.safetensors" --overwrite
sha256sum "weights/base-$preset.safetensors"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a base, which new models of a preset start from. Renders actors of random looks, and one
# target actor in the same performances; extracts the faces, the target's in the same squares as the
# actor's; trains the preset's network first to render each face again, then to render the target's
# face for everybody's. So its latents hold pose, expression and light, and little of who somebody
# is. No photograph is involved.
#   weights/make_base.sh PRESET [ACTORS [ITERATIONS [PAIRED_ITERATIONS]]]
# writes weights/base-PRESET.safetensors. On two cores the default takes about 80 minutes, a quarter
# of it to render and extract; stopped and begun again it goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:?PRESET, such as light128}
actors=${2:-240}
iterations=${3:-6000}
paired_iterations=${4:-12000}
export bin=${CAMEO:-build/cpu/bin/cameo}
export work=${WORK:-build/base-$preset}
export drawn="-n 10 --width 384 --height 384 --overwrite -q"
[ -x "$bin" ] || { echo "error: no $bin; run ./demo.sh, or give the program as CAMEO=" >&2; exit 1; }

# Seeds below 100 are left to tests and to pairs that swaps are measured on.
face_folders=() target_folders=()
for ((seed = 100; seed < 100 + actors; ++seed)); do
  face_folders+=("$work/faces/$seed")
  target_folders+=("$work/targets/$seed")
done

# Both play the performance of the actor's seed. Cropped by its own landmarks, the target's face would
# lie elsewhere in its square, by what no network can know.
one_actor() {
  local faces=$work/faces/$1 targets=$work/targets/$1
  [ ! -e "$targets/extract.toml" ] || return 0
  "$bin" synth --actor "random:$1" --seed "$1" $drawn -o "$faces.frames" >/dev/null
  "$bin" extract -i "$faces.frames" -o "$faces" -q --overwrite >/dev/null
  "$bin" synth --actor random:1 --seed "$1" $drawn -o "$targets.frames" >/dev/null
  "$bin" extract -i "$targets.frames" -o "$targets" --from-faces "$faces.frames.faces.json" -q \
    --overwrite >/dev/null
  rm -r "$faces.frames" "$targets.frames"
}
export -f one_actor
# train MODEL ITERATIONS OPTION...
train() {
  local model=$1 count=$2
  shift 2
  "$bin" train -A "${face_folders[@]}" -B "${face_folders[@]}" -m "$model" -t "$preset" -b 8 \
    -i "$count" --muon-rate 0.02 --decay 0.7 --dssim 0.6 --mirror 0.5 --seed 5 --force "$@"
}
mkdir -p "$work/faces" "$work/targets"
echo "== rendering $actors actors, extracting their faces"
seq 100 $((99 + actors)) | OMP_NUM_THREADS=1 xargs -P "$(nproc)" -I{} bash -euc 'one_actor {}'
echo "== training on each face"
train "$work/model" "$iterations" --start-from none
echo "== training towards the target's face"
train "$work/paired" "$paired_iterations" --start-from "$work/model" \
  --targets-a "${target_folders[@]}" --targets-b "${target_folders[@]}"
"$bin" export -m "$work/paired" --format base -o "weights/base-$preset.safetensors" --overwrite
sha256sum "weights/base-$preset.safetensors"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, renders two synthetic actors, extracts their faces, trains on
# them, swaps unseen frames and a clip, and measures the swap against the exact one: demo/report.md.
# A second run repeats only the steps whose options or inputs have changed; all of them if the
# program has.
source "$(dirname "$0")/.ci/setup.sh"

actor_a=d             # whose frames are converted
actor_b=c             # whose face is put in
train_frames=300      # drawn of each actor to learn from
unseen_frames=24      # drawn of A to be swapped and measured
clip_frames=100       # at 25 a second
frame_side=384        # pixels
preset=light128
iterations=600
batch=8               # faces of each actor an iteration
sheet_rows=6

work=demo
bin=$build_dir/bin

# --- the steps; what a step depends on is its body, its arguments, the program and earlier steps

run_draw_a() { draw "$3" "$work/a" --frames "$1" --seed 11 --width "$2" --height "$2"; }
run_draw_b() { draw "$3" "$work/b" --frames "$1" --seed 12 --width "$2" --height "$2"; }
run_draw_unseen() {
  draw "$3" "$work/unseen" --frames "$1" --seed 21 --width "$2" --height "$2" \
    --swap-with "$4" --swap-output "$work/exact" --masks-output "$work/masks"
}
run_draw_clip() {
  draw "$3" "$work/clip" --frames "$1" --seed 22 --width "$2" --height "$2" --motion clip --fps 25 \
    --video "$work/clip.mp4"
}
run_extract() { cameo extract -i "$work/$1" -o "$work/faces_$1"; }
run_train() {
  cameo train -A "$work/faces_a" -B "$work/faces_b" -m "$work/model" -t "$1" -i "$2" -b "$3" --seed 1
}
# The exact swap has B's colours, so B's are kept here; to fit in, `-c avg` or `-c lab` is better.
# Both actors play the same poses and expressions, which matching latents needs.
run_convert() {
  cameo convert -i "$work/unseen" -o "$work/swapped" -m "$work/model" -c none --match-latents \
    --overwrite
}
run_convert_clip() {
  cameo convert -i "$work/clip.mp4" -o "$work/swap.mp4" -m "$work/model" --match-latents \
    --overwrite
}
# Both regions at once: telling persons apart keeps one core busy for half a minute.
run_evaluate() {
  local options=(--swapped "$work/swapped" --original "$work/unseen" --truth "$work/exact"
    --masks "$work/masks" -m "$work/model" -c none
    --source-faces "$work/b.faces.json" --source-crops "$work/faces_b" --overwrite)
  cameo evaluate "${options[@]}" --region drawn -o "$work/quality/drawn" -q &
  local drawn=$!
  cameo evaluate "${options[@]}" --region face -o "$work/quality/face" \
    --sheet "$work/sheet.png" --sheet-rows "$1"
  wait "$drawn"
}

draw() {
  local actor=$1 folder=$2
  shift 2
  cameo synth --actor "$actor" -o "$folder" --overwrite "$@"
}

cameo() { "$bin/cameo" "$@"; }

# step NAME TITLE "WHAT IT MAKES" "EARLIER STEPS" ARGUMENT...: runs run_NAME, without its
# part after a dash, unless nothing that it depends on has changed.
step_number=0
steps=$(grep -c '^step ' demo.sh)
step() {
  local name=$1 title=$2 makes=$3 needs=$4 key earlier folder began=$SECONDS
  local act=run_${1%%-*}
  shift 4
  step_number=$((step_number + 1))
  key=$({
    declare -f "$act" draw
    echo "$*"
    sha256sum <"$bin/cameo"
    for earlier in $needs; do cat "$work/.steps/$earlier"; done
  } | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$work/.steps/$name" 2>/dev/null || true)" = "$key" ]; then
    say "[$step_number/$steps] $title: done before"
    return
  fi
  say "[$step_number/$steps] $title"
  rm -f "$work/.steps/$name"
  # What the same step left when it was interrupted is gone on with, what another one made is not.
  if [ "$(cat "$work/.steps/$name.begun" 2>/dev/null || true)" != "$key" ]; then
    for folder in $makes; do rm -rf "${work:?}/$folder"; done
    echo "$key" >"$work/.steps/$name.begun"
  fi
  "$act" "$@"
  echo $((SECONDS - began)) >"$work/.steps/$name.seconds"
  echo "$key" >"$work/.steps/$name"
}

# Seconds of every step as lines "NAME SECONDS".
all_seconds() {
  local file
  for file in $(ls -tr "$work"/.steps/*.seconds); do
    echo "$(basename "$file" .seconds) $(cat "$file")"
  done
}

write_report() {
  {
    printf '{\n"quality": {"drawn": %s,\n"face": %s},\n' \
      "$(cat "$work/quality/drawn/report.json")" "$(cat "$work/quality/face/report.json")"
    printf '"training": {"preset": "%s", "iterations": %s, "batch": %s, "frames_of_each": %s},\n' \
      "$preset" "$iterations" "$batch" "$train_frames"
    printf '"seconds": {%s}\n}\n' "$(all_seconds | awk '{ printf "%s\"%s\": %s", (NR > 1 ? ", " : ""), $1, $2 }')"
  } >"$work/report.json"
  {
    printf '# The demo, %s\n\n' "$(date -u +%F)"
    printf 'Preset `%s`, %s iterations of %s + %s faces, %s frames of each actor.\n' \
      "$preset" "$iterations" "$batch" "$batch" "$train_frames"
    printf 'Against the exact swap, on frames not trained on: in the part that the network draws,\n'
    printf 'and in all of the face that both actors show.\n\n'
    cat "$work/quality/drawn/report.md"
    echo
    cat "$work/quality/face/report.md"
    printf '\n| Stage | seconds |\n|---|---|\n'
    all_seconds | awk '{ print "| " $1 " | " $2 " |" }'
    printf '\n```\n%s\n```\n' "$(cameo doctor | head -5)"
  } >"$work/report.md"
}

# --- the run

install_missing build run
say "building"
build_began=$SECONDS
tests=OFF
if is_installed doctest-dev; then tests=ON; fi
configure -DCAMEO_TESTS=$tests
build cameo
mkdir -p "$work/.steps"
# A build that had nothing to do says nothing about how long one takes.
[ -f "$work/.steps/build.seconds" ] && [ $((SECONDS - build_began)) -lt 20 ] ||
  echo $((SECONDS - build_began)) >"$work/.steps/build.seconds"

# Who a face looks like is told by a net that others trained; without it the report says "skipped".
weights/fetch.sh || say "no net to tell persons apart: the report leaves identity out"

step draw_a "draw actor A" "a a.faces.json" "" "$train_frames" "$frame_side" "$actor_a"
step draw_b "draw actor B" "b b.faces.json" "" "$train_frames" "$frame_side" "$actor_b"
step draw_unseen "draw unseen frames of A and their exact swaps" \
  "unseen unseen.faces.json exact masks" "" "$unseen_frames" "$frame_side" "$actor_a" "$actor_b"
step draw_clip "draw an unseen clip of A" "clip clip.mp4" "" "$clip_frames" "$frame_side" "$actor_a"
step extract-a "find and cut out A's faces" "faces_a" "draw_a" a
step extract-b "find and cut out B's faces" "faces_b" "draw_b" b
step extract-unseen "find the faces in the unseen frames" "faces_unseen" "draw_unseen" unseen
step train "train $preset" "model" "extract-a extract-b" "$preset" "$iterations" "$batch"
step convert "swap the unseen frames" "swapped" "train extract-unseen"
step convert_clip "swap the clip" "swap.mp4" "train draw_clip"
step evaluate "measure against the exact swap" "quality sheet.png" "convert extract-b" \
  "$sheet_rows"
write_report

sed -n '/^|/p' "$work/report.md"
say "$work/sheet.png: A, the swap, the exact swap; $work/swap.mp4: a clip; $work/report.md: figures"
say "done in $SECONDS s"

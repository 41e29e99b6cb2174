#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Puts the package c2pa-python, whose libc2pa_c and reader the tests of C2PA use, into a folder, unless
# it is there, and prints the library's place. Nothing else needs it. Usage: fetch_c2pa.sh FOLDER
set -euo pipefail

folder=$(realpath -m "${1:?a folder}")
source=$(dirname "$0")/../../pipeline/mark/c2pa_library.h
version=$(sed -nE 's/.* kKnownC2pa = "(.*)";/\1/p' "$source")
case $(uname -m) in
  x86_64) sum=0885fc72b7741b2af91305d1768618c827d802fa8963cd11f2fe2d00500651d0 ;;
  aarch64) sum=d40fe8adc79ced9d9e8019e28f1fb53104c99f13aedcfc5999935113e57509db ;;
  *) echo "c2pa-python has no library for $(uname -m)" >&2; exit 1 ;;
esac

library=$folder/$version/c2pa/libs/libc2pa_c.so
if [ ! -f "$library" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  echo "fetching c2pa-python $version (16 MB)" >&2
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$work" "c2pa-python==$version" >&2
  echo "$sum $(echo "$work"/*.whl)" | sha256sum --check --quiet >&2
  python3 -m zipfile -e "$work"/*.whl "$work/package"
  rm -f "$work"/package/c2pa/libs/*.rlib
  mkdir -p "$folder"
  rm -rf "${folder:?}/$version"
  mv "$work/package" "$folder/$version"
fi
echo "$library"

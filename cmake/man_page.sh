#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes a manual page from what a command's --help says.
# Usage: man_page.sh CAMEO COMMAND FILE; an empty COMMAND stands for the program itself.
set -eu
cameo=$1 command=$2 file=$3
here=$(dirname "$0")
mkdir -p "$(dirname "$file")"
version=$("$cameo" --version)
summary=$("$cameo" --help | awk -v command="$command" '
  command == "" { sub(/^[^:]*: /, ""); print; exit }
  $1 == command { sub(/^ *[a-z]+ +/, ""); print; exit }')
# shellcheck disable=SC2086  # no argument where COMMAND is empty
"$cameo" $command --help |
  awk -v command="$command" -v version="$version" -v summary="$summary" -f "$here/man_page.awk" >"$file.new"
mv "$file.new" "$file"

# SPDX-License-Identifier: MIT
# What demo.sh, test.sh and .ci/run share. Sourced; leaves the caller in the root of the project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build_dir=build/cpu
cores=$(nproc 2>/dev/null || echo 2)

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# packages_of KIND...: the Debian packages of these kinds, one a line.
packages_of() { awk -v kinds=" $* " 'index(kinds, " " $1 " ") { print $2 }' packages.txt; }

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# install_missing KIND...: installs what packages.txt names and is not there yet.
install_missing() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "not a Debian system: please see to it that what packages.txt names is installed"
    return
  fi
  local missing=() package as_root=()
  for package in $(packages_of "$@"); do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "as root, please run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/tmp/cameo-apt.$$ ||
    { tail -20 /tmp/cameo-apt.$$ >&2; die "apt-get could not install them (try: apt-get update)"; }
  rm -f /tmp/cameo-apt.$$
}

# configure OPTION...: the cpu preset with these CMake options. .ci/run sets CAMEO_WERROR=ON.
configure() {
  mkdir -p "$build_dir"
  cmake --preset cpu -DCAMEO_WERROR="${CAMEO_WERROR:-OFF}" "$@" >"$build_dir/configure.log" 2>&1 ||
    { cat "$build_dir/configure.log" >&2; die "cmake could not configure (see above)"; }
}

# build TARGET...: builds these, or everything.
build() {
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --build --preset cpu --parallel "$cores" "${targets[@]}"
}

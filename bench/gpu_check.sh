#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Proves and measures the CUDA backend on a machine with a GPU:
#   bench/gpu_check.sh --pack FILE   where Cameo's Debian packages are: packs what the other needs
#   bench/gpu_check.sh [FILE]        there: builds, tests, measures, compares with PyTorch
# There must be nvcc, cuDNN, CMake, ninja and, for the comparison, Python with PyTorch; the pack
# brings headers and oneDNN, no network is used. What wants a GPU says "skipped" where there is none.
# The last lines are a table; figures go to bench/results/.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/gpu
seconds=${GPU_CHECK_SECONDS:-540}

pack() {
  local stage lib
  stage=$(mktemp -d)
  mkdir -p "$stage"/{include,lib/cmake,share/cmake}
  cp -r /usr/include/{nlohmann,doctest,stb,oneapi} "$stage/include/"
  rm -rf "$stage/include/oneapi/tbb"*
  cp /usr/include/dnnl*.h* "$stage/include/"
  cp -r /usr/lib/cmake/doctest "$stage/lib/cmake/"
  cp -r /usr/share/cmake/nlohmann_json "$stage/share/cmake/"
  lib=$(readlink -f "$(find /usr/lib -name libdnnl.so | head -1)")
  # Its own needs too, but for what every C++ program has.
  for lib in "$lib" $(ldd "$lib" | awk '/=> \// && !/lib(c|m|gcc_s|stdc\+\+|gomp)\.so/ { print $3 }'); do
    cp -L "$lib" "$stage/lib/"
  done
  for lib in "$stage"/lib/libdnnl.so.*; do
    ln -sf "$(basename "$lib")" "$stage/lib/libdnnl.so"
    ln -sf "$(basename "$lib")" "$stage/lib/$(objdump -p "$lib" | awk '/SONAME/ { print $2 }')"
  done
  tar -C "$stage" -czf "$1" . && rm -rf "$stage" && echo "$1: $(du -h "$1" | cut -f1)"
}

outcomes=()
# part NAME COMMAND...: runs it; 77 means skipped.
part() {
  local name=$1 status=0 left=$((seconds - SECONDS))
  shift
  echo "== $name"
  if [ "$left" -le 0 ]; then
    outcomes+=("$name: skipped: no time left")
    return 0
  fi
  timeout "$left" bash -uo pipefail -c '"$@"' _ "$@" || status=$?
  case $status in
    0) outcomes+=("$name: done") ;;
    77) outcomes+=("$name: skipped: no GPU") ;;
    *) outcomes+=("$name: FAILED ($status)") ;;
  esac
  return "$status"
}

about() {
  echo "commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(date -u +%Y-%m-%d)"
  nvcc --version | tail -2 | head -1
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || return 77
}

configure_and_build() {
  cmake -S . -B $build -G Ninja -DCAMEO_CUDA=ON -DCAMEO_TOOLS=OFF -DCAMEO_PIPELINE=OFF >$build.configure.log ||
    { tail -20 $build.configure.log; return 1; }
  cmake --build $build --parallel "$(nproc)" --target \
    gpu_tests cameo-bench-gpu simt_tests standin_tests plans_tests >$build.log 2>&1 || { grep -m5 -A5 -E 'error|FAILED' $build.log; return 1; }
}

run_tests() {
  ctest --test-dir $build --parallel "$(nproc)" --no-tests=error --output-on-failure -L 'gpu|simt|standin|plans' |
    tail -15
  return "${PIPESTATUS[0]}"
}

# sanitize TOOL: the first step and the captured one, every kernel of it.
sanitize() {
  $build/bin/gpu_tests --test-case=none >/dev/null || return 77
  command -v compute-sanitizer >/dev/null || { echo "no compute-sanitizer"; return 77; }
  compute-sanitizer --tool "$1" --error-exitcode 1 $build/bin/gpu_tests \
    --test-case='the first step*,the captured step*' | tail -5
  return "${PIPESTATUS[0]}"
}

measure() {
  $build/bin/cameo-bench-gpu >$build/cameo.json
}

export build
export -f about configure_and_build run_tests sanitize measure
if [ "${1:-}" = --pack ]; then
  pack "${2:?usage: bench/gpu_check.sh --pack FILE}"
  exit
fi
mkdir -p $build
if [ -n "${1:-}" ]; then
  prefix=$PWD/$build/pack
  mkdir -p "$prefix" && tar -C "$prefix" -xzf "$1" || exit 1
  export CMAKE_PREFIX_PATH=$prefix CPATH=$prefix/include LD_LIBRARY_PATH=$prefix/lib:${LD_LIBRARY_PATH:-}
fi
part "machine" about
part "build" configure_and_build || { printf '%s\n' "${outcomes[@]}"; exit 1; }
part "tests" run_tests
part "memcheck" sanitize memcheck
part "racecheck" sanitize racecheck
part "measurement" measure
python=python3
command -v $python >/dev/null &&
  part "PyTorch" $python bench/gpu_torch.py --bench $build/bin/cameo-bench-gpu --cameo $build/cameo.json \
    --seconds "${GPU_CHECK_TORCH_SECONDS:-200}" --json "bench/results/gpu-$(date -u +%Y-%m-%d).json"
echo
printf '%s\n' "${outcomes[@]}"
! printf '%s\n' "${outcomes[@]}" | grep -q FAILED

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Proves and measures the CUDA backend on a machine with a GPU:
#   bench/gpu_check.sh --pack FILE   where Cameo's Debian packages are: packs what the other needs
#   bench/gpu_check.sh [FILE]        there: builds, tests, measures, compares with PyTorch
#   bench/gpu_check.sh --quick [FILE]   less of it, in under 4 minutes once built: the GPU's tests,
#     sanitizers on our own kernels, training steps against PyTorch's best ways
# There must be nvcc, cuDNN, CMake, ninja and, for the comparison, Python with PyTorch; the pack
# brings headers and oneDNN, no network is used. What wants a GPU says "skipped" where there is none.
# Each part adds its line to build/gpu/outcomes.txt as it ends, so that a run that is cut off leaves
# what it had; the last lines are that table. Figures go to bench/results/.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
build=build/gpu
quick=
if [ "${1:-}" = --quick ]; then
  quick=1
  shift
fi
seconds=${GPU_CHECK_SECONDS:-${quick:+230}}
seconds=${seconds:-540}

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

outcomes=$build/outcomes.txt
# part NAME SECONDS COMMAND...: runs it, for no longer than that; 77 means skipped.
part() {
  local name=$1 most=$2 status=0 left=$((seconds - SECONDS)) start=$SECONDS how
  shift 2
  echo "== $name"
  if [ "$left" -le 0 ]; then
    echo "$name: skipped: no time left" | tee -a "$outcomes"
    return 0
  fi
  timeout "$((left < most ? left : most))" bash -uo pipefail -c '"$@"' _ "$@" || status=$?
  case $status in
    0) how="done" ;;
    77) how="skipped: no GPU" ;;
    124) how="FAILED (no end after $((SECONDS - start)) s)" ;;
    *) how="FAILED ($status)" ;;
  esac
  echo "$name: $how, $((SECONDS - start)) s" | tee -a "$outcomes"
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
  local targets="gpu_tests cameo-bench-gpu"
  [ -n "$quick" ] || targets="$targets simt_tests standin_tests plans_tests"
  # shellcheck disable=SC2086
  cmake --build $build --parallel "$(nproc)" --target $targets >$build.log 2>&1 ||
    { grep -m5 -A5 -E 'error|FAILED' $build.log; return 1; }
}

run_gpu_tests() {
  $build/bin/gpu_tests | tail -15
  return "${PIPESTATUS[0]}"
}

run_tests() {
  ctest --test-dir $build --parallel "$(nproc)" --no-tests=error --output-on-failure -L 'gpu|simt|standin|plans' |
    tail -15
  return "${PIPESTATUS[0]}"
}

# sanitize TOOL FILTER: the tests that doctest's filter names.
sanitize() {
  $build/bin/gpu_tests --test-case=none >/dev/null || return 77
  command -v compute-sanitizer >/dev/null || { echo "no compute-sanitizer"; return 77; }
  compute-sanitizer --tool "$1" --error-exitcode 1 $build/bin/gpu_tests "$2" | tail -5
  return "${PIPESTATUS[0]}"
}

# measure [--steps]
measure() {
  $build/bin/cameo-bench-gpu "$@" >$build/cameo.json
}

# The convolutions next to images, by cuDNN and by our own kernels: a table as it goes.
measure_narrow() {
  $build/bin/cameo-bench-gpu --narrow | tee $build/narrow.txt
  return "${PIPESTATUS[0]}"
}

export build quick
export -f about configure_and_build run_gpu_tests run_tests sanitize measure measure_narrow
if [ "${1:-}" = --pack ]; then
  pack "${2:?usage: bench/gpu_check.sh --pack FILE}"
  exit
fi
mkdir -p $build
: >$outcomes
if [ -n "${1:-}" ]; then
  prefix=$PWD/$build/pack
  mkdir -p "$prefix" && tar -C "$prefix" -xzf "$1" || exit 1
  export CMAKE_PREFIX_PATH=$prefix CPATH=$prefix/include LD_LIBRARY_PATH=$prefix/lib:${LD_LIBRARY_PATH:-}
fi
python=python3
torch() {
  command -v $python >/dev/null &&
    part "PyTorch" 600 $python bench/gpu_torch.py --bench $build/bin/cameo-bench-gpu --cameo $build/cameo.json \
      --json "bench/results/gpu-$(date -u +%Y-%m-%d).json" "$@"
}
step='--test-case=the first step*,the captured step*'
part "machine" 60 about
# The build has time of its own: how long it takes says nothing of the GPU.
start=$SECONDS
seconds=3600 part "build" 3600 configure_and_build || { cat $outcomes; exit 1; }
seconds=$((seconds + SECONDS - start))
if [ -n "$quick" ]; then
  part "tests" 60 run_gpu_tests
  part "measurement" 60 measure --steps
  part "narrow convolutions" 40 measure_narrow
  torch --ways graph compile --precisions bfloat16 --batches 64 16 --runs 5 --seconds 60
  part "memcheck" 50 sanitize memcheck '--source-file=*tests/simt/*'
  # Those with shared memory.
  part "racecheck" 50 sanitize racecheck '--source-file=*/columns_test*,*/dssim_test*,*/grad_norm_test*,*/narrow_conv_test*,*/rms_norm_test*'
else
  part "tests" 600 run_tests
  part "memcheck" 600 sanitize memcheck "$step"
  part "racecheck" 600 sanitize racecheck "$step"
  part "measurement" 600 measure
  part "narrow convolutions" 60 measure_narrow
  torch --seconds "${GPU_CHECK_TORCH_SECONDS:-200}"
fi
echo
cat $outcomes
! grep -q FAILED $outcomes

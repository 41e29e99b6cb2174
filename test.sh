#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds everything, runs every test. The last line is ctest's summary.
# Arguments go to ctest: ./test.sh -R gradient
source "$(dirname "$0")/.ci/setup.sh"

install_missing build run test
say "building"
configure -DCAMEO_TESTS=ON
build
# What C2PA's tests need is no package of Debian's; without it they are skipped.
if [ -z "${CAMEO_C2PA_LIBRARY:-}" ]; then
  if library=$(tests/support/fetch_c2pa.sh "$build_dir/c2pa-python"); then
    export CAMEO_C2PA_LIBRARY=$library
  else
    say "c2pa-python could not be fetched: the tests of C2PA manifests are skipped"
  fi
fi
say "testing"
log=$build_dir/ctest.log
status=0
ctest --preset cpu --no-tests=error --parallel "$cores" "$@" </dev/null 2>&1 | tee "$log" || status=$?
summary=$(grep -E 'tests passed|No tests were found' "$log" | tail -1 || true)
seconds=$(sed -n 's/^Total Test time (real) = *//p' "$log")
printf '%s in %s\n' "${summary:-ctest gave no summary}" "${seconds:-unknown time}"
exit "$status"

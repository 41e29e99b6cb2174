// SPDX-License-Identifier: MIT
// What a single GPU can show of training on several.
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/collective.h"
#include "engine/nccl.h"
#include "tests/standin/backends.h"
#include "tests/standin/studio.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// Why NCCL cannot be used here; "" if it can.
std::string why_no_nccl() {
  try {
    const Nccl nccl;
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("one rank's sums by NCCL inside the captured step leave the bits of every weight") {
  if (const std::string why = why_no_nccl(); !why.empty()) {
    MESSAGE("skipped: " << why);
    return;
  }
  for (const Precision precision : {Precision::F32, Precision::Bf16}) {
    for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
      CAPTURE(static_cast<int>(precision));
      CAPTURE(name_of(mode));
      Studio studio;
      studio.options.mode = mode;
      const auto alone = studio.train_to(kSteps, on_gpu(precision), "alone");
      Exec exec = on_gpu(precision);
      ProcessGroup group(exec, {.rank = 0, .ranks = 1});
      CHECK(group.transport().starts_with("NCCL 2."));
      studio.options.group = &group;
      const auto ranked = studio.train_on(kSteps, exec, "ranked");
      CHECK(alone == ranked);
      CHECK((weights_in(studio.scratch / "alone", studio.options.preset) ==
             weights_in(studio.scratch / "ranked", studio.options.preset)));
    }
  }
}

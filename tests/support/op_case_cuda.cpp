// SPDX-License-Identifier: MIT
// For the stand-in of a GPU and for a GPU.
#include "tests/support/op_case.h"

namespace cameo::test {

void each_backend(const std::function<void(Exec&)>& test) {
  for (const Precision precision : {Precision::F32, Precision::Bf16}) {
    Exec exec = Cuda({.precision = precision, .time_plans = false});
    test(exec);
  }
}

void check_op(const OpCase& op) {
  each_backend([&](Exec& exec) { check_op(op, exec); });
}

}  // namespace cameo::test

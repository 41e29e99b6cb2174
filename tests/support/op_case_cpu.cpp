// SPDX-License-Identifier: MIT
#include "tests/support/op_case.h"

namespace cameo::test {

void each_backend(const std::function<void(Exec&)>& test) {
  Exec exec = Cpu();
  test(exec);
}

void check_op(const OpCase& op) {
  if (op.algorithms.empty()) {
    Exec exec = Cpu();
    check_op(op, exec);
  }
  const auto check_by = [&](const std::string& algorithm, Precision precision) {
    Cpu cpu;
    cpu.precision = precision;
    cpu.forced_algorithm = algorithm;
    Exec exec = cpu;
    OpCase one = op;
    one.name += " " + algorithm;
    check_op(one, exec);
  };
  for (const std::string& algorithm : op.algorithms) check_by(algorithm, Precision::F32);
  if (!op.algorithms.empty()) check_by("direct-bf16", Precision::Bf16);
}

}  // namespace cameo::test

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
  for (const std::string& algorithm : op.algorithms) {
    Cpu cpu;
    cpu.forced_algorithm = algorithm;
    Exec exec = cpu;
    OpCase one = op;
    one.name += " " + algorithm;
    check_op(one, exec);
  }
}

}  // namespace cameo::test

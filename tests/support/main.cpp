// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "base/idle_threads.h"

int main(int argc, char** argv) {
  cameo::let_idle_threads_sleep(argv);
  return doctest::Context(argc, argv).run();
}

// SPDX-License-Identifier: MIT
#include <exception>
#include <iostream>
#include <sstream>

#include <benchmark/benchmark.h>

#include "base/idle_threads.h"
#include "bench/ops.h"
#include "bench/roofline.h"
#include "kernels/system_info.h"

namespace cameo::bench {
namespace {

void add_all() {
  add_conv2d();
  add_dense();
  add_bias();
  add_bias_leaky();
  add_bias_leaky_shuffle();
  add_dssim();
  add_leaky_relu();
  add_pixel_shuffle();
  add_sigmoid();
  add_mae();
  add_sigmoid_mae();
  add_slice();
  add_adam();
  add_augment();
  add_step();
#ifdef CAMEO_BENCH_PIPELINE
  add_pipeline();
#endif
}

void describe_machine() {
  const Roofline& ceilings = roofline();
  const auto giga = [](double number) {
    std::ostringstream text;
    text << number / 1e9;
    return text.str();
  };
  benchmark::AddCustomContext("OpenMP threads", std::to_string(ceilings.threads));
  benchmark::AddCustomContext("FMA peak, GFLOP/s (" + std::string(ceilings.instructions) + ")",
                              giga(ceilings.flops));
  benchmark::AddCustomContext("copy, GB/s read + written", giga(ceilings.bytes));
  for (const LibraryVersion& library : kernel_libraries())
    benchmark::AddCustomContext(library.name, library.version + ' ' + library.note);
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) try {
  cameo::let_idle_threads_sleep(argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  cameo::bench::describe_machine();
  cameo::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

// SPDX-License-Identifier: MIT
// cameo-bench-gpu [--steps] [PRESET]: what gpu_check.sh measures, as JSON on stdout; on stderr each
// training step as soon as it is measured. --steps: nothing but steps and one face, in bfloat16 and
// TF32.
// cameo-bench-gpu --parameters [PRESET]: names and shapes of the network's parameters, for PyTorch.
// Ends with 77 after saying why if there is no GPU.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/gpu/report.h"
#include "kernels/system_info.h"

namespace cameo::bench {
namespace {

constexpr int kSkipped = 77;

void tell_parameters(const Preset& preset) {
  Exec exec = Cpu();
  ParamStore params(exec);
  preset.network.declare(params);
  nlohmann::ordered_json all;
  for (const Param& p : params.table()) all[p.name] = {p.shape.n, p.shape.h, p.shape.w, p.shape.c};
  std::cout << all.dump() << '\n';
}

void tell_step(const nlohmann::ordered_json& row) {
  std::fprintf(stderr, "%s, %d of each: %.2f ms a step, %.0f faces/s\n",
               row["precision"].get<std::string>().c_str(), row["batch"].get<int>(),
               1e3 * row["seconds"].get<double>(), row["faces_per_second"].get<double>());
}

int run(std::vector<std::string> args) {
  const auto takes = [&](const char* word) {
    if (args.empty() || args.front() != word) return false;
    args.erase(args.begin());
    return true;
  };
  const bool parameters = takes("--parameters"), steps_only = takes("--steps");
  const Preset network = preset(args.empty() ? "original" : args.front());
  if (parameters) {
    tell_parameters(network);
    return 0;
  }
  const GpuReport report = query_gpus();
  if (report.gpus.empty()) {
    std::cerr << "skipped: " << report.why_none << '\n';
    return kSkipped;
  }
  nlohmann::ordered_json all{{"device", report.gpus.front().name}, {"driver", report.driver}};
  for (const LibraryVersion& library : report.libraries) all[library.name] = library.version;
  Wishes wishes{.preset = network, .steps_only = steps_only, .on_step = tell_step};
  if (steps_only) wishes.precisions = {Precision::Bf16, Precision::Tf32};
  all.update(measure(wishes));
  std::cout << all.dump(1) << '\n';
  return 0;
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) try {
  return cameo::bench::run({argv + 1, argv + argc});
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

// SPDX-License-Identifier: MIT
// cameo-bench-gpu [PRESET]: what gpu_check.sh measures, as JSON on stdout.
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

int run(std::vector<std::string> args) {
  const bool parameters = !args.empty() && args.front() == "--parameters";
  if (parameters) args.erase(args.begin());
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
  all.update(measure({.preset = network}));
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

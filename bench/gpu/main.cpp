// SPDX-License-Identifier: MIT
// cameo-bench-gpu [--steps] [PRESET]: what gpu_check.sh measures, as JSON on stdout; on stderr each
// training step as soon as it is measured. --steps: nothing but steps and one face, in bfloat16 and
// TF32.
// cameo-bench-gpu --narrow: a table of the convolutions next to images, by cuDNN and by our own
// kernels, for all presets.
// cameo-bench-gpu --parameters [PRESET]: names and shapes of the network's parameters, for PyTorch.
// Ends with 77 after saying why if there is no GPU.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/gpu/narrow.h"
#include "bench/gpu/report.h"
#include "bench/usage.h"
#include "kernels/system_info.h"

namespace cameo::bench {
namespace {

constexpr int kSkipped = 77;

void print_parameters(const Preset& preset) {
  Exec exec = Cpu();
  ParamStore params(exec);
  preset.network.declare(params);
  nlohmann::ordered_json all;
  for (const Param& p : params.table()) all[p.name] = {p.shape.n, p.shape.h, p.shape.w, p.shape.c};
  std::cout << all.dump() << '\n';
}

void print_step(const nlohmann::ordered_json& row) {
  std::fprintf(stderr, "%s, %d of each: %.2f ms a step, %.0f faces/s\n",
               row["precision"].get<std::string>().c_str(), row["batch"].get<int>(),
               1e3 * row["seconds"].get<double>(), row["faces_per_second"].get<double>());
}

void print_narrow(const NarrowRow& row) {
  constexpr double kMicro = 1e6, kGiga = 1e-9;
  std::printf("%-9s %-9s %-22s %-8s %9.1f %9.1f %7.0f  %s\n", row.precision.c_str(),
              row.preset.c_str(), row.layer.c_str(), row.pass.c_str(), row.cudnn_seconds * kMicro,
              row.own_seconds * kMicro,
              row.own_seconds > 0 ? row.bytes / row.own_seconds * kGiga : 0, row.chosen.c_str());
  std::fflush(stdout);
}

int run(std::vector<std::string> args) {
  const auto takes = [&](const char* word) {
    if (args.empty() || args.front() != word) return false;
    args.erase(args.begin());
    return true;
  };
  const bool parameters = takes("--parameters"), steps_only = takes("--steps"),
             narrow = takes("--narrow");
  const Preset network = preset(args.empty() ? "original" : args.front());
  if (parameters) {
    print_parameters(network);
    return 0;
  }
  const GpuReport report = query_gpus();
  if (report.gpus.empty()) {
    std::cerr << "skipped: " << report.why_none << '\n';
    return kSkipped;
  }
  if (narrow) {
    std::printf("%s\n%-9s %-9s %-22s %-8s %9s %9s %7s  %s\n", report.gpus.front().name.c_str(),
                "precision", "preset", "layer", "pass", "cuDNN us", "own us", "GB/s", "chosen");
    measure_narrow({}, print_narrow);
    return 0;
  }
  nlohmann::ordered_json all{{"device", report.gpus.front().name}, {"driver", report.driver}};
  for (const LibraryVersion& library : report.libraries) all[library.name] = library.version;
  Wishes wishes{.preset = network, .steps_only = steps_only, .on_step = print_step};
  if (steps_only) wishes.precisions = {Precision::Bf16, Precision::Tf32};
  all.update(measure(wishes));
  std::cout << all.dump(1) << '\n';
  return 0;
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) try {
  constexpr const char* kUsage =
      "usage: cameo-bench-gpu [--steps] [PRESET] | --narrow | --parameters [PRESET]";
  if (cameo::bench::help_asked(argc, argv, kUsage)) return 0;
  return cameo::bench::run({argv + 1, argv + argc});
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

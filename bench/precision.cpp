// SPDX-License-Identifier: MIT
// What bfloat16 gains a CPU's training step:
//   cameo-bench-precision [PRESET [BATCH [ROUNDS]]]
//
// Steps of the same network in float32 and in bfloat16, turn by turn, so that whatever else the
// machine does hits both. Prints a JSON object: medians of the time that passed and of the CPU time
// that was spent, which counts on a busy machine (OMP_NUM_THREADS=1 for the least of its noise),
// what `--precision auto` takes here, how many passes went to bfloat16, the losses after all steps.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "base/error.h"
#include "base/idle_threads.h"
#include "bench/training.h"
#include "bench/usage.h"
#include "kernels/pick_precision.h"
#include "kernels/system_info.h"

namespace cameo::bench {
namespace {

struct Times {
  std::vector<double> wall, cpu;  ///< seconds
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// A learner on a device of its own.
struct Trainee {
  Trainee(const Preset& preset, int batch, Precision precision) : exec(cpu_in(precision)) {
    learner = made_up_learner(exec, preset, batch);
    learner->step();  // packs and allocates what the first one does
  }
  static Exec cpu_in(Precision precision) {
    Cpu cpu;
    cpu.precision = precision;
    return cpu;
  }
  void step() {
    const double before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    loss = learner->step().a;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    times.wall.push_back(spent.count());
    times.cpu.push_back(cpu_seconds() - before);
  }
  Exec exec;
  std::unique_ptr<Learner> learner;
  Times times;
  double loss = 0;
};

void compare(const Preset& preset, int batch, int rounds) {
  check(has_bf16_products(), ErrorCode::Device, "this CPU has no products of bfloat16");
  Trainee wide(preset, batch, Precision::F32), narrow(preset, batch, Precision::Bf16);
  const auto& tuning = std::get<Cpu>(narrow.exec).tuning;
  const auto passes = std::count_if(tuning.begin(), tuning.end(), [](const auto& choice) {
    return choice.second.find("bf16") != std::string::npos;
  });
  for (int round = 0; round < rounds; ++round)
    for (Trainee* one : {&wide, &narrow}) one->step();
  check(std::isfinite(narrow.loss) && std::abs(narrow.loss - wide.loss) < 0.05 * wide.loss,
        "in bfloat16 the loss is ", narrow.loss, ", in float32 ", wide.loss);
  Cpu fresh;
  const bool picks_bf16 = kernels::pick_precision(fresh) == Precision::Bf16;
  std::array<double, 3> load{};
  getloadavg(load.data(), 3);
  const double w = median(wide.times.wall), n = median(narrow.times.wall);
  const double wc = median(wide.times.cpu), nc = median(narrow.times.cpu);
  std::printf(
      "{\"preset\": \"%s\", \"batch\": %d, \"rounds\": %d, \"load\": %.1f, \"auto\": \"%s\",\n"
      " \"passes\": %zu, \"passes_bf16\": %d, \"loss_f32\": %.5f, \"loss_bf16\": %.5f,\n"
      " \"f32_s\": %.4f, \"bf16_s\": %.4f, \"ratio\": %.3f,\n"
      " \"f32_cpu_s\": %.4f, \"bf16_cpu_s\": %.4f, \"ratio_cpu\": %.3f}\n",
      std::string(preset.name).c_str(), batch, rounds, load[0], picks_bf16 ? "bf16" : "f32",
      tuning.size(), static_cast<int>(passes), wide.loss, narrow.loss, w, n, w / n, wc, nc,
      wc / nc);
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) try {
  constexpr const char* kUsage = "usage: cameo-bench-precision [PRESET [BATCH [ROUNDS]]]";
  if (cameo::bench::help_asked(argc, argv, kUsage)) return 0;
  cameo::bench::refuse_options(argc, argv, kUsage);
  cameo::let_idle_threads_sleep(argv);
  const int batch = argc > 2 ? std::stoi(argv[2]) : 16, rounds = argc > 3 ? std::stoi(argv[3]) : 9;
  cameo::check(argc <= 4 && batch > 0 && rounds > 0, cameo::ErrorCode::Usage, kUsage);
  cameo::bench::compare(cameo::preset(argc > 1 ? argv[1] : "original"), batch, rounds);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "cameo-bench-precision: %s\n", error.what());
  return 1;
}

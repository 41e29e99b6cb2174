// SPDX-License-Identifier: MIT
#include "tools/cli/device.h"

#include <filesystem>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/gpu.h"
#include "kernels/conv2d.h"
#include "kernels/pick_precision.h"
#include "kernels/system_info.h"
#include "tools/cli/log.h"
#include "tools/cli/machine.h"

namespace cameo {
namespace {

/// 0 for "cuda".
int number_of(const std::string& device) {
  const auto colon = device.find(':');
  return colon == std::string::npos ? 0 : std::stoi(device.substr(colon + 1));
}

Precision precision_of(const std::string& word) {
  if (word == "f32") return Precision::F32;
  return word == "bf16" ? Precision::Bf16 : Precision::Tf32;
}

/// Where the algorithms found fastest on this machine are kept.
std::filesystem::path algorithms_file() {
  return models_folder().parent_path() / "algorithms.txt";
}

/// What the CPU's fastest algorithms depend on.
std::string cpu_description() {
  const Machine machine = query_machine();
  std::string text = machine.cpu + ", " + std::to_string(machine.cores) + " cores";
  for (const LibraryVersion& library : kernel_libraries())
    text += ", " + library.name + " " + library.version;
  text += ',';
  for (const std::string& algorithm : kernels::conv2d_algorithms(Precision::Bf16))
    text += ' ' + algorithm;
  return text;
}

Exec on_gpu(const Common& common, Log& log) {
  Exec exec =
      open_gpu({.device = number_of(common.device), .precision = precision_of(common.precision)});
  run(exec, [&](auto& on) {
    on.cache = AlgorithmCache(algorithms_file());  // keys name the GPU
    on.on_warning = [&log](const std::string& line) { log.warn(line); };
  });
  return exec;
}

Exec on_cpu(const Common& common, AutoPrecision unasked) {
  check(common.precision != "tf32", ErrorCode::Usage,
        "--precision tf32 needs a GPU; a CPU computes in f32 or bf16");
  check(common.precision != "bf16" || has_bf16_products(), ErrorCode::Usage,
        "--precision bf16 needs a GPU, or a CPU with avx512_bf16 or AMX; this one computes in f32");
  Cpu cpu;
  cpu.cache = AlgorithmCache(algorithms_file(), cpu_description());
  if (common.precision == "bf16")
    cpu.precision = Precision::Bf16;
  else if (common.precision == "auto" && unasked == AutoPrecision::Faster)
    cpu.precision = kernels::pick_precision(cpu);
  return cpu;
}

}  // namespace

Exec open_device(const Common& common, Log& log, AutoPrecision unasked) {
  if (common.device == "cpu") return on_cpu(common, unasked);
  if (common.device != "auto") return on_gpu(common, log);
  if (has_gpu_backend()) {
    try {
      return on_gpu(common, log);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Device) throw;
      static bool told = false;  // a command may open several
      if (!std::exchange(told, true))
        log.info(std::string(error.what()) + ": computing on the CPU");
    }
  }
  return on_cpu(common, unasked);
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "tools/cli/device.h"

#include <string>

#include "base/error.h"
#include "engine/gpu.h"
#include "kernels/system_info.h"
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

Exec on_gpu(const Common& common) {
  return open_gpu({.device = number_of(common.device),
                   .precision = precision_of(common.precision),
                   .cache = models_folder().parent_path() / "plans"});
}

Exec on_cpu(const Common& common) {
  check(common.precision == "auto" || common.precision == "f32", ErrorCode::Usage, "--precision ",
        common.precision, " needs a GPU; the CPU computes in float32");
  return Cpu();
}

}  // namespace

Exec open_device(const Common& common, Log& log) {
  if (common.device == "cpu") return on_cpu(common);
  if (common.device != "auto") return on_gpu(common);
  if (has_gpu_backend()) {
    try {
      return on_gpu(common);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Device) throw;
      log.info(std::string(error.what()) + ": computing on the CPU");
    }
  }
  return on_cpu(common);
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "kernels/system_info.h"

#include <omp.h>

#include <dnnl.hpp>

namespace cameo {
namespace {

std::string name_of(dnnl::cpu_isa isa) {
  // Only the names that oneDNN 2.6 and 3.x share.
  switch (isa) {
    case dnnl::cpu_isa::sse41:
      return "sse4.1";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_amx";
    default:
      return "code " + std::to_string(static_cast<int>(isa));
  }
}

}  // namespace

bool has_bf16_products() {
  // Instruction sets are bits; a larger one has those of the smaller.
  const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

std::vector<LibraryVersion> kernel_libraries() {
  const dnnl_version_t* dnn = dnnl::version();
  return {{"oneDNN",
           std::to_string(dnn->major) + "." + std::to_string(dnn->minor) + "." +
               std::to_string(dnn->patch),
           name_of(dnnl::get_effective_cpu_isa())},
          {"OpenMP", std::to_string(_OPENMP), std::to_string(omp_get_max_threads()) + " threads"}};
}

}  // namespace cameo

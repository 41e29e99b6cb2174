// SPDX-License-Identifier: MIT
#include "model/presets.h"

#include <string>

#include "kernels/check.h"

namespace cameo {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {.name = "original",
       .about = "the article's network, 82 million parameters: GPUs, or patience",
       .down = {128, 256, 512, 1024},
       .decoder = {256, 128, 64}},
      {.name = "lowmem",
       .about = "one convolution fewer and half the code: 61 million parameters",
       .down = {128, 256, 512},
       .code = 512,
       .decoder = {256, 128, 64}},
      {.name = "light",
       .about = "trains on a laptop's CPU in minutes; softer faces",
       .down = {32, 64, 128, 256},
       .code = 256,
       .inner = 256,
       .up = 128,
       .decoder = {64, 48, 32},
       .rate = 4e-4},
  };
  return all;
}

const Preset& preset(std::string_view name) {
  std::string names;
  for (const Preset& p : presets()) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + std::string(p.name);
  }
  fail(Fault::Usage, "preset: there is none called ", name, "; there are ", names);
}

}  // namespace cameo

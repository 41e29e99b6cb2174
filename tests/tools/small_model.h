// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

#include "engine/params.h"
#include "model/file/model_file.h"
#include "model/net/network.h"

namespace cameo::test {

/// Writes a df model of 16 pixels, of weights only. settings: further ones, behind a space.
inline void write_small_model(const std::filesystem::path& file, const std::string& settings = "") {
  Exec exec = Cpu();
  ParamStore params(exec);
  const Network df = network("df", "size=16 down=4 latent=4 inner=4 up=4 decoder=4,4" + settings);
  df.declare(params);
  params.allocate();
  params.initialize(1);
  save_weights(file, "custom", df, params);
}

}  // namespace cameo::test

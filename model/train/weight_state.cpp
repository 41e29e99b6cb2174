// SPDX-License-Identifier: MIT
#include "model/train/weight_state.h"

#include <span>
#include <string>

#include "model/file/model_file.h"

namespace cameo {
namespace {

std::string name_of(const Param& p) {
  return "weight." + p.name;
}

}  // namespace

std::vector<StateTensor> save_weights(const ParamStore& params) {
  std::vector<StateTensor> all;
  for (int row = 0; row < static_cast<int>(params.table().size()); ++row) {
    const Param& p = params.table()[static_cast<std::size_t>(row)];
    const std::vector<float> weights = params.read(row);
    all.push_back({name_of(p), "F32", extents_of(p.shape), state_bytes<float>(weights)});
  }
  return all;
}

void load_saved_weights(ParamStore& params, const StateReader& read) {
  for (int row = 0; row < static_cast<int>(params.table().size()); ++row) {
    const Param& p = params.table()[static_cast<std::size_t>(row)];
    std::vector<float> weights(static_cast<std::size_t>(p.shape.size()));
    read(name_of(p), "F32", std::as_writable_bytes(std::span(weights)));
    params.write(row, weights.data());
  }
}

}  // namespace cameo

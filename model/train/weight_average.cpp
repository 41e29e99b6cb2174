// SPDX-License-Identifier: MIT
#include "model/train/weight_average.h"

#include <cstring>
#include <span>
#include <string>

#include "model/train/weight_state.h"

namespace cameo {
namespace {

constexpr std::string_view kAverage = "average.";

}  // namespace

WeightAverage::WeightAverage(ParamStore& trained, const Network& network, double decay)
    : trained_(trained), averages_(trained.exec()), ema_(trained, {trained.all()}, decay) {
  network.declare(averages_);
  averages_.allocate(/*with_gradients=*/false);
}

void WeightAverage::update() {
  if (ema_.steps() > 0) return ema_.copy_to(averages_);
  for (int row = 0; row < static_cast<int>(trained_.table().size()); ++row)
    averages_.write(row, trained_.read(row).data());
}

std::vector<StateTensor> WeightAverage::save() const {
  std::vector<StateTensor> all = save_weights(trained_);
  const std::int64_t steps = ema_.steps();
  all.push_back({"step", "I64", {1}, state_bytes<std::int64_t>({&steps, 1})});
  return all;
}

void WeightAverage::load(const StateReader& read) {
  load_saved_weights(trained_, read);
  ema_.load([&](const std::string& name, const std::string& dtype, std::span<std::byte> bytes) {
    if (!name.starts_with(kAverage)) return read(name, dtype, bytes);
    const std::vector<float> average = averages_.read(averages_.find(name.substr(kAverage.size())));
    std::memcpy(bytes.data(), average.data(), bytes.size());
  });
}

}  // namespace cameo

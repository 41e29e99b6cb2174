// SPDX-License-Identifier: MIT
#include "model/train/train_faces.h"

#include <algorithm>
#include <utility>

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// Tells the orders of both sides apart.
std::uint32_t stream_of(Side side) {
  return side == Side::A ? 0 : 1;
}

}  // namespace

TrainFaces::TrainFaces(Exec& exec, const std::vector<fs::path>& folders_a,
                       const std::vector<fs::path>& folders_b, int side)
    : exec_(exec) {
  for (const Side which : {Side::A, Side::B}) {
    Part& one = part(which);
    one.set = load_faces(which == Side::A ? folders_a : folders_b, side);
    one.source.count = one.set.count();
    one.source.skipped = one.set.skipped;
    one.source.print = fingerprint_of(one.set);
  }
}

std::size_t TrainFaces::place(std::size_t bytes, const DeviceDataset::Options& options) {
  std::size_t taken = 0;
  for (const Side side : {Side::A, Side::B}) {
    Part& one = part(side);
    DeviceDataset::Options placed = options;
    one.source.on_host = one.set.bytes.size() > bytes;
    placed.place = one.source.on_host ? DeviceDataset::Place::Host : DeviceDataset::Place::Device;
    const std::size_t more = DeviceDataset::device_bytes(one.set, placed);
    bytes -= std::min(bytes, more);
    taken += more;
    one.data = std::make_unique<DeviceDataset>(exec_, std::move(one.set), placed);
    one.set = {};
  }
  indices_.resize(static_cast<std::size_t>(options.batch));
  return taken;
}

void TrainFaces::start_order(const TrainingState& state) {
  for (const Side side : {Side::A, Side::B})
    part(side).order =
        std::make_unique<ShuffledSampler>(part(side).data->count(), state.seed, stream_of(side),
                                          side == Side::A ? state.order_a : state.order_b);
}

void TrainFaces::choose(Side side, int step, std::uint64_t iteration) {
  part(side).order->next(indices_);
  part(side).data->choose(indices_, step, iteration);
}

void TrainFaces::draw(Side side, std::uint64_t seed, const kernels::AugmentStrength& strength,
                      View input, View target) {
  const auto first = static_cast<std::uint32_t>(side == Side::A ? 0 : indices_.size());
  part(side).data->draw({.seed = seed, .first_sample = first, .strength = strength}, input, target);
}

void TrainFaces::save_order(TrainingState& state) const {
  state.order_a = a_.order->place();
  state.order_b = b_.order->place();
}

}  // namespace cameo

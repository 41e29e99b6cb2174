// SPDX-License-Identifier: MIT
#include "model/train/train_faces.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "model/data/face_mask.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// Tells the orders of both sides apart.
std::uint32_t stream_of(Side side) {
  return side == Side::A ? 0 : 1;
}

void check_targets(const FaceSet& faces, const FaceSet& targets) {
  for (std::size_t i = 0; i < std::max(faces.files.size(), targets.files.size()); ++i) {
    const auto name = [i](const FaceSet& set) {
      return i < set.files.size() ? set.files[i].filename().string() : std::string("nothing");
    };
    check(name(faces) == name(targets), ErrorCode::Input, "targets: ", name(targets),
          " stands where the faces have ", name(faces), " (", faces.count(), " faces, ",
          targets.count(), " targets); each face needs a target of its name");
  }
}

}  // namespace

TrainFaces::TrainFaces(Exec& exec, const Folders& a, const Folders& b, int side, bool masks)
    : exec_(exec) {
  for (const Side which : {Side::A, Side::B}) {
    Part& one = part(which);
    const Folders& folders = which == Side::A ? a : b;
    one.set = load_faces(folders.faces, side);
    if (!folders.targets.empty()) {
      one.target_set = load_faces(folders.targets, side);
      check_targets(one.set, one.target_set);
    }
    one.source.count = one.set.count();
    one.source.skipped = one.set.skipped;
    one.source.print = fingerprint_of(one.set);
    if (!masks) continue;
    MaskSet loaded = load_masks(one.set);
    one.source.without_mask = loaded.unknown;
    one.mask_set = std::move(loaded.set);
    masks_ = masks_ || loaded.unknown < one.set.count();
  }
  if (!masks_) a_.mask_set = b_.mask_set = {};
}

std::size_t TrainFaces::place(std::size_t bytes, const DeviceDataset::Options& options,
                              Shape images, BatchShare share) {
  std::size_t taken = 0;
  for (const Side side : {Side::A, Side::B}) {
    Part& one = part(side);
    DeviceDataset::Options placed = options;
    one.source.on_host = one.set.bytes.size() > bytes;
    placed.place = one.source.on_host ? DeviceDataset::Place::Host : DeviceDataset::Place::Device;
    for (auto [set, data] : {std::pair{&one.set, &one.data},
                             {&one.target_set, &one.targets},
                             {&one.mask_set, &one.masks}}) {
      if (set->count() == 0) continue;
      // Masks are as good rounded in one way as in another.
      placed.reference = options.reference && data != &one.masks;
      const std::size_t more = DeviceDataset::device_bytes(*set, placed);
      bytes -= std::min(bytes, more);
      taken += more;
      *data = std::make_unique<DeviceDataset>(exec_, std::move(*set), placed);
      *set = {};
    }
    const std::size_t unused = View{nullptr, images, DType::F32}.bytes();
    if (one.targets) one.unused = run(exec_, [&](auto& on) { return on.allocate(unused); });
  }
  share_ = share;
  indices_.resize(static_cast<std::size_t>(options.batch));
  all_indices_.resize(indices_.size() * static_cast<std::size_t>(share.ranks));
  return taken;
}

void TrainFaces::start_order(const TrainingState& state) {
  for (const Side side : {Side::A, Side::B})
    part(side).order =
        std::make_unique<ShuffledSampler>(part(side).data->count(), state.seed, stream_of(side),
                                          side == Side::A ? state.order_a : state.order_b);
}

void TrainFaces::choose(Side side, int step, std::uint64_t iteration) {
  part(side).order->next(all_indices_);
  const std::size_t first = indices_.size() * static_cast<std::size_t>(share_.rank);
  std::copy_n(all_indices_.begin() + static_cast<std::ptrdiff_t>(first), indices_.size(),
              indices_.begin());
  part(side).data->choose(indices_, step, iteration);
  for (DeviceDataset* beside : {part(side).targets.get(), part(side).masks.get()})
    if (beside != nullptr) beside->choose(indices_, step, iteration);
}

void TrainFaces::draw(Side side, std::uint64_t seed, const Recipe& recipe, const Images& to) {
  const std::size_t before = indices_.size() * static_cast<std::size_t>(share_.rank) +
                             (side == Side::A ? 0 : all_indices_.size());
  const auto first = static_cast<std::uint32_t>(before);
  const kernels::AugmentKey key{.seed = seed, .first_sample = first, .strength = recipe.augment};
  Part& one = part(side);
  draw_faces(one, key, to.input, to.target);
  if (one.masks && (to.mask || to.weights))
    one.masks->draw_masks(key, mask_weights(recipe), to.mask, to.weights);
}

void TrainFaces::draw_faces(Part& one, const kernels::AugmentKey& key, View input,
                            View target) const {
  if (!one.targets) return one.data->draw(key, input, target);
  // The same key places both alike. What is not wanted of each goes where nobody looks.
  one.targets->draw(key, {one.unused.get(), input.shape, input.dtype}, target);
  one.data->draw(key, input, {one.unused.get(), target.shape, target.dtype});
}

void TrainFaces::save_order(TrainingState& state) const {
  state.order_a = a_.order->place();
  state.order_b = b_.order->place();
}

}  // namespace cameo

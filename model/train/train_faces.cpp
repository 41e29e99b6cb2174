// SPDX-License-Identifier: MIT
#include "model/train/train_faces.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "model/data/face_mask.h"
#include "model/data/face_yaw.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr int kMostHeldBatches = 8;  // each costs a third of a step

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

TrainFaces::TrainFaces(Exec& exec, const Folders& a, const Folders& b, int side,
                       const Wanted& wanted)
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
    if (wanted.yaws) {
      one.yaws = load_yaws(one.set);
      check(std::any_of(one.yaws.begin(), one.yaws.end(), [](auto yaw) { return yaw.has_value(); }),
            ErrorCode::Input, folders.faces.front().string(), ": none of ", one.set.count(),
            " faces holds landmarks, which uniform yaw needs; cameo extract writes them into the "
            "faces, --uniform-yaw 0 does without");
    }
    if (!wanted.masks) continue;
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
      placed.tones = options.tones && data == &one.data;
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
  for (const Side side : {Side::A, Side::B}) {
    Part& one = part(side);
    const int all = one.data->count();
    const double share = state.recipe ? state.recipe->hold_out : 0;
    if (share > 0) one.held = std::clamp(static_cast<int>(share * all), 1, all - 1);
    check(share == 0 || all > 1, ErrorCode::Input, "hold-out: one face cannot be divided");
    one.order = std::make_unique<ShuffledSampler>(all - one.held, state.seed, stream_of(side),
                                                  side == Side::A ? state.order_a : state.order_b);
    if (one.yaws.empty() || !state.recipe) continue;
    one.yaws.resize(static_cast<std::size_t>(all - one.held));
    one.order->prefer_uniform_yaw(one.yaws, state.recipe->uniform_yaw);
  }
}

void TrainFaces::choose(Side side, int step, std::uint64_t iteration) {
  part(side).order->next(all_indices_);
  show_share(part(side), step, iteration);
}

void TrainFaces::show_share(Part& one, int step, std::uint64_t iteration) {
  const std::size_t first = indices_.size() * static_cast<std::size_t>(share_.rank);
  std::copy_n(all_indices_.begin() + static_cast<std::ptrdiff_t>(first), indices_.size(),
              indices_.begin());
  one.data->choose(indices_, step, iteration);
  for (DeviceDataset* beside : {one.targets.get(), one.masks.get()})
    if (beside != nullptr) beside->choose(indices_, step, iteration);
}

int TrainFaces::held_batches() const {
  const auto batch = static_cast<int>(all_indices_.size());
  return std::min(kMostHeldBatches, (std::max(a_.held, b_.held) + batch - 1) / batch);
}

void TrainFaces::choose_held(Side side, int number) {
  Part& one = part(side);
  const auto batch = static_cast<std::int64_t>(all_indices_.size());
  const std::int64_t shown = std::max<std::int64_t>(one.held, batch * held_batches());
  for (std::int64_t i = 0; i < batch; ++i) {
    // Spread evenly over them; fewer than are shown come several times.
    const std::int64_t at = (number * batch + i) * std::max<std::int64_t>(one.held, 1) / shown;
    all_indices_[static_cast<std::size_t>(i)] =
        static_cast<std::int32_t>(one.data->count() - one.held + at);
  }
  show_share(one, 0, 0);
}

void TrainFaces::draw(Side side, std::uint64_t seed, const Recipe& recipe, const Images& to) {
  const std::size_t before = indices_.size() * static_cast<std::size_t>(share_.rank) +
                             (side == Side::A ? 0 : all_indices_.size());
  const auto first = static_cast<std::uint32_t>(before);
  kernels::AugmentKey key{.seed = seed, .first_sample = first, .strength = recipe.augment};
  Part& one = part(side);
  key.tones = one.data->tones();
  const kernels::ToneTransfer others = part(side == Side::A ? Side::B : Side::A).data->tones();
  key.tones.other = others.own;
  key.tones.others = others.owned;
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

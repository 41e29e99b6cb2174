// SPDX-License-Identifier: MIT
#include "model/data/device_dataset.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <variant>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/streams.h"
#include "kernels/augment_reference.h"
#include "model/data/face_tones.h"

namespace cameo {
namespace {

std::size_t bytes_of_one(int side) {
  return static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3;
}

void record(const std::unique_ptr<Event>& event) {
  if (event) event->record();
}
void wait(const std::unique_ptr<Event>& event) {
  if (event) event->wait();
}

}  // namespace

DeviceDataset::DeviceDataset(Exec& exec, FaceSet&& set, const Options& options)
    : exec_(exec),
      place_(options.place),
      batch_(static_cast<std::size_t>(options.batch)),
      host_(std::move(set.bytes)),
      reference_(options.reference) {
  const std::vector<kernels::Tone> tones =
      options.tones ? tones_of(host_, set.side, options.coverage) : std::vector<kernels::Tone>{};
  const bool device_is_host = std::holds_alternative<Cpu>(exec_);
  run(exec_, [&](auto& on) {
    if (!tones.empty()) {
      tones_ = on.allocate(tones.size() * sizeof(kernels::Tone));
      on.copy_in(tones_.get(), tones.data(), tones.size() * sizeof(kernels::Tone));
    }
    choice_ = on.allocate(choice_bytes());
    staging_ = on.allocate_pinned(choice_bytes() * on.kStepsAhead);
    if (place_ == Place::Host)
      for (Slot& slot : slots_)
        slot = {on.allocate(batch_ * bytes_of_one(set.side)), on.make_event(), on.make_event()};
    on.synchronize();  // slots are cleared by one stream and filled by another
    if (device_is_host) return;
    if (place_ == Place::Device) {
      memory_ = on.allocate(host_.size());
      on.copy_in(memory_.get(), host_.data(), host_.size());
    } else {
      memory_ = on.allocate_pinned(host_.size());
      std::memcpy(memory_.get(), host_.data(), host_.size());
    }
  });
  if (!device_is_host && !reference_) host_ = {};
  faces_ = {device_is_host ? host_.data() : reinterpret_cast<const std::uint8_t*>(memory_.get()),
            set.count(), set.side, options.coverage, set.stride};
}

std::size_t DeviceDataset::one() const {
  return bytes_of_one(faces_.side);
}

const std::int32_t* DeviceDataset::chosen() const {
  return reinterpret_cast<const std::int32_t*>(choice_.get() + sizeof(Choice));
}

kernels::ToneTransfer DeviceDataset::tones() const {
  if (!tones_) return {};
  const auto* all = reinterpret_cast<const kernels::Tone*>(tones_.get());
  return {all, faces_.count, chosen() + batch_, all, faces_.count};
}

std::size_t DeviceDataset::device_bytes(const FaceSet& set, const Options& options) {
  if (options.place == Place::Device) return set.bytes.size();
  return std::tuple_size_v<decltype(slots_)> * static_cast<std::size_t>(options.batch) *
         bytes_of_one(set.side);
}

void DeviceDataset::choose(const std::vector<std::int32_t>& indices, int step,
                           std::uint64_t iteration) {
  check(indices.size() == batch_, "faces: ", indices.size(), " chosen for a batch of ", batch_);
  indices_ = indices;
  iteration_ = iteration;
  if (reference_) return;
  // Of faces that are uploaded, a batch shows the slot's first, second, ...
  std::vector<std::int32_t> shown = indices;
  if (place_ == Place::Host) std::iota(shown.begin(), shown.end(), 0);
  shown.insert(shown.end(), indices.begin(), indices.end());
  std::byte* const staged = staging_.get() + static_cast<std::size_t>(step) * choice_bytes();
  const Choice choice{iteration};
  std::memcpy(staged, &choice, sizeof choice);
  std::memcpy(staged + sizeof choice, shown.data(), choice_bytes() - sizeof choice);
  run(exec_, [&](auto& on) { on.copy_in_async(choice_.get(), staged, choice_bytes()); });
}

void DeviceDataset::draw(kernels::AugmentKey key, View input, View target) {
  if (reference_) {
    key.iteration += iteration_;
    return draw_on_host(key, input, target);
  }
  key.counter = &reinterpret_cast<const Choice*>(choice_.get())->iteration;
  with_batch([&](const kernels::FaceBlock& block) {
    run(exec_, [&](auto& on) { kernels::augment(on, block, chosen(), key, input, target); });
  });
}

void DeviceDataset::draw_masks(kernels::AugmentKey key, const kernels::MaskWeights& parts,
                               View mask, View weights) {
  check(!reference_, "masks: there are none rounded as the article's program did");
  key.counter = &reinterpret_cast<const Choice*>(choice_.get())->iteration;
  with_batch([&](const kernels::FaceBlock& block) {
    run(exec_,
        [&](auto& on) { kernels::augment_masks(on, block, chosen(), key, parts, mask, weights); });
  });
}

void DeviceDataset::with_batch(const std::function<void(const kernels::FaceBlock&)>& use) {
  if (place_ == Place::Device) return use(faces_);
  const StreamGuard visit{exec_};
  const Slot& slot = slots_[uploads_++ % slots_.size()];
  run(exec_, [&](auto& on) {
    on.set_stream(on.kStreams - 1);
    wait(slot.used);
    for (std::size_t i = 0; i < indices_.size(); ++i) {
      const auto face = static_cast<std::size_t>(indices_[i]);
      on.copy_in_async(slot.memory.get() + i * one(), faces_.data + face * one(), one());
    }
    record(slot.loaded);
    on.set_stream(0);
    wait(slot.loaded);
    kernels::FaceBlock batch = faces_;
    batch.data = reinterpret_cast<const std::uint8_t*>(slot.memory.get());
    batch.count = static_cast<int>(indices_.size());
    use(batch);
    record(slot.used);
  });
}

void DeviceDataset::draw_on_host(const kernels::AugmentKey& key, View input, View target) const {
  Cpu host;
  kernels::FaceBlock faces = faces_;
  faces.data = host_.data();
  std::vector<float> read(static_cast<std::size_t>(input.shape.size())), wanted(read.size());
  kernels::augment_reference(host, faces, indices_.data(), key, {read.data(), input.shape},
                             {wanted.data(), target.shape});
  write_floats(exec_, input, read.data());
  write_floats(exec_, target, wanted.data());
}

FaceReader DeviceDataset::reader() {
  if (place_ == Place::Device) return reader_of(exec_, faces_);
  return {faces_.count,
          [this](std::span<const std::int32_t> chosen, View out) { read(chosen, out); }};
}

void DeviceDataset::read(std::span<const std::int32_t> chosen, View out) {
  std::vector<std::uint8_t> bytes(chosen.size() * one());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::memcpy(bytes.data() + i * one(), faces_.data + static_cast<std::size_t>(chosen[i]) * one(),
                one());
  const Memory there = run(exec_, [&](auto& on) { return on.allocate(bytes.size()); });
  run(exec_, [&](auto& on) { on.copy_in(there.get(), bytes.data(), bytes.size()); });
  std::vector<std::int32_t> all(chosen.size());
  std::iota(all.begin(), all.end(), 0);
  read_chosen(exec_,
              {reinterpret_cast<const std::uint8_t*>(there.get()), static_cast<int>(all.size()),
               faces_.side, faces_.coverage, faces_.stride},
              all, out);
  run(exec_, [](auto& on) { on.synchronize(); });  // before the memory goes
}

}  // namespace cameo

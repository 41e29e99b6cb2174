// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/exec.h"
#include "kernels/augment.h"
#include "model/data/face_set.h"

namespace cameo {

/// One person's faces where training makes its images from them: in device memory, or, if they do
/// not fit there, in host memory, from where those of a batch are uploaded while the step before it
/// runs. The images are the same.
class DeviceDataset {
 public:
  enum class Place : std::uint8_t { Device, Host };
  struct Options {
    int batch = 1;          ///< images of a draw()
    double coverage = 1;    ///< as FaceBlock's
    bool faithful = false;  ///< images rounded as the article's program did, made on the host
    Place place = Place::Device;
  };
  /// exec must outlive the pool. Throws Error (ErrorCode::Device) if there is no room.
  DeviceDataset(Exec& exec, const FaceSet& set, const Options& options);

  /// Tells the device which faces the next draw() shows, and in which iteration. step: how many
  /// steps were started since anybody waited for the device, less than kStepsAhead.
  void choose(const std::vector<std::int32_t>& numbers, int step, std::uint64_t iteration);
  /// Makes the images of that batch. key: all but the iteration.
  void draw(kernels::AugmentKey key, View input, View target);
  /// Whether draw() may be recorded: a replay then shows what was chosen before it.
  bool can_record() const { return place_ == Place::Device && on_host_.empty(); }
  /// Faces as they are; for previews, not for every step. Valid as long as the pool.
  FaceReader reader();
  int count() const { return faces_.count; }
  Place place() const { return place_; }
  /// Device memory that a pool takes, in bytes.
  static std::size_t device_bytes(const FaceSet& set, const Options& options);

 private:
  /// Room for the faces of one batch in device memory.
  struct Slot {
    Memory memory;
    std::unique_ptr<Event> loaded, used;  ///< empty where there is one stream
  };

  /// What a batch shows, as the device reads it: this, then the numbers of its faces.
  struct Choice {
    std::uint64_t iteration = 0;
  };

  std::size_t one() const;
  std::size_t choice_bytes() const { return sizeof(Choice) + batch_ * sizeof(std::int32_t); }
  const std::int32_t* chosen() const;
  void draw_on_host(const kernels::AugmentKey& key, View input, View target) const;
  void draw_uploaded(const kernels::AugmentKey& key, View input, View target);
  void read(std::span<const std::int32_t> chosen, View out);

  Exec& exec_;
  Place place_;
  std::size_t batch_;
  Memory memory_;              ///< all faces, on the device or pinned
  Memory choice_, staging_;    ///< a Choice, and one for each step ahead
  kernels::FaceBlock faces_;   ///< over memory_
  std::array<Slot, 2> slots_;  ///< one is filled while the other is read
  std::size_t uploads_ = 0;
  std::vector<std::uint8_t> on_host_;  ///< the same faces; only for faithful images
  std::uint64_t iteration_ = 0;        ///< as chosen last, and the numbers of faces
  std::vector<std::int32_t> numbers_;
};

}  // namespace cameo

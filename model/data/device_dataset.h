// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/exec.h"
#include "kernels/augment.h"
#include "model/data/face_set.h"

namespace cameo {

/// One person's faces where training images are made of them: in device memory, or, if they do not
/// fit there, in host memory, from where those of a batch are uploaded while the step before it
/// runs. The images are the same.
class DeviceDataset {
 public:
  enum class Place : std::uint8_t { Device, Host };
  struct Options {
    int batch = 1;           ///< images of a draw()
    double coverage = 1;     ///< as FaceBlock's
    bool reference = false;  ///< images rounded as the article's program did, made on the host
    Place place = Place::Device;
    bool tones = false;  ///< whether the faces' colors are to be transferred
  };
  /// Takes the faces over; where the device is the host they stay where they are. exec must outlive
  /// the dataset. Throws Error (ErrorCode::Device) if memory does not suffice.
  DeviceDataset(Exec& exec, FaceSet&& set, const Options& options);

  /// Chooses the faces of the next draw(), and its iteration. step: how many steps were started
  /// since anybody waited for the device, less than kStepsAhead.
  void choose(const std::vector<std::int32_t>& indices, int step, std::uint64_t iteration);
  /// Augments that batch. key: all but the iteration.
  void draw(kernels::AugmentKey key, View input, View target);
  /// The same of a dataset of masks: kernels::augment_masks().
  void draw_masks(kernels::AugmentKey key, const kernels::MaskWeights& parts, View mask,
                  View weights);
  /// The colors of a batch's faces, and of all; for key.tones of draw(). Empty without the option.
  kernels::ToneTransfer tones() const;
  /// Whether draw() may be recorded: a replay then shows what was chosen before it.
  bool can_record() const { return place_ == Place::Device && !reference_; }
  /// Faces as they are; for previews, not for every step. Valid as long as the dataset.
  FaceReader reader();
  int count() const { return faces_.count; }
  const kernels::FaceBlock& faces() const { return faces_; }
  Place place() const { return place_; }
  /// Device memory that a dataset takes, in bytes.
  static std::size_t device_bytes(const FaceSet& set, const Options& options);

 private:
  /// Device memory for the faces of one batch.
  struct Slot {
    Memory memory;
    std::unique_ptr<Event> loaded, used;  ///< nullptr where there is one stream
  };

  /// What a batch shows, as the device reads it: this, then the numbers of its faces in the block
  /// that is read, then among all.
  struct Choice {
    std::uint64_t iteration = 0;
  };

  std::size_t one() const;
  std::size_t choice_bytes() const { return sizeof(Choice) + 2 * batch_ * sizeof(std::int32_t); }
  const std::int32_t* chosen() const;
  void draw_on_host(const kernels::AugmentKey& key, View input, View target) const;
  /// Calls use(the block that chosen() counts in), after uploading it where that must be.
  void with_batch(const std::function<void(const kernels::FaceBlock&)>& use);
  void read(std::span<const std::int32_t> chosen, View out);

  Exec& exec_;
  Place place_;
  std::size_t batch_;
  std::vector<std::uint8_t> host_;  ///< all faces, where the device is the host or makes no images
  Memory memory_;  ///< all faces, on the device or pinned; empty where the device is the host
  Memory choice_, staging_;    ///< a Choice, and one for each step ahead
  Memory tones_;               ///< kernels::Tone of each face, where they are wanted
  kernels::FaceBlock faces_;   ///< over memory_ or host_
  std::array<Slot, 2> slots_;  ///< one is filled while the other is read
  std::size_t uploads_ = 0;
  bool reference_;
  std::uint64_t iteration_ = 0;  ///< as chosen last, and the indices of faces
  std::vector<std::int32_t> indices_;
};

}  // namespace cameo

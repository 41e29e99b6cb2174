// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/exec.h"
#include "kernels/augment.h"
#include "model/faceset.h"

namespace cameo {

/// One person's faces where training makes its pictures from them: in device memory, or, if they do
/// not fit there, in host memory, from where those of a batch are uploaded while the step before it
/// runs. The pictures are the same.
class FacePool {
 public:
  enum class Place : std::uint8_t { Device, Host };
  struct Options {
    int batch = 1;          ///< most pictures of an augment()
    double coverage = 1;    ///< as FaceBlock's
    bool faithful = false;  ///< pictures rounded as the article's program did, made on the host
    Place place = Place::Device;
  };
  /// exec must outlive the pool. Throws Error (Fault::Device) if there is no room.
  FacePool(Exec& exec, const FaceSet& set, const Options& options);

  /// Makes the pictures of a batch from the faces of these numbers. step: how many steps were
  /// started since anybody waited for the device, less than kStepsAhead.
  void augment(const std::vector<std::int32_t>& numbers, int step, const kernels::AugmentKey& key,
               View input, View target);
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
    std::unique_ptr<Signal> loaded, used;  ///< empty where there is one lane
  };

  std::size_t one() const;
  void augment_on_host(const std::vector<std::int32_t>& numbers, const kernels::AugmentKey& key,
                       View input, View target);
  void augment_uploaded(const std::vector<std::int32_t>& numbers, const kernels::AugmentKey& key,
                        View input, View target);
  void read(std::span<const std::int32_t> chosen, View out);

  Exec& exec_;
  Place place_;
  std::size_t batch_;
  Memory memory_;              ///< all faces, on the device or pinned
  Memory chosen_, staging_;    ///< numbers of a batch's faces
  kernels::FaceBlock faces_;   ///< over memory_
  std::array<Slot, 2> slots_;  ///< one is filled while the other is read
  std::size_t uploads_ = 0;
  std::vector<std::uint8_t> on_host_;  ///< the same faces; only for faithful pictures
};

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/exec.h"
#include "model/data/device_dataset.h"
#include "model/data/face_set.h"
#include "model/data/fingerprint.h"
#include "model/data/sampler.h"
#include "model/net/side.h"
#include "model/train/checkpoint.h"
#include "model/train/ranks.h"

namespace cameo {

/// The faces of both sides from folder to batch: read, placed in device or host memory, sampled and
/// augmented.
class TrainFaces {
 public:
  /// Of one side.
  struct Source {
    std::vector<FaceSet::Skipped> skipped;
    int count = 0;
    bool on_host = false;  ///< did not fit into device memory
    Fingerprint print;
    int without_mask = 0;  ///< faces whose masks were wanted and are not known
  };

  /// Folders of one side. targets: images of the same names, in the same order of folders, that the
  /// network is to render for the faces; empty: the faces themselves.
  struct Folders {
    const std::vector<std::filesystem::path>&faces, &targets;
  };
  /// What is wanted of the landmarks in the faces' files.
  struct Wanted {
    bool masks = false, yaws = false;
  };
  /// Reads all faces, in squares of `side` pixels. Throws Error as load_faces does, and if targets
  /// are not those of the faces, or yaws are wanted and no face of a side holds landmarks
  /// (ErrorCode::Input).
  TrainFaces(Exec& exec, const Folders& a, const Folders& b, int side, const Wanted& wanted);

  /// Gives them their place, A's first: in device memory while `bytes` of it last, the rest in host
  /// memory. Returns the bytes of device memory taken.
  /// images: of a batch, as the network reads them. share: of a batch for all ranks, which is this
  /// one's.
  std::size_t place(std::size_t bytes, const DeviceDataset::Options& options, Shape images,
                    BatchShare share = {});

  /// Begins the order in which they are shown, by the recipe in the state.
  void start_order(const TrainingState& state);
  /// Chooses the faces of the next batch. step: as DeviceDataset::choose has it.
  void choose(Side side, int step, std::uint64_t iteration);
  /// Batches of all ranks that show the held-out faces, the last of each side: all, or some of
  /// many; 0: there are none.
  int held_batches() const;
  /// Chooses this rank's held-out faces of batch `number` for draw(). No step may be under way.
  void choose_held(Side side, int number);
  /// Where the images of a batch go, and what belongs to them.
  struct Images {
    View input, target;
    View mask{}, weights{};  ///< either may be empty; both where there are no masks
  };
  /// Makes the images of that batch: they depend on seed, iteration and sample alone, and B's
  /// samples follow A's.
  void draw(Side side, std::uint64_t seed, const Recipe& recipe, const Images& to);
  /// Whether the mask of any face is known.
  bool has_masks() const { return masks_; }
  /// Whether draw() may be recorded.
  bool can_record() const { return a_.data->can_record() && b_.data->can_record(); }
  /// Notes the place in the order for a checkpoint.
  void save_order(TrainingState& state) const;

  const Source& source(Side side) const { return part(side).source; }
  /// Faces as they are.
  FaceReader reader(Side side) { return part(side).data->reader(); }

 private:
  struct Part {
    FaceSet set, target_set, mask_set;  ///< until they have their place
    Source source;
    std::unique_ptr<DeviceDataset> data, targets;  ///< targets: nullptr where the faces are
    std::unique_ptr<DeviceDataset> masks;          ///< nullptr without
    Memory unused;  ///< where the targets' inputs and the faces' targets go
    std::vector<std::optional<double>> yaws;  ///< empty where they are not wanted
    int held = 0;                             ///< faces held out
    std::unique_ptr<ShuffledSampler> order;
  };
  Part& part(Side side) { return side == Side::A ? a_ : b_; }
  const Part& part(Side side) const { return side == Side::A ? a_ : b_; }

  /// Chooses this rank's share of the batch in all_indices_.
  void show_share(Part& one, int step, std::uint64_t iteration);
  /// Draws the batch's faces and their targets.
  void draw_faces(Part& one, const kernels::AugmentKey& key, View input, View target) const;

  Exec& exec_;
  bool masks_ = false;
  Part a_, b_;
  BatchShare share_;
  std::vector<std::int32_t> all_indices_, indices_;  ///< of a batch for all ranks, of this one's
};

}  // namespace cameo

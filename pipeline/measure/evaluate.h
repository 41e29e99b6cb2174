// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/compose/converter.h"
#include "pipeline/compose/face_square.h"
#include "pipeline/face/landmarks.h"
#include "pipeline/face/models.h"
#include "pipeline/measure/frame_measures.h"
#include "pipeline/media/ranges.h"

namespace cameo {

/// Pixels that are measured.
enum class Region {
  Face,   ///< all of the masks, also what lies beyond the network's square
  Drawn,  ///< of these the part inside the landmarks and the network's square
};

/// Inputs of an evaluation. Frames are folders of images, or videos, of one size and with the same
/// names, whatever their suffix (NamedFrames). Source is the person put in (B), target the one
/// covered (A).
struct EvaluateOptions {
  std::filesystem::path swapped;  ///< converted frames
  /// Of a video: the frames of the original that it holds, the others being discarded; none: all.
  std::vector<FrameRange> swapped_ranges;
  std::filesystem::path truth;     ///< ground-truth swaps; empty: none, as for real footage
  std::filesystem::path original;  ///< the target's frames
  std::filesystem::path masks;     ///< the face region, not 0; empty: Region::Drawn
  Region region = Region::Face;

  std::filesystem::path original_faces;  ///< faces file of `original`; empty: the one beside it
  std::filesystem::path source_faces;    ///< faces file of the source's training footage
  std::filesystem::path source_crops;    ///< folder of the source's training faces
  ComposeOptions compose;                ///< how the nearest training face is pasted
  int coverage = kFaceCoverage;          ///< of the network: Swapper::coverage()
  ModelFolders models;  ///< where the identity net and the landmark predictor may lie
  /// Finds the landmarks of swapped and original frames in the boxes of the original's faces; null:
  /// landmarks_ibug68 of `models`, if it is there. Outlives the call.
  const LandmarkPredictor* landmarks = nullptr;
};

/// Likeness to the ground truth, inside the region.
struct ImageMetrics {
  double psnr = 0;     ///< decibels, larger is nearer
  double ssim = 0;     ///< 1 is equal
  double ms_ssim = 0;  ///< 1 is equal
};

/// Mean distances of dlib's descriptors; below about 0.6 two faces are probably one person's.
struct Identity {
  double to_source = 0;  ///< small in a good swap
  double to_target = 0;  ///< large in a good swap
};

/// Measures of one frame, or the means of all.
struct EvaluateRow {
  std::string name;
  std::optional<ImageMetrics> swap;            ///< nothing without a truth, like the next two
  std::optional<ImageMetrics> unchanged;       ///< of the target's frame as it is
  std::optional<ImageMetrics> pasted;          ///< of the nearest training face, pasted
  std::optional<Identity> identity;            ///< of the swap
  std::optional<Identity> identity_unchanged;  ///< of the target's frame: the other end
  std::optional<Identity> identity_truth;      ///< of the exact swap, whose hair is the source's
  /// Of the exact swap's region alone, put into the target's frame: what swapping no more than the
  /// face can reach.
  std::optional<Identity> identity_truth_face;
  FrameMeasures measures;  ///< of the swap, truth or not
  /// Of the exact swap. Persons differ in build, so its landmarks are not the target's either: pose
  /// and expression errors are to be read against these. Nothing known without a truth.
  FrameMeasures truth_measures;
};

struct EvaluateReport {
  Region region = Region::Face;  ///< what was measured
  EvaluateRow mean;
  std::vector<EvaluateRow> frames;
  std::optional<double> dropout_rate;  ///< of the original's faces file, see track.h
  std::vector<std::string> failed;     ///< frames that could not be compared, and why
  std::vector<std::string> notes;      ///< what was left out, and why
};

/// After each frame: how many are done, of how many. False ends the run after it.
using EvaluateProgress = std::function<bool(std::int64_t done, std::int64_t count)>;

/// Compares frame by frame. Pasting and blotches are left out without source_faces, identity
/// besides without its net, pose, expression and jitter without a landmark predictor; the notes say
/// so. The face measured is the largest of the frame. Jitter and flicker are known where frames
/// follow each other: names that end in consecutive numbers, and a face that moves by less than
/// half the distance between its eyes. Sharpness is a share of the exact swap's, without a truth of
/// the original frame's. Throws Error: ErrorCode::Usage for a missing path, ErrorCode::Input
/// if one cannot be read or no frame can be compared.
EvaluateReport evaluate(const EvaluateOptions& options, const EvaluateProgress& progress = {});

/// The frames as comma-separated values under a line of titles; what is not known stays empty.
std::string evaluate_csv(const EvaluateReport& report);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <set>
#include <vector>

#include "pipeline/face/faces_file.h"
#include "pipeline/media/ranges.h"

namespace cameo {

/// Greatest mean distance between the tracks of one person, unless told.
inline constexpr double kPersonDistance = 0.5;

/// Numbers the people of a video: average-linkage clustering of its tracks' descriptors, cut at
/// `threshold`. Sets Track::person, 0 for whoever is in the most frames; -1 without a descriptor.
/// Returns how many people there are. Throws Error (ErrorCode::Input) if no track is described.
int cluster_people(FacesFile& file, double threshold = kPersonDistance);

/// Faces that are to be kept out, or kept.
struct FaceChoice {
  std::set<int> tracks;
  std::set<int> people;            ///< by Track::person
  std::vector<FrameRange> frames;  ///< by index; none: all
};

/// Marks tracks as unwanted (keep: wanted) and sorts their faces accordingly. With a choice of
/// frames the tracks stay as they are: their faces in those frames, and with no tracks or people
/// chosen all faces there, are kept out, and lose their track (keep: those that were kept out so
/// come back). Returns how many faces changed. Throws Error (ErrorCode::Usage) for an empty choice,
/// or a track or person that is not there.
std::int64_t prune_faces(FacesFile& file, const FaceChoice& choice, bool keep = false);

/// Frames, one after another, in which faces of a track were pruned.
struct PrunedFrames {
  FrameRange frames;  ///< by index
  int track = -1;     ///< that the faces had; -1 for none
};

/// What prune_faces kept out of single frames and did not bring back, by first frame.
std::vector<PrunedFrames> pruned_frames(const FacesFile& file);

/// Faces whose crop a user took away from `folder` are rejected; those that never had one stay.
FacesFile only_kept_crops(FacesFile file, const std::filesystem::path& folder);

}  // namespace cameo

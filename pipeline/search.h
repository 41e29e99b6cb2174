// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/staged_pipeline.h"
#include "pipeline/face/finder.h"

namespace cameo {

/// Search of one input for faces: a video shot by shot, with tracks; images one by one.
struct SearchOptions {
  std::filesystem::path input;  ///< image, folder of images or video
  int every_nth = 1;            ///< frame step: frames 0, n, 2n, ...
  FrameChoice choice;           ///< of those, the frames to search; none: all
  /// Frames from one detection to the next in a video: faces between are predicted and verified.
  /// 1: detection in every frame. 0: by the rate, about 4 a second.
  int detect_every = 0;
  FacesJournal* journal = nullptr;  ///< gets each frame when it is searched, and the end result
};

/// Callbacks of a running search.
struct SearchWatch {
  /// After each frame. done: frames of the input behind the search; count: of how many, 0 if not
  /// known. False ends the search with what is done.
  std::function<bool(std::int64_t done, std::int64_t count)> progress;
  /// The same after each frame of the second look at a video, which is for some frames only: in
  /// which a face is compared with others or looked for in a gap.
  std::function<bool(std::int64_t done, std::int64_t count)> comparing;
  /// After each way through the input: what its stages did.
  std::function<void(const std::vector<StageReport>& stages)> stages;
};

/// Searches the frames that `known` does not list and yields all of them, by index. With the frames
/// of a video come their tracks: gaps of up to a second between two ends of one face are filled,
/// and the filter decides once a track; its result is FacesFile::searched and not `complete`, which
/// the caller sets. A search that was stopped, or killed with a journal that read_faces yields as
/// `known`, ends as if it had never been. Equal inputs give equal faces, whatever the number of
/// workers, all of which are used; memory is bounded by the size of a frame, not by their number.
/// known: source, source_id and settings are the caller's. Throws Error as open_source, Finder and
/// FacesJournal do; what is wrong with one frame ends nothing.
FacesFile search(const SearchOptions& options, Finder& finder, FacesFile known = {},
                 const SearchWatch& watch = {});

/// The same options; asking for embedding too if its model is there.
FinderOptions describing_if_possible(FinderOptions options);

/// Whether search follows faces from frame to frame in that source: a video, without the reference
/// mode, whose filter is about single frames.
bool follows_faces(const FrameSource& source, const Finder& finder);

}  // namespace cameo

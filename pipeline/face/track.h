// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/face/faces_file.h"
#include "pipeline/face/identity.h"

namespace cameo {

/// Longest time in which a face may not be found and is the same track still, in seconds.
inline constexpr double kLongestGap = 1;

/// Frames between the end of one track and the beginning of another, which may be one.
struct Gap {
  int before = 0, after = 0;     ///< ids of the tracks
  std::size_t from = 0, to = 0;  ///< FacesFile::frames that hold their ends
};

/// Gives every face of a video a track, numbered by first frame, then size: faces of consecutive
/// frames (`step` apart in the input) are one track where place and size agree. No track goes on
/// over a cut, a missing frame or one without it. Faces of all frames, kept or rejected, take part
/// and are put among FrameFaces::faces; what was known of tracks goes.
void link_tracks(FacesFile& file, std::int64_t step = 1);

/// Gaps of at most kLongestGap inside shots, whose two ends agree in place and size; each track has
/// one gap at most before it and one behind it, the nearest ends first.
std::vector<Gap> likely_gaps(const FacesFile& file, std::int64_t step = 1);

/// Makes one track of the two around the gap: faces of `filled` (one a frame between, in order;
/// nothing where none is to be seen) are added. Ids stay as they are; FacesFile::tracks loses the
/// later one.
void close_gap(FacesFile& file, const Gap& gap, std::span<const std::optional<Face>> filled);

/// Numbers the tracks from 0 by first frame, in faces and FacesFile::tracks alike.
void renumber_tracks(FacesFile& file);

/// A face of a track that shows it well.
struct Showing {
  int track = 0;
  std::size_t frame = 0;  ///< of FacesFile::frames
  std::size_t face = 0;   ///< of its faces
};

/// At most `most` faces of each track, spread over its time, each the sharpest and most frontal of
/// its share of the frames.
std::vector<Showing> best_showings(const FacesFile& file, std::size_t most);

/// One decision on who a track shows: Track::descriptor, distance (median), wanted and kept by the
/// vote of its faces; an even vote keeps it out. Without references all are kept.
void decide(Track& track, std::span<const Descriptor> faces, const References& references,
            const FilterOptions& options);

/// Sorts faces into kept and rejected ones by their tracks, the largest first; of the kept ones at
/// most `most` a frame (0: all) stay in the file, the others go to FrameFaces::left_out. Faces
/// without a track stay as they are.
void sort_by_tracks(FacesFile& file, std::size_t most = 0);

/// A frame in which a wanted person was and no face is known.
struct Dropout {
  std::string name;
  std::int64_t index = 0;
  int track = 0;  ///< that goes on before and behind the frame
};

/// Longest time between two tracks of one place in which somebody is said to be missing, in
/// seconds.
inline constexpr double kLongestAbsence = 5;

/// Frames inside kept tracks, or between two kept tracks as likely_gaps has them, but up to
/// kLongestAbsence long, without a face of theirs.
std::vector<Dropout> dropouts(const FacesFile& file);

/// Drop-outs as a share of the frames in which anybody wanted was; nothing without tracks.
std::optional<double> dropout_rate(const FacesFile& file);

}  // namespace cameo

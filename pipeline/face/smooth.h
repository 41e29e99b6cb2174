// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "pipeline/face/faces_file.h"

namespace cameo {

/// Frames on each side that smooth a video's landmarks. On two real clips of 30 frames/s, 4 cut the
/// trembling of the aligned square (second difference of its corners) to a quarter.
inline constexpr int kSmoothFrames = 4;

/// The faces of window[centre] with landmarks smoothed over the frames around it: at most `radius`
/// on either side, fewer (as many on both sides) where the face cannot be followed that far.
/// A face follows another whose landmarks lie nearest, at a mean distance under a quarter of its
/// size. Motion of constant acceleration passes unchanged. radius 0 or 1 changes nothing.
/// Source: Savitzky and Golay 1964, doi:10.1021/ac60214a047, quadratic.
std::vector<Face> smoothed_faces(std::span<const FrameFaces> window, std::size_t centre,
                                 int radius);

/// Smooths the landmarks of each track over its whole length, by Face::track: without lag, as
/// smoothed_faces does, from consecutive entries of `frames` (FacesFile::frames). Where a face
/// moves in a way that the fit does not follow (its middle would be off by more than a hundredth of
/// its size), fewer frames are used, at last none: fast motion is not cut. Faces without a track
/// stay as they are. radius: frames on each side; 0 or 1 changes nothing. Throws Error if it is
/// negative.
void smooth_tracks(std::span<FrameFaces> frames, int radius);

}  // namespace cameo

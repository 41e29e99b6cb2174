// SPDX-License-Identifier: MIT
#pragma once
#include <optional>

#include "kernels/face_crop.h"
#include "model/data/face_landmarks.h"
#include "pipeline/face/geometry.h"

namespace cameo {

/// The padding of an aligned face of `size` pixels: 48 of 256.
constexpr int aligned_padding(int size) {
  return size * kFacePadding / kFaceSide;
}

/// Frame pixels -> pixels of the aligned face of `size`.
Transform aligned_transform(const Landmarks& landmarks, int size = kFaceSide);
/// The same where the face is aligned already; unit: its align_unit.
Transform aligned_transform(const Transform& unit, int size = kFaceSide);

/// The face rotated and scaled onto the mean face: 8-bit BGR, size x size, bilinear; beyond the
/// frame its edge is repeated.
cv::Mat crop_aligned(const cv::Mat& frame, const Landmarks& landmarks, int size = kFaceSide);
cv::Mat crop_aligned(const cv::Mat& frame, const Transform& unit, int size = kFaceSide);

/// The detector's box resized to size x size, bilinear; the aspect ratio of a clipped box is lost.
/// Throws Error if the box is empty or reaches outside of the frame.
cv::Mat crop_box(const cv::Mat& frame, const cv::Rect& box, int size = kFaceSide);

/// Where crop_aligned, or crop_box, shows the landmarks; empty unless they are the 68 of iBUG.
std::optional<FaceLandmarks> landmarks_aligned(const Landmarks& landmarks, int size,
                                               double pixel_aspect = 1);
std::optional<FaceLandmarks> landmarks_in_box(const Landmarks& landmarks, const cv::Rect& box);

/// `image` at another size; bilinear, with half-pixel centres.
cv::Mat resized(const cv::Mat& image, cv::Size size);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "pipeline/face/finder.h"

namespace cameo {

/// Mean of the landmarks, and the longer side of their bounding box.
cv::Point2d middle_of(const Landmarks& landmarks);
double size_of(const Landmarks& landmarks);

/// The face of about 64 pixels in grey, aligned: what one face looks like, wherever it is.
/// picture: 8-bit BGR with square pixels. landmarks: 68.
cv::Mat face_patch(const cv::Mat& picture, const Landmarks& landmarks);

/// Correlation coefficient of two patches, -1 .. 1; 0 if one of them is flat.
double patch_correlation(const cv::Mat& a, const cv::Mat& b);

/// Variance of the Laplacian of a face_patch: how sharp, and how large, a face is.
double face_sharpness(const cv::Mat& patch);

/// Faces of one frame as they were found, square pixels.
using Faces = std::vector<Face>;

/// Indices of faces that are the same in two frames `apart` frames from each other: overlap and
/// size agree, each face has one partner at most, the best overlap first.
std::vector<std::pair<std::size_t, std::size_t>> same_faces(const Faces& a, const Faces& b,
                                                            int apart);

/// Predicted landmarks of a face near `expected`, whose box is `box`; or nothing if what is there
/// does not look like `patches` (face_patch of the face in frames around), or does not lie where it
/// is expected.
std::optional<Face> face_near(const cv::Mat& picture, const Face& expected,
                              std::span<const cv::Mat> patches, Finder& finder, int worker);

/// `a` moved `share` of the way to `b`: box and landmarks.
Face face_between(const Face& a, const Face& b, double share);

/// Faces of all frames of an interval. pictures: consecutive frames of one shot, 8-bit BGR with
/// square pixels; faces: as many, those of the first and last detected. Where both ends hold the
/// same faces, those between are predicted and verified (Found::Tracked); where they do not, or the
/// verification fails, the middle frame is searched and both halves are done likewise. Detected
/// faces get their sharpness. Equal pictures give equal faces.
void search_interval(std::span<const cv::Mat> pictures, std::span<Faces> faces, Finder& finder,
                     int worker);

/// Detected faces with sharpness.
Faces detect_sharp(const cv::Mat& picture, Finder& finder, int worker);

}  // namespace cameo

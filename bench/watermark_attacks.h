// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo::bench {

/// Something that happens to a picture on its way. number: of the picture, for attacks that vary.
struct Attack {
  std::string name;
  std::function<cv::Mat(const cv::Mat& picture, std::uint64_t number)> apply;
};

/// Attacks of the robustness table, the unchanged picture first.
const std::vector<Attack>& attacks();

/// A drawn picture of a seed, actors of random looks in turn with textures: noise of various
/// spectra, gratings, checks and grids, blobs, gradients. Sizes vary from 256 x 256 to 720 x 480.
cv::Mat drawn_picture(std::uint64_t seed);

/// A drawn actor alone, 640 x 480.
cv::Mat drawn_actor(std::uint64_t seed);

/// A seeded part of a picture, mirrored half of the time, of at least 256 pixels a side and at most
/// 1024: other samples of what it shows.
cv::Mat random_part(const cv::Mat& picture, std::uint64_t seed);

}  // namespace cameo::bench

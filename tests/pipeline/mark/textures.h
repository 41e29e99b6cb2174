// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo::test {

/// Noise of several octaves, finer ones fainter, with a gradient and some discs: like a photograph
/// in its spectrum. 8-bit BGR.
inline cv::Mat texture(std::uint64_t seed, cv::Size size = {640, 480}) {
  cv::RNG random(seed * 2654435761U + 1);
  cv::Mat sum(size, CV_32FC3);
  for (int y = 0; y < size.height; ++y) {
    sum.row(y).setTo(cv::Scalar(90, 110, 130) + cv::Scalar::all(60.0 * y / size.height));
  }
  for (int octave = 0; octave < 6; ++octave) {
    cv::Mat cells((size.height >> octave) + 2, (size.width >> octave) + 2, CV_32FC1);
    random.fill(cells, cv::RNG::NORMAL, 0, 1.5 * (octave + 1));
    cv::Mat layer;
    cv::resize(cells, layer, size, 0, 0, cv::INTER_CUBIC);
    cv::cvtColor(layer, layer, cv::COLOR_GRAY2BGR);
    sum += layer;
  }
  for (int i = 0; i < 8; ++i) {
    const cv::Point where(random.uniform(0, size.width), random.uniform(0, size.height));
    cv::circle(sum, where, random.uniform(10, 60), cv::Scalar::all(random.uniform(40, 220)),
               cv::FILLED, cv::LINE_AA);
  }
  cv::Mat out;
  sum.convertTo(out, CV_8U);
  return out;
}

/// A drawn person of random looks before a blurred background.
inline cv::Mat person(std::uint64_t seed, cv::Size size = {640, 480}) {
  return synth::render(synth::random_actor(seed), synth::scene(seed, 0),
                       {.width = size.width, .height = size.height});
}

inline double psnr(const cv::Mat& a, const cv::Mat& b) {
  const double most = a.depth() == CV_16U ? 65535 : 255;
  const double mse = cv::norm(a, b, cv::NORM_L2SQR) / static_cast<double>(3 * a.total());
  return 10 * std::log10(most * most / mse);
}

}  // namespace cameo::test

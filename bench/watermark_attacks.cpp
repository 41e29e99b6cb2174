// SPDX-License-Identifier: MIT
#include "bench/watermark_attacks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/random.h"
#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo::bench {
namespace {

cv::Mat jpeg(const cv::Mat& picture, int quality) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

cv::Mat scaled(const cv::Mat& picture, double factor) {
  cv::Mat out;
  const cv::Size size(static_cast<int>(picture.cols * factor),
                      static_cast<int>(picture.rows * factor));
  cv::resize(picture, out, size, 0, 0, factor < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

cv::Mat half_and_back(const cv::Mat& picture) {
  cv::Mat out;
  cv::resize(scaled(picture, 0.5), out, picture.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

cv::Mat levels(const cv::Mat& picture, double factor, double offset) {
  cv::Mat out;
  picture.convertTo(out, -1, factor, offset);
  return out;
}

/// What is left of the picture when `share` of each side is cut off, unevenly by the number.
cv::Mat cropped(const cv::Mat& picture, double share, std::uint64_t number) {
  Random random(number);
  const int width = static_cast<int>(picture.cols * (1 - share));
  const int height = static_cast<int>(picture.rows * (1 - share));
  const auto left = random.below(static_cast<std::uint32_t>(picture.cols - width + 1));
  const auto top = random.below(static_cast<std::uint32_t>(picture.rows - height + 1));
  return picture(cv::Rect(static_cast<int>(left), static_cast<int>(top), width, height)).clone();
}

cv::Mat rotated(const cv::Mat& picture, double degrees) {
  const cv::Point2f middle(static_cast<float>(picture.cols) / 2,
                           static_cast<float>(picture.rows) / 2);
  cv::Mat out;
  cv::warpAffine(picture, out, cv::getRotationMatrix2D(middle, degrees, 1), picture.size(),
                 cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

cv::Mat noisy(const cv::Mat& picture, double deviation, std::uint64_t number) {
  cv::Mat noise(picture.size(), CV_16SC3);
  cv::RNG(number + 1).fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::Mat out;
  cv::add(picture, noise, out, cv::noArray(), CV_8U);
  return out;
}

cv::Mat turned(const cv::Mat& picture, int how) {
  cv::Mat out;
  cv::rotate(picture, out, how);
  return out;
}

cv::Mat mirrored(const cv::Mat& picture) {
  cv::Mat out;
  cv::flip(picture, out, 1);
  return out;
}

/// Noise whose amplitude falls with frequency: octaves from fine to coarse.
cv::Mat octaves(cv::Size size, Random& random) {
  const float fall = 0.6F + 1.6F * random.uniform();
  cv::Mat sum = cv::Mat::zeros(size, CV_32FC3);
  for (int octave = 0; octave < 7; ++octave) {
    const int divisor = 1 << octave;
    cv::Mat cells(size.height / divisor + 3, size.width / divisor + 3, CV_32FC3);
    cv::RNG(random.bits() + 1ULL).fill(cells, cv::RNG::NORMAL, 0, 3 * std::pow(fall, octave));
    cv::Mat layer;
    cv::resize(cells, layer, size, 0, 0, cv::INTER_CUBIC);
    sum += layer;
  }
  return sum;
}

/// Gratings, checks or a grid with any period and direction: the hardest not to mistake.
cv::Mat periodic(cv::Size size, Random& random) {
  const float period = 4 + 60 * random.uniform() * random.uniform();
  const float angle = std::numbers::pi_v<float> * random.uniform();
  const float height = 10 + 60 * random.uniform();
  const bool both = random.below(2) == 1;
  const bool square = random.below(2) == 1;
  cv::Mat out(size, CV_32FC3);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const auto px = static_cast<float>(x);
      const auto py = static_cast<float>(y);
      const float turn = 2 * std::numbers::pi_v<float> / period;
      float value = std::sin(turn * (px * std::cos(angle) + py * std::sin(angle)));
      if (both) value *= std::sin(turn * (py * std::cos(angle) - px * std::sin(angle)));
      if (square) value = value > 0 ? 1.0F : -1.0F;
      out.at<cv::Vec3f>(y, x) = cv::Vec3f::all(height * value);
    }
  }
  return out;
}

cv::Mat shapes(cv::Size size, Random& random) {
  cv::Mat out = cv::Mat::zeros(size, CV_32FC3);
  const auto place = [&](int side) {
    return static_cast<int>(random.below(static_cast<std::uint32_t>(side)));
  };
  for (int i = 0; i < 60; ++i) {
    const cv::Scalar color(place(160) - 80, place(160) - 80, place(160) - 80);
    cv::ellipse(out, {place(size.width), place(size.height)}, {place(90) + 2, place(90) + 2},
                place(180), 0, 360, color, i % 3 == 0 ? 2 : cv::FILLED, cv::LINE_AA);
  }
  return out;
}

}  // namespace

const std::vector<Attack>& attacks() {
  using Picture = const cv::Mat&;
  static const std::vector<Attack> list{
      {"none", [](Picture p, std::uint64_t) { return p; }},
      {"JPEG quality 75", [](Picture p, std::uint64_t) { return jpeg(p, 75); }},
      {"JPEG quality 50", [](Picture p, std::uint64_t) { return jpeg(p, 50); }},
      {"JPEG quality 30", [](Picture p, std::uint64_t) { return jpeg(p, 30); }},
      {"half size and back", [](Picture p, std::uint64_t) { return half_and_back(p); }},
      {"1.5 times the size", [](Picture p, std::uint64_t) { return scaled(p, 1.5); }},
      {"brighter by 20 %", [](Picture p, std::uint64_t) { return levels(p, 1, 51); }},
      {"darker by 20 %", [](Picture p, std::uint64_t) { return levels(p, 1, -51); }},
      {"contrast + 20 %", [](Picture p, std::uint64_t) { return levels(p, 1.2, -25.6); }},
      {"contrast - 20 %", [](Picture p, std::uint64_t) { return levels(p, 0.8, 25.6); }},
      {"mirrored", [](Picture p, std::uint64_t) { return mirrored(p); }},
      {"turned by 90 degrees", [](Picture p, std::uint64_t) { return turned(p, 0); }},
      {"cropped by 10 %", [](Picture p, std::uint64_t n) { return cropped(p, 0.1, n); }},
      {"cropped by 20 %", [](Picture p, std::uint64_t n) { return cropped(p, 0.2, n); }},
      {"cropped by 10 %, JPEG quality 50",
       [](Picture p, std::uint64_t n) { return jpeg(cropped(p, 0.1, n), 50); }},
      {"cropped by 10 %, mirrored, JPEG quality 75",
       [](Picture p, std::uint64_t n) { return jpeg(mirrored(cropped(p, 0.1, n)), 75); }},
      {"rotated by 1 degree", [](Picture p, std::uint64_t) { return rotated(p, 1); }},
      {"rotated by 2.5 degrees", [](Picture p, std::uint64_t) { return rotated(p, 2.5); }},
      {"noise, deviation 5", [](Picture p, std::uint64_t n) { return noisy(p, 5, n); }},
      {"median of 3 x 3",
       [](Picture p, std::uint64_t) {
         cv::Mat out;
         cv::medianBlur(p, out, 3);
         return out;
       }},
  };
  return list;
}

cv::Mat drawn_actor(std::uint64_t seed) {
  const synth::Performance performance = synth::scene(seed, static_cast<std::int64_t>(seed % 97));
  return synth::render(synth::random_actor(seed), performance, {.width = 640, .height = 480});
}

cv::Mat drawn_picture(std::uint64_t seed) {
  Random random(seed);
  const cv::Size size(256 + static_cast<int>(random.below(465)),
                      256 + static_cast<int>(random.below(225)));
  if (seed % 4 == 0) {
    return synth::render(synth::random_actor(seed), synth::scene(seed, 0),
                         {.width = size.width, .height = size.height});
  }
  cv::Mat sum = 0.3F * octaves(size, random) + cv::Scalar::all(60 + 130 * random.uniform());
  if (seed % 4 == 1) sum += 0.7F * octaves(size, random);
  if (seed % 4 == 2) sum += periodic(size, random);
  if (seed % 4 == 3) sum += shapes(size, random);
  cv::Mat out;
  sum.convertTo(out, CV_8U);
  return out;
}

cv::Mat random_part(const cv::Mat& picture, std::uint64_t seed) {
  Random random(seed);
  const auto side = [&](int whole) {
    const int most = std::min(whole, 1024);
    if (most <= 256) return most;
    return 256 + static_cast<int>(random.below(static_cast<std::uint32_t>(most - 256 + 1)));
  };
  const int width = side(picture.cols);
  const int height = side(picture.rows);
  const auto left = random.below(static_cast<std::uint32_t>(picture.cols - width + 1));
  const auto top = random.below(static_cast<std::uint32_t>(picture.rows - height + 1));
  const cv::Mat part =
      picture(cv::Rect(static_cast<int>(left), static_cast<int>(top), width, height));
  return random.below(2) == 1 ? mirrored(part) : part.clone();
}

}  // namespace cameo::bench

// SPDX-License-Identifier: MIT
#include "pipeline/compose/texture.h"

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/converter.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Size kPart(160, 144);
const cv::Mat kAll(kPart, CV_32FC1, cv::Scalar(1));

cv::Mat random(std::uint64_t seed, double deviation, int channels = 3) {
  cv::Mat noise(kPart, CV_32FC(channels));
  cv::RNG numbers(seed);
  numbers.fill(noise, cv::RNG::NORMAL, cv::Scalar::all(0), cv::Scalar::all(deviation));
  return noise;
}

/// Something with edges at all scales, as large as a face's: blots of noise over a slope.
cv::Mat scene(double blur) {
  cv::Mat image(kPart, CV_32FC3, cv::Scalar(110, 120, 140)), blots;
  for (const double size : {2.0, 4.0, 8.0}) {
    cv::GaussianBlur(random(static_cast<std::uint64_t>(size), 40 * size), blots, {0, 0}, size);
    image += blots;
  }
  if (blur > 0) cv::GaussianBlur(image, image, {0, 0}, blur, blur, cv::BORDER_REFLECT_101);
  return image;
}

cv::Mat jpeg(const cv::Mat& image, int quality) {
  cv::Mat bytes, decoded;
  image.convertTo(bytes, CV_8U);
  std::vector<unsigned char> file;
  cv::imencode(".jpg", bytes, file, {cv::IMWRITE_JPEG_QUALITY, quality});
  cv::imdecode(file, cv::IMREAD_COLOR).convertTo(decoded, CV_32F);
  return decoded;
}

}  // namespace

TEST_CASE("noise is measured channel by channel, over edges and slopes") {
  cv::Mat shared;
  const cv::Mat grey = random(1, 4, 1);
  cv::merge(std::vector<cv::Mat>(3, grey), shared);
  const Noise both = noise_level(scene(2) + shared + random(2, 3), kAll);
  CHECK(both.common == doctest::Approx(4).epsilon(0.1));
  for (const double own : both.own) CHECK(own == doctest::Approx(3).epsilon(0.15));
  const Noise apart = noise_level(scene(2) + random(2, 3), kAll);
  CHECK(apart.common < 0.8);
  CHECK(noise_level(scene(2), kAll).own[1] < 0.3);
  CHECK(noise_level(random(1, 9), cv::Mat::zeros(kPart, CV_32FC1)).common == 0);
}

TEST_CASE("grain fills up what the drawn face lacks, by amount, the same for the same seed") {
  const cv::Mat there = scene(2) + random(5, 6), drawn = scene(1.5);
  const auto level = [&](const cv::Mat& image) { return noise_level(image, kAll).own[2]; };
  const cv::Mat grained = with_grain(drawn, there, kAll, 1, 7);
  CHECK(level(grained) == doctest::Approx(level(there)).epsilon(0.08));
  CHECK(level(with_grain(drawn, there, kAll, 0.5, 7)) ==
        doctest::Approx(0.5 * level(there)).epsilon(0.1));
  CHECK(largest_difference(grained, with_grain(drawn, there, kAll, 1, 7)) == 0);
  CHECK(largest_difference(grained, with_grain(drawn, there, kAll, 1, 8)) > 10);
  CHECK(cv::norm(cv::mean(grained) - cv::mean(drawn)) < 0.2);
  // What has its noise already gets no more.
  const cv::Mat noisy = drawn + random(9, 6);
  CHECK(level(with_grain(noisy, there, kAll, 1, 7)) == doctest::Approx(level(noisy)).epsilon(0.08));
}

TEST_CASE("a drawn face is blurred to the frame's sharpness and never sharpened") {
  for (const double noise : {0.0, 2.0}) {
    CAPTURE(noise);
    const cv::Mat there = scene(2.5) * 0.7 + random(4, noise);  // of another contrast
    const cv::Mat blurred = with_blur(scene(0), there, kAll, 120, 1);
    CHECK(cv::norm(blurred, scene(2.5)) <
          (noise == 0 ? 0.35 : 0.55) * cv::norm(scene(0), scene(2.5)));
    CHECK(largest_difference(with_blur(scene(2.6), scene(1), kAll, 120, 1), scene(2.6)) == 0);
    CHECK(largest_difference(with_blur(scene(0), there, kAll, 120, 0), scene(0)) == 0);
  }
}

TEST_CASE("quantized blocks are those of JPEG") {
  for (const int quality : {90, 50, 20}) {
    const cv::Mat image = scene(1);
    cv::Mat grey, three;
    cv::transform(image, grey, cv::Matx13f(0.114F, 0.587F, 0.299F));
    cv::merge(std::vector<cv::Mat>(3, grey), three);
    // Of grey pictures, whose chroma loses nothing to JPEG's subsampling, but for roundings.
    cv::Mat bytes;
    three.convertTo(bytes, CV_8U);
    bytes.convertTo(three, CV_32F);
    const auto apart = [&](int other) {
      return cv::norm(quantized(three, {0, 0}, quality), jpeg(three, other), cv::NORM_L1) /
             static_cast<double>(3 * three.total());
    };
    CHECK(apart(quality) < 0.8);  // libjpeg's are whole levels, in luma and again in the end
    CHECK(apart(quality - 15) > 1.3 * apart(quality));
  }
  CHECK_THROWS_AS(quantized(scene(1), {0, 0}, 0), Error);
}

TEST_CASE("a block grid is seen where it is, and grows with compression") {
  const cv::Mat soft = scene(2);
  CHECK(std::abs(blockiness(soft, kAll, {0, 0})) < 0.08);
  const double strong = blockiness(jpeg(soft, 15), kAll, {0, 0});
  const double weak = blockiness(jpeg(soft, 50), kAll, {0, 0});
  CHECK(strong > weak);
  CHECK(weak > 0.3);
  CHECK(blockiness(jpeg(soft, 15), kAll, {3, 5}) < 0.3 * strong);
}

TEST_CASE("a drawn face gets the frame's compression on the frame's grid") {
  const cv::Mat compressed = jpeg(scene(2), 20), drawn = scene(1.8);
  const cv::Rect part(13, 21, 120, 110);
  const cv::Mat there = compressed(part), over = drawn(part), weight = kAll(part);
  const cv::Mat result = with_compression(over, there, weight, part.tl(), 1);
  const double wanted = blockiness(there, weight, part.tl());
  CHECK(blockiness(result, weight, part.tl()) == doctest::Approx(wanted).epsilon(0.3));
  CHECK(cv::norm(result, over) < cv::norm(there, over));
  CHECK(largest_difference(with_compression(over, scene(2)(part), weight, part.tl(), 1), over) ==
        0);
}

TEST_CASE("a conversion matches textures inside the mask, and repeats its grain by frame") {
  cv::Mat frame = ramp(320, 240);
  cv::RNG numbers(1);
  cv::Mat noise(frame.size(), CV_16SC3);
  numbers.fill(noise, cv::RNG::NORMAL, 0, 5);
  cv::add(frame, noise, frame, cv::noArray(), CV_8U);
  const std::vector<Face> faces{drawn_face({160, 120}, 110, 10)};
  const auto converted = [&](const ComposeOptions& options) {
    FakeSwapper grey = constant_swapper({120, 120, 120});
    cv::Mat result = frame.clone();
    convert_masked(result, faces, grey, options);
    return result;
  };
  const cv::Rect inside(140, 95, 40, 40);
  const auto level = [&](const cv::Mat& image) {
    cv::Mat real;
    image(inside).convertTo(real, CV_32F);
    return noise_level(real, cv::Mat(inside.size(), CV_32FC1, cv::Scalar(1))).own[0];
  };
  for (const bool seamless : {false, true}) {
    const ComposeOptions options{.grain = 1, .blur = 1, .compression = 1, .seamless = seamless};
    ComposeOptions later = options, plain = options;
    later.frame = 1;
    plain.grain = 0;
    CHECK(level(converted(plain)) < 0.5);
    CHECK(level(converted(options)) == doctest::Approx(5).epsilon(0.15));
    CHECK(largest_difference(converted(options), converted(options)) == 0);
    CHECK(largest_difference(converted(options), converted(later)) > 5);
    CHECK(largest_difference(converted(options)(cv::Rect(0, 0, 320, 40)),
                             frame(cv::Rect(0, 0, 320, 40))) == 0);
  }
}

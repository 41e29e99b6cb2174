// SPDX-License-Identifier: MIT
#include "pipeline/compose/detail.h"

#include <array>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/masked.h"
#include "pipeline/convert.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/convert_case.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/drawn.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr int kSide = 128;

/// An aligned face of 256 pixels of a drawn actor.
cv::Mat face_of(float yaw, float smile = 0) {
  const cv::Mat head = test::drawn_face({.size = 480, .yaw = yaw, .smile = smile});
  return head(cv::Rect(112, 112, 256, 256)).clone();
}

/// Faces that turn and smile.
std::vector<cv::Mat> examples() {
  std::vector<cv::Mat> faces;
  for (const float yaw : {-0.3F, -0.15F, 0.0F, 0.15F, 0.3F})
    for (const float smile : {0.0F, 1.0F}) faces.push_back(face_of(yaw, smile));
  return faces;
}

/// What a network does that has learned the person well but for all that is fine: it yields its
/// input half a sample earlier, blurred.
cv::Mat soft(const cv::Mat& x) {
  cv::Mat moved;
  cv::warpAffine(x, moved, Transform(1, 0, -0.5, 0, 1, -0.5), x.size(),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  cv::GaussianBlur(moved, moved, {}, 1.5);
  return moved;
}

FakeSwapper soft_swapper() {
  FakeSwapper swapper(soft, kSide, 4);
  swapper.covered = 224;
  return swapper;
}

/// A face as the network sees it, as its target shows it, and as the soft one renders it.
struct Seen {
  cv::Mat fine, image;
};

Seen seen(const cv::Mat& face) {
  const auto at = [&](int side, double shift) {
    const double step = 224.0 / side;
    const double first = 16 + step * shift;
    cv::Mat out;
    face.convertTo(out, CV_32F);
    cv::warpAffine(out, out, Transform(step, 0, first, 0, step, first), {side, side},
                   cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    return out;
  };
  return {at(2 * kSide, 0), soft(at(kSide, 0.5))};
}

/// Root mean square difference inside the face.
double error(const cv::Mat& a, const cv::Mat& b) {
  const cv::Rect inside(64, 64, 128, 128);
  return cv::norm(a(inside), b(inside)) / std::sqrt(3.0 * inside.area());
}

/// Above 0 where two images differ.
cv::Mat difference_of(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference, most;
  cv::absdiff(a, b, difference);
  cv::transform(difference, most, cv::Matx13f(1, 1, 1));
  return most;
}

double mean_size(const cv::Mat& detail) {
  return cv::mean(cv::abs(detail.reshape(1)(cv::Rect(3 * 64, 64, 3 * 128, 128))))[0];
}

}  // namespace

TEST_CASE("a magnified image keeps each of its samples in its place") {
  const cv::Mat small = seen(face_of(0)).image;
  const cv::Mat large = magnified(small, 3);
  REQUIRE(large.size() == small.size() * 3);
  double most = 0;
  for (int y = 2; y < kSide - 2; ++y)
    for (int x = 2; x < kSide - 2; ++x)
      most =
          std::max(most, cv::norm(large.at<cv::Vec3f>(3 * y, 3 * x) - small.at<cv::Vec3f>(y, x)));
  CHECK(most < 1e-3);
}

TEST_CASE("detail brings back most of what a soft network loses of a face that it was shown") {
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  CHECK(lent.count() == 10);
  CHECK(lent.scale() == 2);
  const Seen one = seen(face_of(0.15F, 1));
  const cv::Mat plain = magnified(one.image, 2);
  const cv::Mat detailed = plain + lent.detail_for(one.image);
  CHECK(error(plain, one.fine) > 2);
  CHECK(error(detailed, one.fine) < 0.4 * error(plain, one.fine));
}

TEST_CASE("detail of the nearest examples is laid over a face between them") {
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  for (const float yaw : {-0.22F, 0.07F, 0.22F}) {
    CAPTURE(yaw);
    const Seen one = seen(face_of(yaw, 0.5F));
    const cv::Mat plain = magnified(one.image, 2);
    CHECK(error(plain + lent.detail_for(one.image), one.fine) < 0.85 * error(plain, one.fine));
  }
}

TEST_CASE("texture of several examples is laid over each other, wherever the network drew it") {
  // The network draws the same image of all four, whose textures lie up to four pixels apart.
  FakeSwapper own(
      [](const cv::Mat&) { return cv::Mat(kSide, kSide, CV_32FC3, cv::Scalar::all(0.5)); }, kSide,
      4);
  own.covered = 224;
  const cv::Mat image(kSide, kSide, CV_32FC3, cv::Scalar::all(127.5));
  cv::Mat texture(256, 256, CV_32FC1);
  cv::RNG(7).fill(texture, cv::RNG::NORMAL, 128, 150);
  cv::GaussianBlur(texture, texture, {}, 3);
  std::vector<cv::Mat> faces;
  for (const double shift : {-2, -1, 1, 2}) {
    cv::Mat face;
    cv::warpAffine(texture, face, Transform(1, 0, shift, 0, 1, 0.5 * shift), texture.size(),
                   cv::INTER_LINEAR, cv::BORDER_REFLECT);
    face.convertTo(face, CV_8U);
    cv::cvtColor(face, face, cv::COLOR_GRAY2BGR);
    faces.push_back(face);
  }
  const cv::Mat first = DetailExamples(std::span(faces).first(1), own).detail_for(image);
  const cv::Mat last = DetailExamples(std::span(faces).last(1), own).detail_for(image);
  const cv::Mat all = DetailExamples(faces, own).detail_for(image);
  CHECK(error(all, first) < 0.2 * error(last, first));
}

TEST_CASE("a picture that no example resembles gets little detail") {
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  const cv::Mat like = seen(face_of(0)).image;
  cv::Mat bars(like.size(), CV_32FC3);
  for (int x = 0; x < bars.cols; ++x) bars.col(x).setTo(cv::Scalar::all(x / 8 % 2 == 0 ? 40 : 220));
  CHECK(mean_size(lent.detail_for(bars)) < 0.25 * mean_size(lent.detail_for(like)));
}

TEST_CASE("detail depends on the image alone, in whatever thread") {
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  const cv::Mat image = seen(face_of(0.1F)).image;
  const cv::Mat alone = lent.detail_for(image);
  std::array<cv::Mat, 8> others;
#pragma omp parallel for num_threads(4)
  for (std::size_t i = 0; i < others.size(); ++i) others.at(i) = lent.detail_for(image);
  for (const cv::Mat& other : others) CHECK(cv::norm(alone, other, cv::NORM_INF) == 0);
}

TEST_CASE("a frame that is out of focus gets less of the detail") {
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  const cv::Mat sharp = face_of(0);
  cv::Mat blurred;
  cv::GaussianBlur(sharp, blurred, {}, 4);
  CHECK(lent.share_for(fineness(sharp)) == 1);
  CHECK(lent.share_for(fineness(blurred)) < 0.5);
  CHECK(lent.share_for(0) == 0);
}

TEST_CASE("examples are squares of 8-bit BGR, and at least one") {
  FakeSwapper own = soft_swapper();
  const std::vector<cv::Mat> wide{cv::Mat(64, 128, CV_8UC3, cv::Scalar::all(9))};
  CHECK_THROWS_AS(DetailExamples(wide, own), Error);
  CHECK_THROWS_AS(DetailExamples(std::vector<cv::Mat>{}, own), Error);
  const DetailExamples lent(examples(), own);
  CHECK_THROWS_AS(lent.detail_for(cv::Mat(64, 64, CV_32FC3)), Error);
}

TEST_CASE("a conversion with examples changes nothing outside of the mask, in any batch") {
  Case c;
  make_folder_of(c.options.input, 4);
  cv::Mat grainy = image(2);  // a flat one would count as out of focus
  cv::RNG(5).fill(grainy, cv::RNG::UNIFORM, 30, 90);
  write_image(c.options.input / "shot3_2.png", grainy);
  FakeSwapper own = soft_swapper();
  const DetailExamples lent(examples(), own);
  const cv::Mat painted = seen(face_of(0)).image / 255;
  const auto paint = [&](const cv::Mat&) { return cv::Mat(painted); };
  const auto convert_by = [&](int batch, int threads, const DetailExamples* examples) {
    FakeSwapper swapper(paint, kSide, batch);
    swapper.covered = 224;
    c.options.threads = threads;
    c.options.overwrite = true;
    const PersonModel model{.person = {}, .swapper = &swapper, .examples = examples};
    CHECK(convert(c.options, {&model, 1}, searching(find_face)).faces == 3);
    return read_image(c.out(2));
  };
  const cv::Mat plain = convert_by(1, 1, nullptr);
  const cv::Mat detailed = convert_by(1, 1, &lent);
  cv::Mat difference;
  cv::absdiff(detailed, plain, difference);
  CHECK(cv::mean(difference)[1] > 0.01);
  CHECK(largest_difference(detailed, grainy, difference_of(plain, grainy) == 0) == 0);
  CHECK(largest_difference(convert_by(3, 2, &lent), detailed) == 0);
  c.options.compose.detail = 0;
  CHECK(largest_difference(convert_by(1, 1, &lent), plain) == 0);
}

// SPDX-License-Identifier: MIT
#include "pipeline/compose/converter.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Size kFrame(320, 240);

cv::Mat frame() {
  return ramp(kFrame.width, kFrame.height);
}

Face face() {
  return drawn_face({160, 120}, 110, 10);
}

cv::Mat weights(const Face& of, const MaskOptions& options) {
  const Transform unit = align_unit(of.landmarks);
  const Mask mask = make_mask(kFrame, of.landmarks,
                              {.unit = unit, .to_square = unit * 64.0, .side = 64}, options);
  cv::Mat all = cv::Mat::zeros(kFrame, CV_32FC1);
  mask.weight.copyTo(all(mask.where));
  return all;
}

/// Moves an image half a pixel up and left: what training teaches a network about its input.
cv::Mat back_by_half(const cv::Mat& x) {
  cv::Mat moved;
  cv::warpAffine(x, moved, Transform(1, 0, -0.5, 0, 1, -0.5), x.size(),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return moved;
}

cv::Mat converted(Swapper& swapper, const ComposeOptions& options, std::vector<Face> faces) {
  cv::Mat result = frame();
  convert_masked(result, faces, swapper, options);
  return result;
}

}  // namespace

TEST_CASE("masked: outside the mask nothing changes, inside stands what was drawn") {
  FakeSwapper blue = constant_swapper({200, 40, 30});
  const cv::Mat flat(kFrame, CV_8UC3, cv::Scalar(200, 40, 30));
  for (const MaskKind kind : {MaskKind::Rect, MaskKind::FaceHullAndRect}) {
    for (const bool reference : {false, true}) {
      for (const double feather : {0.0, 0.12}) {
        CAPTURE(feather);
        const MaskOptions mask{.kind = kind, .feather = feather};
        const cv::Mat result = converted(
            blue, {.mask = mask, .color = ColorMatch::None, .reference = reference}, {face()});
        const cv::Mat weight = weights(face(), mask);
        CHECK(largest_difference(result, frame(), weight == 0) == 0);
        CHECK(largest_difference(result, flat, weight > 0.999) <= 1);
        CHECK(cv::countNonZero(weight > 0.999) > 2000);
      }
    }
  }
}

TEST_CASE("masked, reference: a network that returns what it reads changes nothing") {
  FakeSwapper identity = identity_swapper();
  const ComposeOptions options{
      .mask = article_mask(), .color = ColorMatch::None, .reference = true};
  // 8-bit and 1/32-pixel roundings on the way there and back, and the cut-off fraction.
  CHECK(largest_difference(converted(identity, options, {face()}), frame()) <= 2);
}

TEST_CASE("masked, ours: the network reads half a pixel later than it draws") {
  FakeSwapper trained(back_by_half);
  FakeSwapper identity = identity_swapper();
  const ComposeOptions options{.color = ColorMatch::None};
  // A steep ramp: 2 levels a pixel.
  cv::Mat steep(kFrame, CV_8UC3);
  for (int x = 0; x < steep.cols; ++x) {
    steep.col(x).setTo(cv::Scalar::all(std::clamp((x - 100) * 2, 0, 255)));
  }
  const std::vector<Face> faces{drawn_face({160, 120}, 110)};
  cv::Mat exact = steep.clone();
  cv::Mat shifted = steep.clone();
  convert_masked(exact, faces, trained, options);
  convert_masked(shifted, faces, identity, options);
  // One pixel of the square is 1.23 of the frame, half of it 1.23 levels of this ramp.
  const cv::Rect inside(130, 100, 60, 40);
  const auto mean = [&](const cv::Mat& image) { return cv::mean(image(inside))[0]; };
  CHECK(std::abs(mean(exact) - mean(steep)) < 0.3);
  CHECK(mean(shifted) - mean(steep) == doctest::Approx(1.23).epsilon(0.2));
  CHECK(largest_difference(exact, steep) <= 3);
  // The same for a network that sees more of the face.
  trained.covered = 224;
  cv::Mat wide = steep.clone();
  convert_masked(wide, faces, trained, options);
  CHECK(std::abs(mean(wide) - mean(steep)) < 0.3);
  CHECK(largest_difference(wide, steep) <= 3);
}

TEST_CASE("masked: a network that sees more than the mean face draws forehead and chin too") {
  const Landmarks at = face().landmarks;
  const Transform unit = align_unit(at);
  const auto changed_at = [&](int coverage, double u, double v) {
    FakeSwapper blue = constant_swapper({250, 10, 10});
    blue.covered = coverage;
    const cv::Mat result = converted(blue, {.color = ColorMatch::None}, {face()});
    const cv::Vec2d p = invert(unit) * cv::Vec3d(u, v, 1);
    const auto& pixel = result.at<cv::Vec3b>(cvRound(p[1]), cvRound(p[0]));
    return pixel[0] > 200 && pixel[1] < 50;
  };
  // In the mean face's square: its middle, and above the brows.
  CHECK(changed_at(160, 0.5, 0.5));
  CHECK(changed_at(224, 0.5, 0.5));
  CHECK_FALSE(changed_at(160, 0.5, -0.1));
  CHECK(changed_at(224, 0.5, -0.1));
  CHECK_FALSE(changed_at(224, 0.5, -0.4));
}

TEST_CASE("masked: average colour gives the drawn face the mean of what it covers") {
  FakeSwapper blue = constant_swapper({200, 40, 30});
  const ComposeOptions options{.mask = {.feather = 0}, .color = ColorMatch::Average};
  const cv::Mat result = converted(blue, options, {face()});
  const cv::Mat inside = weights(face(), options.mask) > 0;
  const cv::Scalar before = cv::mean(frame(), inside);
  const cv::Scalar after = cv::mean(result, inside);
  for (int c = 0; c < 3; ++c) CHECK(after[c] == doctest::Approx(before[c]).epsilon(0.02));
}

TEST_CASE("masked: a sharpened face has more of what it had, inside the mask only") {
  FakeSwapper same = identity_swapper();
  cv::Mat textured(kFrame, CV_8UC3);
  for (int y = 0; y < textured.rows; ++y)
    for (int x = 0; x < textured.cols; ++x)
      textured.at<cv::Vec3b>(y, x) = cv::Vec3b::all(
          cv::saturate_cast<uchar>(120 + 30 * std::sin(x / 2.5) * std::cos(y / 3.0)));
  const std::vector<Face> faces{face()};
  const auto deviation = [&](double sharpen) {
    cv::Mat result = textured.clone();
    convert_masked(result, faces, same, {.color = ColorMatch::None, .sharpen = sharpen});
    const cv::Mat inside = weights(face(), {}) == 1;
    CHECK(largest_difference(result, textured, weights(face(), {}) == 0) == 0);
    cv::Scalar mean, spread;
    cv::meanStdDev(result, mean, spread, inside);
    CHECK(mean[0] == doctest::Approx(120).epsilon(0.02));
    return spread[0];
  };
  CHECK(deviation(1) > 1.15 * deviation(0));
}

TEST_CASE("masked: a seamless face has no step at its edge and leaves the rest alone") {
  FakeSwapper blue = constant_swapper({200, 40, 30});
  const cv::Mat flat(kFrame, CV_8UC3, cv::Scalar(90, 110, 130));
  cv::Mat result = flat.clone();
  const std::vector<Face> faces{face()};
  convert_masked(result, faces, blue, {.color = ColorMatch::None, .seamless = true});
  CHECK(largest_difference(result, flat) <= 2);
}

TEST_CASE("masked: faces go through the network as many at a time as it takes") {
  FakeSwapper two = constant_swapper({200, 40, 30}, 64, 2);
  const std::vector<Face> faces{drawn_face({60, 60}, 70), drawn_face({160, 60}, 70),
                                drawn_face({260, 60}, 70)};
  cv::Mat result = frame();
  CHECK(convert_masked(result, faces, two, {.color = ColorMatch::None}) == 3);
  CHECK(two.runs == 2);
  CHECK(two.faces == 3);
  for (const Face& at : faces) {
    const cv::Point nose = at.landmarks[30];
    CHECK(result.at<cv::Vec3b>(nose) == cv::Vec3b(200, 40, 30));
  }
}

TEST_CASE("masked: a face partly or wholly outside the frame is safe") {
  FakeSwapper blue = constant_swapper({200, 40, 30});
  cv::Mat result = frame();
  const std::vector<Face> faces{drawn_face({5, 5}, 110), drawn_face({318, 120}, 200),
                                drawn_face({-500, 0}, 90)};
  for (const bool seamless : {false, true}) {
    CHECK(convert_masked(result, faces, blue, {.seamless = seamless}) == 2);
  }
  CHECK(result.size() == kFrame);
}

TEST_CASE("adjust: the article's numbers on a flat box") {
  // Box 100, drawn 180.7 -> cut to 180. No colour, no smooth mask: the square is 180, the rim 100.
  const float drawn = 180.7F;
  FakeSwapper flat([drawn](const cv::Mat& x) {
    return cv::Mat(x.size(), CV_32FC3, cv::Scalar::all(drawn / 255));
  });
  const cv::Mat hundred(300, 300, CV_8UC3, cv::Scalar::all(100));
  const std::vector<Face> faces{{.box = {20, 10, 256, 256}}};
  ComposeOptions options{.color = ColorMatch::None, .smooth_mask = false, .reference = true};
  cv::Mat result = hundred.clone();
  convert_adjust(result, faces, flat, options);
  CHECK(cv::countNonZero(result.reshape(1) == 180) == 3 * 160 * 160);
  CHECK(result.at<cv::Vec3b>(10 + 48, 20 + 48)[0] == 180);
  CHECK(result.at<cv::Vec3b>(10 + 47, 20 + 48)[0] == 100);
  CHECK(result.at<cv::Vec3b>(10 + 207, 20 + 207)[0] == 180);

  // The colour shift 100 - 180 is whole: nothing is left of the difference.
  options.color = ColorMatch::Average;
  result = hundred.clone();
  convert_adjust(result, faces, flat, options);
  CHECK(largest_difference(result, hundred) == 0);

  // The smooth mask: 1 from pixel 10 to 148 of the square, blurred over 15 pixels.
  options.color = ColorMatch::None;
  options.smooth_mask = true;
  result = hundred.clone();
  convert_adjust(result, faces, flat, options);
  const auto at = [&](int x) { return int(result.at<cv::Vec3b>(10 + 128, 20 + 48 + x)[0]); };
  CHECK(at(0) == 100);
  CHECK(at(2) == 100);
  CHECK(at(17) == 180);
  CHECK(at(80) == 180);
  // Half of the kernel and half of its middle weight 0.0729: 100 + 80 * 0.5365 = 142.9, cut off.
  CHECK(at(10) == 142);
  // On the other side the rim is 11 pixels wide, not 10: that program rounded -160 / 15 down.
  CHECK(at(148) == 142);
}

TEST_CASE("adjust: ours rounds, and leaves what the square does not reach as it was") {
  FakeSwapper flat(
      [](const cv::Mat& x) { return cv::Mat(x.size(), CV_32FC3, cv::Scalar::all(180.7 / 255)); });
  cv::Mat noise(300, 300, CV_8UC3);
  cv::RNG(5).fill(noise, cv::RNG::UNIFORM, 0, 256);
  const std::vector<Face> faces{{.box = {20, 10, 200, 220}}};
  cv::Mat ours = noise.clone();
  cv::Mat reference = noise.clone();
  convert_adjust(ours, faces, flat, {.color = ColorMatch::None, .smooth_mask = false});
  convert_adjust(reference, faces, flat, {.reference = true});
  const cv::Rect rim(20, 10, 200, 38);
  CHECK(largest_difference(ours(rim), noise(rim)) == 0);
  CHECK(largest_difference(reference(rim), noise(rim)) > 20);
  CHECK(ours.at<cv::Vec3b>(120, 120) == cv::Vec3b(181, 181, 181));
}

TEST_CASE("adjust: a box that leaves the frame is cut, one outside is passed over") {
  FakeSwapper flat = constant_swapper({200, 40, 30});
  const std::vector<Face> faces{{.box = {-40, -40, 100, 100}}, {.box = {900, 0, 50, 50}}};
  cv::Mat result = frame();
  CHECK(convert_adjust(result, faces, flat) == 1);
  CHECK(result.size() == kFrame);
}

TEST_CASE("samples of a face lie where training reads them") {
  cv::Mat columns(256, 256, CV_8UC3);
  for (int x = 0; x < 256; ++x) columns.col(x).setTo(cv::Scalar::all(x));
  for (const int side : {64, 128}) {
    const double step = 160.0 / side;
    const cv::Mat target = sample_face(columns, {.side = side}, 0);
    const cv::Mat input = sample_face(columns, {.side = side}, 0.5);
    CHECK(target.at<cv::Vec3f>(5, 0)[0] == doctest::Approx(48));
    CHECK(target.at<cv::Vec3f>(5, 10)[0] == doctest::Approx(48 + 10 * step));
    CHECK(input.at<cv::Vec3f>(5, 10)[0] == doctest::Approx(48 + 10.5 * step));
  }
}

TEST_CASE("drawn values beyond the range are clipped") {
  FakeSwapper wild(
      [](const cv::Mat& x) { return cv::Mat(x.size(), CV_32FC3, cv::Scalar(-1, 0.5, 2)); });
  const std::vector<cv::Mat> squares{cv::Mat(64, 64, CV_32FC3, cv::Scalar::all(9))};
  const auto drawn = run_swapper(wild, squares);
  CHECK(drawn[0].image.at<cv::Vec3f>(3, 3) == cv::Vec3f(0, 127.5F, 255));
  CHECK(drawn[0].mask.empty());
}

TEST_CASE("masked: a mask left to choose is the network's within the hull where it has one") {
  FakeSwapper blue = constant_swapper({200, 40, 30}, 64, 2);
  const std::vector<Face> faces{drawn_face({80, 120}, 90, 10), drawn_face({240, 120}, 90, -5)};
  const auto with = [&](const MaskOptions& mask) {
    return converted(blue, {.mask = mask, .color = ColorMatch::None}, faces);
  };
  const MaskOptions automatic{.kind = MaskKind::Auto, .feather = kAutoFeather};
  CHECK(cv::norm(with(automatic), with({}), cv::NORM_INF) == 0);
  blue.mask = cv::Mat(64, 64, CV_32FC1, cv::Scalar(0));
  blue.mask(cv::Rect(20, 0, 24, 64)).setTo(1);
  const MaskOptions learned = chosen_mask(automatic, true);
  CHECK(is_learned(learned.kind));
  CHECK(cv::norm(with(automatic), with(learned), cv::NORM_INF) == 0);
  CHECK(cv::norm(with(automatic), with({}), cv::NORM_INF) > 50);
}

TEST_CASE("masked: the network's mask decides what changes, alone or within the hull") {
  FakeSwapper blue = constant_swapper({200, 40, 30}, 64, 2);
  blue.mask = cv::Mat(64, 64, CV_32FC1, cv::Scalar(0));
  blue.mask(cv::Rect(20, 0, 12, 64)).setTo(1);  // a stripe down the face
  const auto with = [&](MaskKind kind, const std::vector<Face>& faces) {
    return converted(blue, {.mask = {.kind = kind}, .color = ColorMatch::None}, faces);
  };
  const std::vector<Face> faces{drawn_face({80, 120}, 90, 10), drawn_face({240, 120}, 90, -5)};
  for (const MaskKind kind : {MaskKind::Learned, MaskKind::LearnedFaceHull}) {
    const cv::Mat result = with(kind, faces);
    const cv::Mat around =
        with(kind == MaskKind::Learned ? MaskKind::Rect : MaskKind::FaceHullAndRect, faces);
    int changed = 0;
    for (int y = 0; y < result.rows; ++y) {
      for (int x = 0; x < result.cols; ++x) {
        const bool kept = result.at<cv::Vec3b>(y, x) == frame().at<cv::Vec3b>(y, x);
        changed += kept ? 0 : 1;
        const Face& near = faces[x < 160 ? 0 : 1];
        const cv::Vec2d at = align_unit(near.landmarks) * 64.0 * cv::Vec3d(x, y, 1);
        // One pixel of the square is 1.2 of the frame; interpolation reaches one further. The
        // stripe's edge is smoothed by a Gaussian of one pixel, which ends after 4.
        if (at[0] < 18.9 || at[0] > 32.1) REQUIRE(kept);
        if (at[0] > 24.6 && at[0] < 26.4)
          REQUIRE(result.at<cv::Vec3b>(y, x) == around.at<cv::Vec3b>(y, x));
      }
    }
    CHECK(changed > 1000);
  }
  // Erosion takes from the stripe's sides.
  const auto area = [&](int erosion) {
    return cv::sum(with(MaskKind::Learned, faces) !=
                   converted(blue,
                             {.mask = {.kind = MaskKind::Learned, .erosion = erosion},
                              .color = ColorMatch::None},
                             faces))[0];
  };
  CHECK(area(5) > 0);
  blue.mask = cv::Mat();
  CHECK(contains(message_of([&] { with(MaskKind::Learned, faces); }), "has learned no mask"));
  blue.mask = cv::Mat(64, 64, CV_32FC1, cv::Scalar(1));
  CHECK(contains(message_of([&] {
                   converted(blue, {.mask = {.kind = MaskKind::Learned}, .reference = true}, faces);
                 }),
                 "--reference exclude each other"));
}

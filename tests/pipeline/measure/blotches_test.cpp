// SPDX-License-Identifier: MIT
#include "pipeline/measure/blotches.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Scalar kSkin(120, 150, 200);
const cv::Scalar kEye(60, 60, 60);

/// A frame with a face of ellipses: skin that scatters from seed to seed, dark eyes.
cv::Mat draw(const Landmarks& landmarks, int seed, const cv::Scalar& skin = kSkin) {
  cv::Mat noise(256, 256, CV_16SC3);
  cv::RNG(static_cast<std::uint64_t>(seed)).fill(noise, cv::RNG::NORMAL, 0, 4);
  cv::Mat image(256, 256, CV_8UC3, skin);
  for (const int eye : {36, 42}) {
    const std::vector<cv::Point> points(landmarks.begin() + eye, landmarks.begin() + eye + 6);
    cv::fillConvexPoly(image, points, kEye);
  }
  cv::add(image, noise, image, cv::noArray(), CV_8U);
  return image;
}

Landmarks upright() {
  return drawn_landmarks({128, 128}, 150);
}

Landmarks upright_in_crop() {
  const Landmarks face = upright();
  Landmarks moved;
  for (const cv::Point2f& p : face) moved.emplace_back(apply(aligned_transform(face), p));
  return moved;
}

/// Ten training faces, as extraction cuts them out.
FaceColors trained() {
  std::vector<AlignedFace> faces;
  for (int seed = 1; seed <= 10; ++seed)
    faces.push_back({crop_aligned(draw(upright(), seed), upright()), upright_in_crop()});
  return FaceColors(faces);
}

/// Not 0 inside the landmarks.
cv::Mat hull(const Landmarks& landmarks) {
  const std::vector<cv::Point> points(landmarks.begin(), landmarks.end());
  std::vector<cv::Point> around;
  cv::convexHull(points, around);
  cv::Mat region = cv::Mat::zeros(256, 256, CV_8UC1);
  cv::fillConvexPoly(region, around, cv::Scalar(255));
  return region;
}

}  // namespace

TEST_CASE("a face in the colours it was trained on has no blotches") {
  // 0.1 % of the training pixels lie beyond the limit, and no more of another face's.
  CHECK(*trained().blotches(draw(upright(), 99), upright(), hull(upright())) < 0.003);
  const Landmarks rolled = drawn_landmarks({110, 140}, 120, 20);
  CHECK(*trained().blotches(draw(rolled, 98), rolled, hull(rolled)) < 0.003);
}

TEST_CASE("a drawn red blotch is found, by its share of the region") {
  const FaceColors colors = trained();
  for (const cv::Scalar& color : {cv::Scalar(60, 60, 220), cv::Scalar(250, 250, 250)}) {
    cv::Mat frame = draw(upright(), 99);
    cv::circle(frame, {128, 142}, 12, color, cv::FILLED);
    const double area = CV_PI * 12.5 * 12.5 / cv::countNonZero(hull(upright()));
    // The rim of 1.5 pixels is a mixture, which may lie on either side of the limit.
    CHECK(*colors.blotches(frame, upright(), hull(upright())) ==
          doctest::Approx(area).epsilon(0.25).scale(0));
  }
}

TEST_CASE("a colour that belongs to one place is a blotch at another") {
  const FaceColors colors = trained();
  // Beside the eyes in their row, and below one of them in its column.
  for (const cv::Point at : {cv::Point(128, 107), cv::Point(98, 150)}) {
    cv::Mat frame = draw(upright(), 99);
    cv::circle(frame, at, 8, kEye, cv::FILLED);
    const double area = CV_PI * 8.5 * 8.5 / cv::countNonZero(hull(upright()));
    CHECK(*colors.blotches(frame, upright(), hull(upright())) > 0.7 * area);
  }
}

TEST_CASE("another light or a transfer of colour is no blotch") {
  const Landmarks face = upright();
  const Landmarks eyes(face.begin() + 36, face.begin() + 48);
  // Darker skin; the eyes, which are as dark as before, are left out with their rims.
  cv::Mat around;
  cv::dilate(hull(eyes), around, cv::Mat(), {-1, -1}, 2);
  const cv::Mat skin = hull(face) - around;
  CHECK(*trained().blotches(draw(face, 99, {70, 110, 160}), face, skin) < 0.003);
}

TEST_CASE("no blotch counts outside the region") {
  cv::Mat frame = draw(upright(), 99);
  frame.setTo(cv::Scalar(0, 0, 255), hull(upright()) == 0);
  cv::Mat core;
  cv::erode(hull(upright()), core, cv::Mat(), {-1, -1}, 4);
  CHECK(*trained().blotches(frame, upright(), core) < 0.003);
}

TEST_CASE("where no training face reaches, the colours of all of them count") {
  const FaceColors colors = trained();
  cv::Mat frame = draw(upright(), 99);
  cv::Mat forehead = cv::Mat::zeros(256, 256, CV_8UC1);
  forehead(cv::Rect(90, 20, 76, 40)).setTo(255);
  CHECK(*colors.blotches(frame, upright(), forehead) == 0);
  frame(cv::Rect(90, 20, 19, 40)).setTo(cv::Scalar(0, 0, 255));
  CHECK(*colors.blotches(frame, upright(), forehead) ==
        doctest::Approx(0.25).epsilon(0.1).scale(0));
}

TEST_CASE("few and flat training faces make no blotch of what is hardly seen") {
  cv::Mat flat(256, 256, CV_8UC3, kSkin);
  const std::vector<AlignedFace> faces{{flat, upright()}};
  cv::Mat frame = flat.clone();
  frame.rowRange(0, 100) += cv::Scalar::all(6);
  const FaceColors colors(faces);
  CHECK(*colors.blotches(frame, upright(), hull(upright())) == 0);
  // Ten units of lightness are five times the least deviation.
  frame.rowRange(0, 100) += cv::Scalar::all(20);
  const double lighter = cv::countNonZero(hull(upright()).rowRange(0, 100));
  CHECK(*colors.blotches(frame, upright(), hull(upright())) ==
        doctest::Approx(lighter / cv::countNonZero(hull(upright()))).epsilon(0.1).scale(0));
}

TEST_CASE("a part that every training face has and the drawn one has not is a blotch") {
  const cv::Mat skin(256, 256, CV_8UC3, kSkin);
  cv::Mat face = skin.clone();
  const cv::Rect dark(150, 0, 106, 256);
  face(dark).setTo(kEye);
  const FaceColors colors(
      std::vector<AlignedFace>(3, {crop_aligned(face, upright()), upright_in_crop()}));
  const double missing = cv::countNonZero(hull(upright())(dark));
  CHECK(*colors.blotches(face, upright(), hull(upright())) < 0.01);
  // One column of cells has both colours.
  CHECK(*colors.blotches(skin, upright(), hull(upright())) >
        0.7 * missing / cv::countNonZero(hull(upright())));
}

TEST_CASE("what one training face in 25 has is within the limit that its pixels set") {
  std::vector<AlignedFace> faces;
  cv::Mat frame;
  for (int seed = 1; seed <= 25; ++seed) {
    frame = draw(upright(), seed);
    if (seed == 25) cv::circle(frame, {128, 142}, 24, cv::Scalar(60, 60, 220), cv::FILLED);
    faces.push_back({crop_aligned(frame, upright()), upright_in_crop()});
  }
  // The disc is 12 % of the last face: 0.5 % of all pixels, of which 0.1 % lie beyond the limit.
  CHECK(*FaceColors(faces).blotches(frame, upright(), hull(upright())) < 0.06);
}

TEST_CASE("blotches are not known without pixels or without training faces") {
  const FaceColors colors = trained();
  CHECK_FALSE(colors.blotches(draw(upright(), 1), upright(), cv::Mat::zeros(256, 256, CV_8UC1)));
  CHECK_THROWS_AS(colors.blotches(draw(upright(), 1), upright(), cv::Mat::zeros(9, 9, CV_8UC1)),
                  Error);
  CHECK_THROWS_AS(FaceColors({}), Error);
  const std::vector<AlignedFace> small{{cv::Mat(9, 9, CV_8UC3, kSkin), upright()}};
  CHECK_THROWS_AS(FaceColors{small}, Error);
}

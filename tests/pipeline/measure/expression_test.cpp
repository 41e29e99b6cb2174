// SPDX-License-Identifier: MIT
#include "pipeline/measure/expression.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// The mean face at 100 pixels a unit; the jaw does not matter.
Landmarks mean_landmarks() {
  Landmarks points(kIbug68);
  for (std::size_t i = 0; i < mean_face().size(); ++i) points[17 + i] = mean_face()[i] * 100;
  return points;
}

/// `points` with both eyes squeezed to `share` of their height.
Landmarks with_eyes(Landmarks points, float share) {
  for (const std::size_t eye : {36, 42}) {
    const float middle = points[eye].y;
    for (std::size_t i = eye; i < eye + 6; ++i)
      points[i].y = middle + share * (points[i].y - middle);
  }
  return points;
}

/// `points` with the lower inner lip below the upper one: by `pixels` in the middle, 1 beside it.
Landmarks with_mouth(Landmarks points, float pixels) {
  points[67] = points[61] + cv::Point2f(0, 1);
  points[66] = points[62] + cv::Point2f(0, pixels);
  points[65] = points[63] + cv::Point2f(0, 1);
  return points;
}

}  // namespace

TEST_CASE("one expression has no error, wherever the face is, however large and rolled") {
  const Landmarks face = drawn_landmarks({80, 60}, 60);
  const ExpressionError same = expression_error(face, face);
  CHECK(same.landmarks == 0);
  CHECK(same.blink == 0);
  CHECK(same.mouth == 0);
  // Landmarks are floats of a few hundred pixels, so positions are true to 1e-6 of the face.
  const ExpressionError moved = expression_error(drawn_landmarks({300, 90}, 190, 25), face);
  CHECK(moved.landmarks < 1e-5);
  CHECK(moved.blink < 1e-5);
  CHECK(moved.mouth < 1e-5);
}

TEST_CASE("the expression error is the mean distance of the inner landmarks between the eyes") {
  const Landmarks face = mean_landmarks();
  // Moves that add up to no shift, no scale and, in pairs left and right, no rotation: the
  // alignment stays as it is. Ends of the brows, outer corners of the eyes, corners of the mouth.
  const float brows = face[17].y, eyes = face[36].y, mouth = face[48].y;
  const float up = (mouth - brows) / (eyes - brows) * 0.01F;
  Landmarks other = face;
  for (const std::size_t i : {17, 26}) other[i].y += up - 0.01F;
  for (const std::size_t i : {36, 45}) other[i].y -= up;
  for (const std::size_t i : {48, 54}) other[i].y += 0.01F;
  const double expected = 2 * (2 * up) / 51 / eye_distance(face);
  CHECK(expression_error(other, face).landmarks ==
        doctest::Approx(expected).epsilon(5e-3).scale(0));
  Landmarks jaw = face;
  jaw[8] += cv::Point2f(30, 30);
  CHECK(expression_error(jaw, face).landmarks == 0);
}

TEST_CASE("eyes and lips have their own figures") {
  Landmarks face = mean_landmarks();
  // Eyes of width 10 and height 3 whose middles are 50 apart.
  for (const std::size_t eye : {36, 42}) {
    const float x = eye == 36 ? 20 : 70;
    face[eye] = {x, 20};
    face[eye + 1] = {x + 3, 18.5F};
    face[eye + 2] = {x + 7, 18.5F};
    face[eye + 3] = {x + 10, 20};
    face[eye + 4] = {x + 7, 21.5F};
    face[eye + 5] = {x + 3, 21.5F};
  }
  CHECK(eye_distance(face) == doctest::Approx(50));
  CHECK(eye_aspect_ratio(face) == doctest::Approx(0.3));
  CHECK(mouth_opening(with_mouth(face, 4)) == doctest::Approx(0.04).epsilon(1e-5));
  const ExpressionError blink = expression_error(with_eyes(face, 0.5F), face);
  CHECK(blink.blink == doctest::Approx(0.15).epsilon(1e-5));
  CHECK(blink.mouth == 0);
  const ExpressionError speech = expression_error(with_mouth(face, 1), with_mouth(face, 16));
  CHECK(speech.mouth == doctest::Approx(0.1).epsilon(1e-5));
  CHECK(speech.blink == 0);
}

TEST_CASE("expression wants 68 landmarks with two eyes") {
  CHECK_THROWS_AS(expression_error(Landmarks(5), mean_landmarks()), Error);
  CHECK_THROWS_AS(eye_distance(Landmarks(kIbug68)), Error);
  CHECK_THROWS_AS(eye_aspect_ratio(Landmarks(kIbug68)), Error);
}

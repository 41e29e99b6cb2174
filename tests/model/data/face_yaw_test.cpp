// SPDX-License-Identifier: MIT
#include "model/data/face_yaw.h"

#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/data/sampler.h"
#include "tests/model/drawn_landmarks.h"
#include "tests/model/train/studio.h"

using namespace cameo;
using cameo::test::drawn_landmarks;

namespace {

using Yaws = std::vector<std::optional<double>>;

/// Landmarks of a head, turned by `yaw` about the vertical axis and by `roll` in the image.
FaceLandmarks turned(double yaw, double roll) {
  FaceLandmarks all = drawn_landmarks();
  const double radians = std::numbers::pi / 180;
  const auto put = [&](std::size_t i, double x, double depth) {
    const double aside = x * std::cos(yaw * radians) + depth * std::sin(yaw * radians);
    all.at(i) = {0.5 + aside * std::cos(roll * radians), 0.4 + aside * std::sin(roll * radians)};
  };
  put(36, -0.2, 0);
  put(45, 0.2, 0);
  put(30, 0, 0.4 * 50 / 92);
  all[30].x -= 0.1 * std::sin(roll * radians);  // the nose lies below the eyes
  all[30].y += 0.1 * std::cos(roll * radians);
  return all;
}

/// 90 faces from the front, 10 of them to the side, and one whose yaw is not known.
Yaws mostly_frontal() {
  Yaws yaws(101);
  for (std::size_t i = 0; i < 90; ++i) yaws[i] = 1;
  for (std::size_t i = 90; i < 100; ++i) yaws[i] = 42;
  return yaws;
}

std::map<std::int32_t, int> times_shown(ShuffledSampler& order, int batches) {
  std::map<std::int32_t, int> times;
  std::vector<std::int32_t> batch(10);
  for (int i = 0; i < batches; ++i) {
    order.next(batch);
    for (const std::int32_t face : batch) ++times[face];
  }
  return times;
}

int sum_of(const std::map<std::int32_t, int>& times, int from, int to) {
  int sum = 0;
  for (const auto& [face, count] : times)
    if (face >= from && face < to) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("a head's yaw is read from its landmarks, whatever its roll") {
  for (const double yaw : {-60.0, -20.0, 0.0, 5.0, 45.0, 80.0})
    for (const double roll : {-30.0, 0.0, 15.0})
      CHECK(face_yaw(turned(yaw, roll)) == doctest::Approx(yaw).epsilon(1e-9));
  CHECK(face_yaw(FaceLandmarks{}) == 0);
}

TEST_CASE("yaws come from the faces' files, and of files without landmarks there are none") {
  const cameo::test::Scratch scratch;
  cameo::test::draw_faces(scratch / "a", 0, 3);
  const auto file = scratch / "a" / "face1.png";
  write_bytes(file, with_landmarks(read_bytes(file), turned(30, 0)));
  const Yaws yaws = load_yaws(load_faces({scratch / "a"}, 64));
  CHECK(!yaws[0]);
  REQUIRE(yaws[1]);
  CHECK(*yaws[1] == doctest::Approx(30).epsilon(1e-3));  // rounded to 1e-5 of the side
  CHECK(!yaws[2]);
}

TEST_CASE("with uniform yaw rare poses come as often as common ones") {
  ShuffledSampler order(101, 3, 0);
  order.prefer_uniform_yaw(mostly_frontal(), 1);
  const auto times = times_shown(order, 1000);
  // 100 passes of 100 of 101 faces; the one that is not known keeps its share.
  const int front = sum_of(times, 0, 90), side = sum_of(times, 90, 100), unknown = times.at(100);
  CHECK(front + side + unknown == 10000);
  CHECK(unknown > 90);
  CHECK(unknown <= 100);
  CHECK(std::abs(front - side) < 5 * 100);  // 100 the standard deviation of their difference
  for (int face = 90; face < 100; ++face) CHECK(std::abs(times.at(face) - 495) < 5 * 22);
}

TEST_CASE("a share of uniform yaw lies between a shuffle and all") {
  ShuffledSampler plain(101, 3, 0), none(101, 3, 0), half(101, 3, 0);
  none.prefer_uniform_yaw(mostly_frontal(), 0);
  half.prefer_uniform_yaw(mostly_frontal(), 0.5);
  CHECK(times_shown(plain, 200) == times_shown(none, 200));
  // A tenth by the shuffle, half by uniform yaw.
  CHECK(std::abs(sum_of(times_shown(half, 1000), 90, 100) - 2970) < 5 * 46);
}

TEST_CASE("a lone face of a pose comes eight times as often as others at the most") {
  Yaws yaws(100, 0.0);
  yaws[7] = -70;
  ShuffledSampler order(100, 5, 1);
  order.prefer_uniform_yaw(yaws, 1);
  const int lone = times_shown(order, 1000).at(7);
  // 0.08 against 0.5 of all draws.
  CHECK(std::abs(lone - 10000 * 0.08 / 0.58) < 5 * 35);
}

TEST_CASE("an order of uniform yaw goes on from its place") {
  ShuffledSampler whole(101, 3, 0);
  whole.prefer_uniform_yaw(mostly_frontal(), 0.7);
  times_shown(whole, 23);
  ShuffledSampler resumed(101, 3, 0, whole.place());
  resumed.prefer_uniform_yaw(mostly_frontal(), 0.7);
  CHECK(times_shown(resumed, 30) == times_shown(whole, 30));
  CHECK(resumed.place() == whole.place());
  CHECK_THROWS_AS(resumed.prefer_uniform_yaw(Yaws(3), 1), Error);
}

TEST_CASE("a training with uniform yaw goes on as if it had not stopped") {
  cameo::test::Studio whole, parts;
  for (cameo::test::Studio* studio : {&whole, &parts}) {
    for (const char* side : {"a", "b"}) {
      cameo::test::add_landmarks(studio->scratch / side);
      const auto file = studio->scratch / side / "face0.png";
      write_bytes(file, with_landmarks(read_bytes(file), turned(60, 0)));
    }
    studio->options.recipe->uniform_yaw = 0.8;
    studio->options.backups = 0;
    studio->options.iterations = 6;
  }
  parts.options.iterations = 3;
  const auto train_on = [](const cameo::test::Studio& studio) {
    Exec exec = cameo::test::one_way();
    return train(exec, studio.options);
  };
  train_on(whole);
  train_on(parts);
  parts.options.recipe.reset();  // the file's
  parts.options.iterations = 6;
  CHECK(train_on(parts).start.recipe.uniform_yaw == 0.8);
  CHECK(cameo::test::bytes_of_file(whole.model_file()) ==
        cameo::test::bytes_of_file(parts.model_file()));
}

TEST_CASE("uniform yaw of faces without landmarks is refused, and names what to do") {
  cameo::test::Studio studio;
  studio.options.recipe->uniform_yaw = 0.5;
  CHECK_THROWS_WITH_AS(studio.run(), doctest::Contains("extract"), Error);
}

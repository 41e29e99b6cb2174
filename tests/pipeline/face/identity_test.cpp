// SPDX-License-Identifier: MIT
#include "pipeline/face/identity.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/face/finder.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/model_folders.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::drawn_face;
using test::message_of;
using test::model_folders;
using test::Scratch;

namespace {

/// A descriptor at `x` on a line: distances are differences.
Descriptor at(float x) {
  Descriptor out{};
  out[5] = x;
  return out;
}

}  // namespace

TEST_CASE("distance is Euclid's") {
  Descriptor a{};
  Descriptor b{};
  a[0] = 3;
  b[127] = 4;
  CHECK(distance(a, b) == 5);
  CHECK(distance(a, a) == 0);
}

TEST_CASE("with wanted references alone the mean distance decides, the threshold included") {
  const References references{.wanted = {at(0), at(1)}};
  CHECK(judge(at(0.5F), references, 0.5).keep);
  CHECK(judge(at(0.5F), references, 0.5).distance == 0.5);
  CHECK(!judge(at(0.5F), references, 0.4999).keep);
  CHECK(!judge(at(2), references, 0.6).keep);
}

TEST_CASE("mean and least distance must both be nearer to the wanted ones") {
  // Mean 0.5 against 0.65, least 0.5 against 0.6.
  CHECK(judge(at(0), {{at(0.5F)}, {at(0.6F), at(0.7F)}}, 0.6).keep);
  // Least is worse: 0.5 against 0.1, though the mean is better (0.5 against 0.55).
  CHECK(!judge(at(0), {{at(0.5F)}, {at(0.1F), at(1)}}, 0.6).keep);
  // Mean is worse: 0.5 against 0.4, though the least is better.
  CHECK(!judge(at(0), {{at(0.1F), at(0.9F)}, {at(0.4F)}}, 0.6).keep);
}

TEST_CASE("of the nearest references half must be wanted") {
  // k = min(5, 3 + 1) = 4: one wanted at 0.1, unwanted at 0.2 three times, the other wanted far:
  // mean to wanted (0.1 + 0.3 + 0.3) / 3 = 0.233, to unwanted 0.25.
  const References outvoted{.wanted = {at(0.1F), at(0.3F), at(0.3F)},
                            .unwanted = {at(0.2F), at(0.2F), at(0.2F), at(0.4F)}};
  CHECK(!judge(at(0), outvoted, 0.6).keep);
  const References even{.wanted = {at(0.1F), at(0.15F), at(0.3F)},
                        .unwanted = {at(0.2F), at(0.2F), at(0.2F), at(0.4F)}};
  CHECK(judge(at(0), even, 0.6).keep);
}

TEST_CASE("with unwanted references alone a face near them is kept out") {
  CHECK(!judge(at(0), {{}, {at(0.5F)}}, 0.6).keep);
  CHECK(judge(at(0), {{}, {at(0.7F)}}, 0.6).keep);
  CHECK_THROWS_AS(judge(at(0), {}, 0.6), Error);
}

TEST_CASE("without its model file the filter says so, and that all else works") {
  if (locate_model(kDescriptorNet, {})) return;  // a system folder has it
  const Scratch scratch;
  const std::string why = message_of([&] { Describer({scratch.path()}); });
  CHECK(contains(why, "dlib_face_recognition_resnet_model_v1.dat: not found"));
  CHECK(contains(why, "without wanted and unwanted references all else works"));
}

TEST_CASE("drawn actors are told apart, and bad references are reported" *
          doctest::description("needs the descriptor model file; passes over it where it is not")) {
  if (!locate_model(kDescriptorNet, model_folders())) {
    MESSAGE("skipped: no ", kDescriptorNet);
    return;
  }
  const Scratch scratch;
  write_image(scratch / "a.png", drawn_face({}, "a"));
  write_image(scratch / "refs/b.png", drawn_face({}, "b"));
  write_image(scratch / "refs/none.png", cv::Mat(200, 200, CV_8UC3, cv::Scalar::all(99)));
  FinderOptions options;
  options.models = model_folders();
  options.filter = {.wanted = {scratch / "a.png"}, .unwanted = {scratch / "refs"}};
  Finder finder(options);
  REQUIRE(finder.warnings().size() == 1);
  CHECK(contains(finder.warnings()[0], "none.png: no face found in this reference of 200x200"));
  const auto a = finder.find({.name = "a", .pixels = drawn_face({.yaw = 0.15F}, "a")});
  const auto b = finder.find({.name = "b", .pixels = drawn_face({.yaw = 0.15F}, "b")});
  CHECK(a.faces.size() == 1);
  CHECK(a.faces.at(0).distance.value() < 0.6);
  CHECK(b.faces.empty());
  REQUIRE(b.rejected.size() == 1);
  CHECK(b.rejected[0].distance.value() > a.faces.at(0).distance.value());
  CHECK(finder.seconds().filter > 0);
  // As the article's program, the face is looked for once more, in its own box with blue and red
  // exchanged.
  options.reference = true;
  const cv::Mat frame = drawn_face({.yaw = 0.15F}, "a");
  const auto reference = Finder(options).find({.name = "a", .pixels = frame});
  const auto again = make_detector({.upsample = 1, .max_side = 0, .swap_channels = true});
  const bool found = !again->find(frame(a.faces.at(0).box)).empty();
  CHECK(reference.faces.size() + reference.rejected.size() == 1);
  if (found) CHECK(reference.faces.at(0).distance.value() != a.faces.at(0).distance.value());
  if (!found) CHECK(reference.rejected.at(0).distance == kNoFaceDistance);
  options.filter = {.wanted = {scratch / "refs/none.png"}};
  CHECK(contains(message_of([&] { Finder{options}; }), "none of the 1 wanted reference images"));
}

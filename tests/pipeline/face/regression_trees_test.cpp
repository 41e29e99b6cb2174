// SPDX-License-Identifier: MIT
#include "pipeline/face/regression_trees.h"

#include <cmath>
#include <limits>
#include <sstream>

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/dlib_box.h"
#include "pipeline/face/dlib_reader.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::drawn_face;
using test::message_of;

namespace {

/// A predictor of few trees, as dlib writes it: 3 points, 2 stages, trees of depth 2.
dlib::shape_predictor small_predictor(float leaf) {
  using Shape = dlib::matrix<float, 0, 1>;
  constexpr long kFloats = 6, kTrees = 7, kSplits = 3, kPixels = 5;
  Shape mean(kFloats);
  for (long i = 0; i < kFloats; ++i) mean(i) = 0.1F + 0.13F * static_cast<float>(i * i % 7);
  std::vector<std::vector<dlib::impl::regression_tree>> forests(2);
  std::vector<std::vector<dlib::vector<float, 2>>> pixels(2);
  for (std::size_t stage = 0; stage < forests.size(); ++stage) {
    for (long i = 0; i < kPixels; ++i)
      pixels[stage].emplace_back(0.2F * static_cast<float>(i),
                                 0.9F - 0.15F * static_cast<float>(i));
    for (long t = 0; t < kTrees; ++t) {
      dlib::impl::regression_tree tree;
      for (long s = 0; s < kSplits; ++s)
        tree.splits.push_back({static_cast<unsigned long>((s + t) % kPixels),
                               static_cast<unsigned long>((s + 2 * t + 1) % kPixels),
                               3.5F * static_cast<float>(t - s)});
      for (long l = 0; l <= kSplits; ++l) {
        Shape shape(kFloats);
        for (long i = 0; i < kFloats; ++i)
          shape(i) = leaf * static_cast<float>((i + 3 * l + 5 * t) % 11 - 5);
        tree.leaf_values.push_back(shape);
      }
      forests[stage].push_back(tree);
    }
  }
  return {mean, forests, pixels};
}

std::string serialized(const dlib::shape_predictor& predictor) {
  std::ostringstream out;
  dlib::serialize(predictor, out);
  return out.str();
}

}  // namespace

TEST_CASE("regression trees predict what dlib predicts, inside a frame and beyond its border") {
  const test::Scratch scratch;
  const dlib::shape_predictor wanted = small_predictor(0.01F);
  write_text(scratch / "small.dat", serialized(wanted));
  const RegressionTrees trees(scratch / "small.dat");
  CHECK(trees.points() == 3);
  const cv::Mat frame = drawn_face();
  for (int i = 0; i < 40; ++i) {
    const cv::Rect box(7 * i - 60, 5 * i - 40, 60 + 2 * i, 60 + 2 * i);
    const auto points = trees.predict(frame, box);
    const auto expected = wanted(dlib::cv_image<dlib::bgr_pixel>(frame), dlib_box(box));
    REQUIRE(points.size() == expected.num_parts());
    for (unsigned long k = 0; k < points.size(); ++k)
      CHECK(points[k] == cv::Point2f(static_cast<float>(expected.part(k).x()),
                                     static_cast<float>(expected.part(k).y())));
  }
}

TEST_CASE("a file of trees that is cut off, of another version or no such file is refused") {
  const test::Scratch scratch;
  const std::string whole = serialized(small_predictor(0.01F));
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    write_text(scratch / "cut.dat", whole.substr(0, bytes));
    CHECK(contains(message_of([&] { RegressionTrees(scratch / "cut.dat"); }), "cut.dat"));
  }
  std::string other = whole;
  other[1] = 2;  // the first number
  write_text(scratch / "other.dat", other);
  CHECK(contains(message_of([&] { RegressionTrees(scratch / "other.dat"); }), "version 2"));
}

TEST_CASE("numbers of dlib's are read as dlib reads them, to the last byte") {
  std::ostringstream out;
  const std::vector<std::int64_t> integers{0,
                                           1,
                                           -1,
                                           255,
                                           -256,
                                           65536,
                                           -(std::int64_t{1} << 40),
                                           std::numeric_limits<std::int64_t>::max()};
  const std::vector<float> reals{0,
                                 1,
                                 -0.1F,
                                 3e-39F,
                                 1e38F,
                                 -std::numeric_limits<float>::denorm_min(),
                                 std::numeric_limits<float>::infinity(),
                                 -std::numeric_limits<float>::infinity()};
  for (const std::int64_t one : integers) dlib::serialize(one, out);
  for (const float one : reals) dlib::serialize(one, out);
  dlib::serialize(std::numeric_limits<float>::quiet_NaN(), out);
  const test::Scratch scratch;
  write_text(scratch / "numbers.dat", out.str());
  DlibReader from(scratch / "numbers.dat");
  for (const std::int64_t one : integers) CHECK(from.integer() == one);
  for (const float one : reals) CHECK(from.real() == one);
  CHECK(std::isnan(from.real()));
  CHECK(contains(message_of([&] { from.integer(); }), "numbers.dat"));
  CHECK(contains(message_of([&] { DlibReader(scratch / "none.dat"); }), "none.dat"));
}

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "engine/safetensors.h"
#include "pipeline/compose/converter.h"
#include "pipeline/face/align.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/drawn_bytes.h"

// Against numpy and OpenCV: tests/golden/pictures/make.py says how each image came about.
using namespace cameo;
using namespace cameo::test;

namespace {

std::vector<double> doubles(const SafetensorsFile& file, const std::string& name) {
  const auto& entry = file.entry(name);
  std::vector<double> numbers((entry.end - entry.begin) / sizeof(double));
  file.read(name, "F64", std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

std::vector<Landmarks> landmarks_in(const SafetensorsFile& file) {
  const std::vector<double> numbers = doubles(file, "landmarks");
  std::vector<Landmarks> sets(numbers.size() / 136, Landmarks(kIbug68));
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    sets.at(i / 136).at(i % 136 / 2) = {static_cast<float>(numbers[i]),
                                        static_cast<float>(numbers[i + 1])};
  }
  return sets;
}

SafetensorsFile golden(const std::string& name) {
  return SafetensorsFile(std::string(CAMEO_GOLDEN "/pictures/") + name + ".safetensors");
}

/// What stands in for a network there: mirrored, the channels in turn.
FakeSwapper turning_swapper() {
  return FakeSwapper([](const cv::Mat& x) {
    cv::Mat drawn;
    cv::flip(x, drawn, 1);
    for (int y = 0; y < drawn.rows; ++y) {
      for (int column = 0; column < drawn.cols; ++column) {
        auto& v = drawn.at<cv::Vec3f>(y, column);
        v = cv::Vec3f(v[1], v[2], v[0]) * 0.75F + cv::Vec3f::all(0.0437F);
      }
    }
    return drawn;
  });
}

/// The frame and faces that the goldens were made from.
struct Scene {
  SafetensorsFile file = golden("convert");
  cv::Mat frame = cv::Mat(96, 112, CV_8UC3);
  std::vector<Face> faces;
  Scene() {
    const auto bytes = drawn_bytes(frame.cols, frame.rows);
    std::copy(bytes.begin(), bytes.end(), frame.data);
    const auto landmarks = landmarks_in(file);
    const auto boxes = doubles(file, "boxes");
    for (std::size_t i = 0; i < landmarks.size(); ++i) {
      const auto at = [&](std::size_t k) { return cvRound(boxes.at(4 * i + k)); };
      faces.push_back({.box = {at(0), at(1), at(2), at(3)}, .landmarks = landmarks[i]});
    }
  }

  /// The whole frame as the golden program left it.
  cv::Mat wanted(const std::string& name) const {
    const auto place = doubles(file, name + ".place");
    const auto& shape = file.entry(name).shape;
    cv::Mat part(static_cast<int>(shape[0]), static_cast<int>(shape[1]), CV_8UC3);
    file.read(name, "U8", std::as_writable_bytes(std::span(part.data, 3 * part.total())));
    cv::Mat all = frame.clone();
    part.copyTo(all(cv::Rect({cvRound(place[0]), cvRound(place[1])}, part.size())));
    return all;
  }
};

/// Channel values that differ at all.
int different(const cv::Mat& ours, const cv::Mat& theirs) {
  return cv::countNonZero(ours.reshape(1) != theirs.reshape(1));
}

/// A golden image, and how a converter makes it of so many of the scene's faces.
template <class Options>
struct Case {
  std::string name;
  Options options;
  std::size_t faces = 1;
};

}  // namespace

TEST_CASE("the alignment matrix is that of singular values, to the last digits") {
  const SafetensorsFile file = golden("align");
  const std::vector<Landmarks> sets = landmarks_in(file);
  const std::vector<double> wanted = doubles(file, "matrix");
  REQUIRE(sets.size() == 6);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const Transform ours = align_unit(sets[i]);
    for (int k = 0; k < 6; ++k) {
      // A turned or a far face's shift is a difference of large numbers.
      CHECK(ours.val[k] ==
            doctest::Approx(wanted[6 * i + static_cast<std::size_t>(k)]).epsilon(1e-13));
    }
  }
}

TEST_CASE("masked, reference: the frames of numpy and OpenCV") {
  const Scene scene;
  const MaskOptions article = article_mask();
  const std::vector<Case<ComposeOptions>> cases{
      {"masked", {.mask = article}},
      {"masked_two", {.mask = article}, 2},
      {"masked_rect", {.mask = {.kind = MaskKind::Rect, .erosion = 5, .feather = 0}}},
      {"masked_hull",
       {.mask = {.kind = MaskKind::FaceHull, .erosion = -4, .blur = 5, .feather = 0}}},
      {"masked_seamless", {.mask = article, .seamless = true}}};
  for (const auto& c : cases) {
    FakeSwapper network = turning_swapper();
    auto options = c.options;
    options.reference = true;
    cv::Mat frame = scene.frame.clone();
    convert_masked(frame, std::span(scene.faces).first(c.faces), network, options);
    CAPTURE(c.name);
    CHECK(different(frame, scene.wanted(c.name)) == 0);
  }
}

TEST_CASE("adjust, reference: the frames of numpy and OpenCV") {
  const Scene scene;
  const std::vector<Case<ComposeOptions>> cases{
      {"adjust", {}},
      {"adjust_two", {}, 2},
      {"adjust_plain", {.color = ColorMatch::None, .smooth_mask = false}}};
  for (const auto& c : cases) {
    FakeSwapper network = turning_swapper();
    auto options = c.options;
    options.reference = true;
    cv::Mat frame = scene.frame.clone();
    convert_adjust(frame, std::span(scene.faces).first(c.faces), network, options);
    CAPTURE(c.name);
    CHECK(different(frame, scene.wanted(c.name)) == 0);
  }
}

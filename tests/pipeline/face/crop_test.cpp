// SPDX-License-Identifier: MIT
#include "pipeline/face/crop.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop_files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::Scratch;

namespace {

/// Each pixel tells its place: blue is x / 2, green is y / 2.
cv::Mat map_of_places() {
  cv::Mat frame(400, 500, CV_8UC3);
  for (int y = 0; y < frame.rows; ++y)
    for (int x = 0; x < frame.cols; ++x)
      frame.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<uchar>(x / 2), cv::saturate_cast<uchar>(y / 2), 255);
  return frame;
}

Landmarks mean_face_at(double scale, double x, double y) {
  Landmarks landmarks(kIbug68);
  for (std::size_t i = 0; i < mean_face().size(); ++i)
    landmarks.at(17 + i) = {static_cast<float>(x + scale * mean_face()[i].x),
                            static_cast<float>(y + scale * mean_face()[i].y)};
  return landmarks;
}

std::vector<unsigned char> bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("a face is cut out of a frame wider than OpenCV warps from") {
  const cv::Mat small = map_of_places();
  cv::Mat wide(small.rows, 40000, CV_8UC3, cv::Scalar::all(0));
  small.copyTo(wide(cv::Rect(35000, 0, small.cols, small.rows)));
  const cv::Mat face = crop_aligned(wide, mean_face_at(160, 35150, 120));
  CHECK(cv::norm(face, crop_aligned(small, mean_face_at(160, 150, 120)), cv::NORM_INF) <= 1);
  CHECK(cv::countNonZero(crop_aligned(wide, mean_face_at(160, -900, 120)).reshape(1)) == 0);
}

TEST_CASE("an aligned face shows the unit square with 48 pixels of 256 around it") {
  CHECK(aligned_padding(256) == 48);
  CHECK(aligned_padding(64) == 12);
  const Landmarks landmarks = mean_face_at(160, 150, 120);
  for (const int size : {256, 128}) {
    const cv::Mat face = crop_aligned(map_of_places(), landmarks, size);
    REQUIRE(face.size() == cv::Size(size, size));
    const double k = size / 256.0;
    // Frame = unit * 160 + (150, 120) and aligned = (48 + 160 unit) * k, hence frame = aligned / k
    // + (102, 72).
    for (const cv::Point p : {cv::Point(0, 0), cv::Point(60, 30), cv::Point(127, 100)}) {
      const auto& pixel = face.at<cv::Vec3b>(p);
      CHECK(std::abs(pixel[0] - (p.x / k + 102) / 2) <= 1);
      CHECK(std::abs(pixel[1] - (p.y / k + 72) / 2) <= 1);
      CHECK(pixel[2] == 255);
    }
  }
}

TEST_CASE("where the frame ends, an aligned face repeats the frame's edge") {
  const cv::Mat face = crop_aligned(map_of_places(), mean_face_at(160, 10, 120));
  CHECK(face.at<cv::Vec3b>(100, 10) == face.at<cv::Vec3b>(100, 20));
  CHECK(face.at<cv::Vec3b>(100, 10)[0] == 0);  // the frame's column 0
  CHECK(face.at<cv::Vec3b>(100, 10)[2] == 255);
  CHECK(face.at<cv::Vec3b>(100, 100)[2] == 255);
}

TEST_CASE("a box is resized to a square, its aspect ratio given up") {
  const cv::Rect box(40, 60, 128, 64);
  const cv::Mat face = crop_box(map_of_places(), box, 256);
  REQUIRE(face.size() == cv::Size(256, 256));
  // Bilinear with half-pixel centres: box pixel = (p + 0.5) * side / 256 - 0.5.
  const auto& pixel = face.at<cv::Vec3b>(200, 100);
  CHECK(std::abs(pixel[0] - (40 + 100.5 / 2 - 0.5) / 2) <= 1);
  CHECK(std::abs(pixel[1] - (60 + 200.5 / 4 - 0.5) / 2) <= 1);
  CHECK_THROWS_AS(crop_box(map_of_places(), {490, 0, 20, 20}), Error);
  CHECK_THROWS_AS(crop_box(map_of_places(), {}), Error);
}

TEST_CASE("landmarks lie in an extracted face where its pixels show them") {
  Landmarks landmarks = mean_face_at(160, 150, 120);
  landmarks[8] = {230, 300};
  for (const int size : {256, 128}) {
    const cv::Mat face = crop_aligned(map_of_places(), landmarks, size);
    const auto at = landmarks_aligned(landmarks, size);
    REQUIRE(at);
    for (const std::size_t i : {8, 17, 33, 54}) {
      const cv::Point pixel(cvRound(at->at(i).x * size - 0.5), cvRound(at->at(i).y * size - 0.5));
      // A pixel shows half its place in the frame, and is off by half of itself at most.
      CHECK(std::abs(face.at<cv::Vec3b>(pixel)[0] - landmarks[i].x / 2) <= 1);
      CHECK(std::abs(face.at<cv::Vec3b>(pixel)[1] - landmarks[i].y / 2) <= 1);
    }
  }
  const cv::Rect box(140, 100, 192, 240);
  const cv::Mat face = crop_box(map_of_places(), box, 256);
  const auto at = landmarks_in_box(landmarks, box);
  REQUIRE(at);
  for (const std::size_t i : {8, 17, 33, 54}) {
    const cv::Point pixel(cvRound(at->at(i).x * 256 - 0.5), cvRound(at->at(i).y * 256 - 0.5));
    CHECK(std::abs(face.at<cv::Vec3b>(pixel)[0] - landmarks[i].x / 2) <= 1);
    CHECK(std::abs(face.at<cv::Vec3b>(pixel)[1] - landmarks[i].y / 2) <= 1);
  }
  CHECK(!landmarks_in_box(Landmarks(5), box));
  CHECK(!landmarks_aligned({}, 256));
}

TEST_CASE("faces of two inputs with one name do not replace each other") {
  const Scratch scratch;
  const std::vector<std::vector<unsigned char>> first = {bytes("one"), bytes("two")};
  const std::vector<std::vector<unsigned char>> second = {bytes("three")};
  const std::vector<std::vector<unsigned char>> third = {bytes("new")};
  CropFiles files(scratch.path());
  CHECK(files.write("f", first) == std::vector<std::string>{"f_0.png", "f_1.png"});
  CHECK(files.write("f", second) == std::vector<std::string>{"f-2_0.png"});
  CHECK(read_bytes(scratch / "f_0.png") == first[0]);
  CHECK(read_bytes(scratch / "f-2_0.png") == second[0]);
  CHECK(files.write("g", {}).empty());
  SUBCASE("nor does another run replace what differs") {
    CropFiles later(scratch.path());
    CHECK(later.write("f", second) == std::vector<std::string>{"f-2_0.png"});
    CHECK(later.write("f", first) == std::vector<std::string>{"f_0.png", "f_1.png"});
    CHECK(later.write("f", third) == std::vector<std::string>{"f-3_0.png"});
  }
  SUBCASE("unless it is told which, and then still not what it wrote itself") {
    CropFiles later(scratch.path());
    later.replace("f_0.png");
    CHECK(later.write("f", second) == std::vector<std::string>{"f_0.png"});
    CHECK(later.write("f", first) == std::vector<std::string>{"f-3_0.png", "f-3_1.png"});
    CHECK(read_bytes(scratch / "f_0.png") == second[0]);
    CHECK(read_bytes(scratch / "f-2_0.png") == second[0]);
  }
}

// SPDX-License-Identifier: MIT
#include "pipeline/measure/sheet.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

TEST_CASE("a sheet shows each image whole, in its cell, under the titles") {
  const std::vector<std::string> titles{"A", "a title far too long for its narrow column"};
  const cv::Mat wide(50, 100, CV_8UC3, cv::Scalar(255, 0, 0));
  const cv::Mat tall(100, 50, CV_8UC3, cv::Scalar(0, 0, 255));
  const std::vector<std::vector<cv::Mat>> rows{{wide, tall}, {cv::Mat(), wide}};
  const cv::Mat sheet = contact_sheet(titles, rows, {.cell = 40, .gap = 4});
  REQUIRE(sheet.size() == cv::Size(2 * 44 + 4, 2 * 44 + 4 + 26));
  const auto at = [&](int x, int y) { return sheet.at<cv::Vec3b>(26 + y, x); };
  const cv::Vec3b white(255, 255, 255);
  CHECK(at(24, 24) == cv::Vec3b(255, 0, 0));
  CHECK(at(24, 8) == white);
  CHECK(at(68, 6) == cv::Vec3b(0, 0, 255));
  CHECK(at(50, 24) == white);
  CHECK(at(24, 68) == white);
  CHECK(at(68, 68) == cv::Vec3b(255, 0, 0));
}

TEST_CASE("a sheet refuses a row that does not fit its titles") {
  const std::vector<std::string> titles{"A", "B"};
  const std::vector<std::vector<cv::Mat>> rows{{cv::Mat()}};
  CHECK_THROWS_AS(contact_sheet(titles, rows), Error);
  CHECK_THROWS_AS(contact_sheet(titles, {}), Error);
}

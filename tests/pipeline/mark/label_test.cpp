// SPDX-License-Identifier: MIT
#include "pipeline/mark/label.h"

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// The rectangle of changed pixels.
cv::Rect changed(const cv::Mat& before, const cv::Mat& after) {
  cv::Mat difference, any;
  cv::absdiff(before, after, difference);
  difference.reshape(1).convertTo(difference, CV_32F);
  cv::Mat grey(before.size(), CV_8U, cv::Scalar(0));
  for (int y = 0; y < before.rows; ++y)
    for (int x = 0; x < before.cols; ++x)
      for (int c = 0; c < 3; ++c)
        if (difference.at<float>(y, 3 * x + c) > 0) grey.at<unsigned char>(y, x) = 255;
  int left = before.cols, top = before.rows, right = -1, bottom = -1;
  for (int y = 0; y < before.rows; ++y) {
    for (int x = 0; x < before.cols; ++x) {
      if (grey.at<unsigned char>(y, x) == 0) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  return {left, top, right + 1 - left, bottom + 1 - top};
}

}  // namespace

TEST_CASE("a label lies in the lower right corner, grows with the frame and leaves the rest") {
  for (const int depth : {CV_8U, CV_16U}) {
    const double grey = depth == CV_8U ? 128 : 32896;
    int last = 0;
    for (const cv::Size size : {cv::Size(320, 240), cv::Size(1920, 1080)}) {
      const cv::Mat before(size, CV_MAKETYPE(depth, 3), cv::Scalar::all(grey));
      cv::Mat after = before.clone();
      draw_label(after, "AI-generated face");
      const cv::Rect box = changed(before, after);
      CAPTURE(box.x);
      CAPTURE(box.y);
      CHECK(box.x > size.width / 3);
      CHECK(box.y > size.height * 4 / 5);
      CHECK(box.br().x < size.width);
      CHECK(box.br().y < size.height);
      CHECK(box.height > last);
      last = box.height;
      double least = 0, most = 0;
      cv::minMaxLoc(after(box).clone().reshape(1), &least, &most);
      CHECK(most > 1.9 * grey);   // white letters
      CHECK(least < 0.4 * grey);  // on a dark box
    }
  }
}

TEST_CASE("a label fits into narrow and tiny frames") {
  for (const cv::Size size :
       {cv::Size(60, 400), cv::Size(400, 30), cv::Size(1, 1), cv::Size(7, 3)}) {
    cv::Mat frame(size, CV_8UC3, cv::Scalar::all(128));
    draw_label(frame, "A label of many letters");
    CHECK(frame.size() == size);
  }
}

TEST_CASE("a label of other than printable ASCII is refused") {
  CHECK(contains(message_of([] { check_label(""); }), "1 to 60"));
  CHECK(contains(message_of([] { check_label("\xC3\xA9"); }), "ASCII"));
  CHECK(contains(message_of([] { check_label(std::string(61, 'a')); }), "1 to 60"));
}

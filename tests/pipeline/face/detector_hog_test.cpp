// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>
#include <doctest/doctest.h>

#include "pipeline/face/detector.h"
#include "pipeline/face/dlib_box.h"
#include "tests/support/drawn.h"

using namespace cameo;
using test::drawn_face;

TEST_CASE("the HOG detector finds what dlib's own finds, with the same scores") {
  cv::Mat frame(260, 413, CV_8UC3, cv::Scalar(90, 80, 70));
  drawn_face().copyTo(frame(cv::Rect(3, 41, 200, 200)));
  drawn_face({.size = 190, .yaw = 0.5F}, "b").copyTo(frame(cv::Rect(217, 7, 190, 190)));
  dlib::frontal_face_detector dlibs = dlib::get_frontal_face_detector();
  for (const double threshold : {0.0, -0.7}) {
    std::vector<dlib::rect_detection> wanted;
    dlibs(dlib::cv_image<dlib::bgr_pixel>(frame), wanted, threshold);
    const auto found = make_detector({.threshold = threshold})->find(frame);
    REQUIRE(found.size() == wanted.size());
    REQUIRE(wanted.size() >= 2);
    for (const dlib::rect_detection& one : wanted) {
      const cv::Rect box = dlib_box(one.rect) & cv::Rect({0, 0}, frame.size());
      CHECK(std::any_of(found.begin(), found.end(), [&](const Detection& face) {
        return face.box == box && face.score == one.detection_confidence;
      }));
    }
  }
}

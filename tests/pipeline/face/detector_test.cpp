// SPDX-License-Identifier: MIT
#include "pipeline/face/detector.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/landmarks.h"
#include "tests/pipeline/model_folders.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::drawn_face;
using test::drawn_points;
using test::message_of;

namespace {

double overlap(const cv::Rect& a, const cv::Rect& b) {
  return static_cast<double>((a & b).area()) / ((a | b).area());
}

cv::Point2f mean_of(const Landmarks& points, std::size_t first, std::size_t last) {
  cv::Point2f sum;
  for (std::size_t i = first; i <= last; ++i) sum += points.at(i);
  return sum / static_cast<float>(last - first + 1);
}

}  // namespace

TEST_CASE("a detector is made by its name, and an unknown name is refused with those that are") {
  std::vector<std::string_view> names;
  for (const DetectorKind& kind : detectors()) {
    names.push_back(kind.name);
    CHECK(!kind.summary.empty());
  }
  CHECK(names == std::vector<std::string_view>{"hog", "cnn"});
  CHECK(contains(message_of([&] { make_detector({.name = "mtcnn"}); }),
                 "none is called 'mtcnn'; there are hog, cnn"));
}

TEST_CASE(
    "what any detector finds is clipped, filtered by size and put in order, in frame pixels") {
  // Boxes as a fraction of what it is shown.
  class Fixed final : public Detector {
   public:
    using Detector::Detector;
    explicit Fixed(const DetectorOptions& options) : Detector(options) {}
    cv::Size seen;

   private:
    std::vector<Detection> detect(const cv::Mat& image) override {
      seen = image.size();
      const int w = image.cols, h = image.rows;
      return {{{0, 0, w / 20, h / 20}, 9},
              {{w / 2, h / 2, w / 4, h / 4}, 1},
              {{w / 4, 0, w / 4, h / 4}, 2},
              {{3 * w / 4, 3 * h / 4, w, h}, 0}};
    }
  };
  const cv::Mat frame(400, 400, CV_8UC3, cv::Scalar::all(0));
  Fixed fixed({.upsample = 1, .max_side = 200, .min_size = 30});
  const auto faces = fixed.find(frame);
  CHECK(fixed.seen == cv::Size(400, 400));
  REQUIRE(faces.size() == 3);
  CHECK(faces[0].box == cv::Rect(100, 0, 100, 100));
  CHECK(faces[1].box == cv::Rect(200, 200, 100, 100));
  CHECK(faces[2].box == cv::Rect(300, 300, 100, 100));
}

TEST_CASE("with swapped channels a detector sees what another sees in the swapped frame") {
  const cv::Mat frame = drawn_face();
  cv::Mat other;
  cv::cvtColor(frame, other, cv::COLOR_BGR2RGB);
  const auto plain = make_detector(), swapped = make_detector({.swap_channels = true});
  const auto seen = swapped->find(frame), wanted = plain->find(other);
  REQUIRE(seen.size() == 1);
  REQUIRE(wanted.size() == 1);
  CHECK(seen[0].box == wanted[0].box);
  CHECK(seen[0].score == wanted[0].score);
}

TEST_CASE("a drawn face is found where it was drawn, the same way each time") {
  const cv::Mat frame = drawn_face();
  const auto points = drawn_points();
  const auto detector = make_detector();
  const auto faces = detector->find(frame);
  REQUIRE(faces.size() == 1);
  for (const auto& p : {points.left_eye, points.right_eye, points.nose_tip, points.left_mouth})
    CHECK(faces[0].box.contains(cv::Point(p)));
  const auto again = detector->find(frame);
  REQUIRE(again.size() == 1);
  CHECK(again[0].box == faces[0].box);
  CHECK(again[0].score == faces[0].score);
}

TEST_CASE("shrunk, doubled or neither: boxes are in pixels of the frame") {
  const cv::Mat frame = drawn_face({.size = 300});
  const auto plain = make_detector()->find(frame);
  const auto shrunk = make_detector({.max_side = 200})->find(frame);
  const auto doubled = make_detector({.upsample = 1})->find(frame);
  REQUIRE(plain.size() == 1);
  REQUIRE(shrunk.size() == 1);
  REQUIRE(doubled.size() == 1);
  CHECK(overlap(plain[0].box, shrunk[0].box) > 0.7);
  CHECK(overlap(plain[0].box, doubled[0].box) > 0.7);
}

TEST_CASE("a face too small for the detector is found when the frame is doubled") {
  cv::Mat small;
  cv::resize(drawn_face(), small, {90, 90}, 0, 0, cv::INTER_AREA);
  CHECK(make_detector()->find(small).empty());
  CHECK(make_detector({.upsample = 1})->find(small).size() == 1);
}

TEST_CASE("the largest face comes first, and small ones can be left out") {
  const cv::Mat one = drawn_face();
  cv::Mat two(300, 520, CV_8UC3, cv::Scalar(90, 80, 70));
  one.copyTo(two(cv::Rect(0, 50, 200, 200)));
  cv::Mat big;
  cv::resize(one, big, {300, 300});
  big.copyTo(two(cv::Rect(220, 0, 300, 300)));
  const auto faces = make_detector()->find(two);
  REQUIRE(faces.size() == 2);
  CHECK(faces[0].box.x > 220);
  CHECK(faces[0].box.area() > faces[1].box.area());
  const auto large = make_detector({.min_size = faces[1].box.width + 5})->find(two);
  REQUIRE(large.size() == 1);
  CHECK(large[0].box == faces[0].box);
}

TEST_CASE("boxes end where the frame ends") {
  const cv::Mat frame = drawn_face({.size = 300});
  const cv::Rect whole = make_detector()->find(frame).at(0).box;
  // Cut off the lower quarter of the box; the face is still one to the detector, if only just.
  const cv::Mat cut = frame.rowRange(0, whole.y + whole.height * 9 / 10).clone();
  const auto faces = make_detector({.threshold = -0.5})->find(cut);
  REQUIRE(!faces.empty());
  for (const auto& face : faces) CHECK((face.box & cv::Rect({0, 0}, cut.size())) == face.box);
}

TEST_CASE("where there is no face none is found, in frames of any size") {
  const auto detector = make_detector();
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 200), cv::Size(320, 240)})
    CHECK(detector->find(cv::Mat(size, CV_8UC3, cv::Scalar(60, 120, 180))).empty());
  CHECK_THROWS_AS(detector->find(cv::Mat(90, 90, CV_8UC1, cv::Scalar(0))), Error);
  CHECK_THROWS_AS(detector->find(cv::Mat()), Error);
  CHECK_THROWS_AS(make_detector({.upsample = -1}), Error);
}

TEST_CASE("no detector fails on pictures too small for a face") {
  const ModelFolders folders = test::model_folders();
  for (const DetectorKind& kind : detectors()) {
    CAPTURE(kind.name);
    if (kind.name == "cnn" && !locate_model(kCnnDetector, folders)) continue;
    const auto detector = make_detector({.name = std::string(kind.name)}, folders);
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(8, 8), cv::Size(39, 60), cv::Size(40, 40)})
      CHECK(detector->find(cv::Mat(size, CV_8UC3, cv::Scalar(60, 120, 180))).empty());
  }
}

TEST_CASE("the landmarks sit on eyes, nose, mouth and chin") {
  const auto predictor = landmarks_ibug68();
  CHECK(predictor->points() == kIbug68);
  const auto detector = make_detector();
  for (const auto& pose : {test::Pose{}, test::Pose{.yaw = 0.25F}, test::Pose{.smile = 0.8F}}) {
    CAPTURE(pose.yaw);
    const cv::Mat frame = drawn_face(pose);
    const auto known = drawn_points(pose);
    const auto faces = detector->find(frame);
    REQUIRE(faces.size() == 1);
    const Landmarks points = predictor->predict(frame, faces[0].box);
    const auto eyes = static_cast<float>(cv::norm(known.left_eye - known.right_eye));
    const auto off = [&](const cv::Point2f& found, const cv::Point2f& wanted) {
      return cv::norm(found - wanted) / eyes;
    };
    CHECK(off(mean_of(points, 36, 41), known.left_eye) < 0.12);
    CHECK(off(mean_of(points, 42, 47), known.right_eye) < 0.12);
    CHECK(off(points[30], known.nose_tip) < 0.25);
    CHECK(off(points[48], known.left_mouth) < 0.25);
    CHECK(off(points[54], known.right_mouth) < 0.25);
    CHECK(off(points[8], known.chin) < 0.4);
  }
  CHECK_THROWS_AS(predictor->predict(drawn_face(), {}), Error);
}

TEST_CASE("a detector without its model file says what is missing and how to get it") {
  const test::Scratch scratch;
  if (locate_model(kCnnDetector, {})) return;  // a system folder has it
  const std::string why = message_of([&] { make_detector({.name = "cnn"}, {scratch.path()}); });
  CHECK(contains(why, "mmod_human_face_detector.dat: not found"));
  CHECK(contains(why, scratch.path().string()));
  CHECK(contains(why, "weights/fetch.sh"));
}

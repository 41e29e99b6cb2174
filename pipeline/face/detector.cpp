// SPDX-License-Identifier: MIT
#include "pipeline/face/detector.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <dlib/dnn.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

// The layers of mmod_human_face_detector.dat, from the image up; the file fits no other type.
template <long Filters, int Stride, class Below>
using Conv5 = dlib::relu<dlib::affine<dlib::con<Filters, 5, 5, Stride, Stride, Below>>>;
template <class Below>
using Shrink8 = Conv5<32, 2, Conv5<32, 2, Conv5<16, 2, Below>>>;
template <class Below>
using Look = Conv5<45, 1, Conv5<45, 1, Conv5<45, 1, Below>>>;
using CnnNet = dlib::loss_mmod<
    dlib::con<1, 9, 9, 1, 1, Look<Shrink8<dlib::input_rgb_image_pyramid<dlib::pyramid_down<6>>>>>>;

struct Found {
  dlib::rectangle box;
  double score;
};

}  // namespace

struct Detector::State {
  DetectorOptions options;
  dlib::frontal_face_detector hog;
  CnnNet cnn;

  std::vector<Found> look(const cv::Mat& image);
};

// dlib's bgr_pixel names the channels of OpenCV's order, so nothing is converted for HOG.
std::vector<Found> Detector::State::look(const cv::Mat& image) {
  const dlib::cv_image<dlib::bgr_pixel> view(image);
  std::vector<Found> found;
  if (options.kind == DetectorKind::Hog) {
    std::vector<dlib::rect_detection> boxes;
    hog(view, boxes, options.threshold);
    for (const auto& box : boxes) found.push_back({box.rect, box.detection_confidence});
    return found;
  }
  dlib::matrix<dlib::rgb_pixel> rgb;
  dlib::assign_image(rgb, view);
  for (const dlib::mmod_rect& box : cnn.process(rgb, options.threshold))
    found.push_back({box.rect, box.detection_confidence});
  return found;
}

Detector::Detector(const DetectorOptions& options, const ModelFolders& folders)
    : state_(std::make_unique<State>()) {
  constexpr int kMostDoublings = 4;
  check(options.upsample >= 0 && options.upsample <= kMostDoublings, ErrorCode::Usage,
        "detector: upsample must be 0 to ", kMostDoublings, ", got ", options.upsample);
  check(options.max_side >= 0 && options.min_size >= 0, ErrorCode::Usage,
        "detector: longest side and least size must not be negative, got ", options.max_side,
        " and ", options.min_size);
  state_->options = options;
  if (options.kind == DetectorKind::Hog) {
    state_->hog = dlib::get_frontal_face_detector();
    return;
  }
  const auto file = find_model(kCnnDetector, folders);
  try {
    dlib::deserialize(file.string()) >> state_->cnn;
  } catch (const std::exception& e) {
    fail(ErrorCode::Format, file.string(), ": cannot be loaded: ", e.what());
  }
}

Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;

std::vector<Detection> Detector::find(const cv::Mat& frame) {
  check(frame.type() == CV_8UC3 && !frame.empty(), "detector: needs 8-bit BGR, got ", frame.cols,
        "x", frame.rows, " of type ", frame.type());
  const DetectorOptions& options = state_->options;
  const int longest = std::max(frame.cols, frame.rows);
  double scale = std::exp2(options.upsample);
  if (options.max_side > 0 && longest > options.max_side)
    scale *= static_cast<double>(options.max_side) / longest;
  cv::Mat image = frame;
  if (options.exchanged) cv::cvtColor(frame, image, cv::COLOR_BGR2RGB);
  if (scale != 1) {
    const cv::Size size(std::max(1, cvRound(frame.cols * scale)),
                        std::max(1, cvRound(frame.rows * scale)));
    cv::resize(image, image, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  }
  const double sx = static_cast<double>(image.cols) / frame.cols;
  const double sy = static_cast<double>(image.rows) / frame.rows;
  std::vector<Detection> faces;
  for (const Found& found : state_->look(image)) {
    const auto& box = found.box;  // its right and bottom belong to it
    const auto in_frame = [&](long x, long y) {
      return cv::Point(cvRound(static_cast<double>(x) / sx), cvRound(static_cast<double>(y) / sy));
    };
    const cv::Point first = in_frame(box.left(), box.top());
    const cv::Point past = in_frame(box.right() + 1, box.bottom() + 1);
    const cv::Rect clipped = cv::Rect(first, past) & cv::Rect({0, 0}, frame.size());
    if (!clipped.empty() && std::min(clipped.width, clipped.height) >= options.min_size)
      faces.push_back({clipped, found.score});
  }
  const auto rank = [](const Detection& d) {
    return std::tuple(-d.box.area(), -d.score, d.box.x, d.box.y);
  };
  std::sort(faces.begin(), faces.end(),
            [&](const Detection& a, const Detection& b) { return rank(a) < rank(b); });
  return faces;
}

}  // namespace cameo

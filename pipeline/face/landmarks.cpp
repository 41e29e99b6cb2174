// SPDX-License-Identifier: MIT
#include "pipeline/face/landmarks.h"

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>

#include "base/error.h"

namespace cameo {

struct Landmarker::State {
  dlib::shape_predictor predictor;
};

Landmarker::Landmarker(const ModelFolders& folders) : state_(std::make_unique<State>()) {
  const auto file = find_model(kLandmarks68, folders);
  try {
    dlib::deserialize(file.string()) >> state_->predictor;
  } catch (const std::exception& e) {
    fail(ErrorCode::Format, file.string(), ": cannot be loaded: ", e.what());
  }
}

Landmarker::~Landmarker() = default;
Landmarker::Landmarker(Landmarker&&) noexcept = default;
Landmarker& Landmarker::operator=(Landmarker&&) noexcept = default;

Landmarks Landmarker::find(const cv::Mat& frame, const cv::Rect& box) const {
  check(frame.type() == CV_8UC3 && !frame.empty(), "landmarks: needs 8-bit BGR, got ", frame.cols,
        "x", frame.rows, " of type ", frame.type());
  check(!box.empty(), "landmarks: empty box ", box.width, "x", box.height);
  const dlib::cv_image<dlib::bgr_pixel> view(frame);
  const dlib::rectangle place(box.x, box.y, box.x + box.width - 1, box.y + box.height - 1);
  const dlib::full_object_detection shape = state_->predictor(view, place);
  Landmarks points;
  check(shape.num_parts() == points.size(), ErrorCode::Format, "landmarks: the model yields ",
        shape.num_parts(), " points instead of ", points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const dlib::point& p = shape.part(i);
    points.at(i) = {static_cast<float>(p.x()), static_cast<float>(p.y())};
  }
  return points;
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>

#include "base/error.h"
#include "pipeline/face/blas.h"
#include "pipeline/face/dlib_box.h"
#include "pipeline/face/landmarks.h"

namespace cameo {
namespace {

class Ibug68 final : public LandmarkPredictor {
 public:
  explicit Ibug68(const std::filesystem::path& file) {
    try {
      dlib::deserialize(file.string()) >> predictor_;
    } catch (const std::exception& e) {
      fail(ErrorCode::Format, file.string(), ": cannot be loaded: ", e.what());
    }
    check(predictor_.num_parts() == kIbug68, ErrorCode::Format, file.string(), ": predicts ",
          predictor_.num_parts(), " points instead of ", kIbug68);
  }

  std::size_t points() const override { return kIbug68; }

  Landmarks predict(const cv::Mat& frame, const cv::Rect& box) const override {
    check(frame.type() == CV_8UC3 && !frame.empty(), "landmarks: needs 8-bit BGR, got ", frame.cols,
          "x", frame.rows, " of type ", frame.type());
    check(!box.empty(), "landmarks: empty box ", box.width, "x", box.height);
    const dlib::cv_image<dlib::bgr_pixel> view(frame);
    const BlasLock lock;
    const dlib::full_object_detection shape = predictor_(view, dlib_box(box));
    Landmarks points;
    points.reserve(kIbug68);
    for (unsigned long i = 0; i < shape.num_parts(); ++i) {
      const dlib::point& p = shape.part(i);
      points.emplace_back(static_cast<float>(p.x()), static_cast<float>(p.y()));
    }
    return points;
  }

 private:
  dlib::shape_predictor predictor_;
};

}  // namespace

std::unique_ptr<LandmarkPredictor> landmarks_ibug68(const ModelFolders& folders) {
  return std::make_unique<Ibug68>(find_model(kLandmarks68, folders));
}

}  // namespace cameo

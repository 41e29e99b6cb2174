// SPDX-License-Identifier: MIT
#include "pipeline/measure/nearest_face.h"

#include <limits>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace {

Landmarks aligned(const Landmarks& landmarks) {
  const Transform to_face = aligned_transform(landmarks);
  Landmarks moved(landmarks.size());
  for (std::size_t i = 0; i < moved.size(); ++i) {
    const cv::Vec2d p = to_face * cv::Vec3d(landmarks[i].x, landmarks[i].y, 1);
    moved[i] = cv::Point2f(static_cast<float>(p[0]), static_cast<float>(p[1]));
  }
  return moved;
}

/// Draws one given face whatever it reads, at the face's full detail.
class OneFace final : public Swapper {
 public:
  OneFace(const cv::Mat& face, int coverage)
      : side_(coverage), middle_(sample_face(face, {coverage, coverage}, 0)) {}
  int size() const override { return side_; }
  int coverage() const override { return side_; }
  int batch() const override { return 1; }
  void run(std::span<const float>, std::span<float> y, int) override {
    cv::Mat drawn(side_, side_, CV_32FC3, y.data());
    middle_.convertTo(drawn, CV_32F, 1.0 / 255);
  }

 private:
  int side_;
  cv::Mat middle_;
};

}  // namespace

TrainingFaces::TrainingFaces(const FacesFile& found, std::filesystem::path folder)
    : folder_(std::move(folder)) {
  for (const FrameFaces& frame : found.frames) {
    for (const Face& face : frame.faces) {
      const bool there = !face.crop.empty() && std::filesystem::exists(folder_ / face.crop);
      if (there && face.landmarks.size() == kIbug68)
        faces_.push_back({face.crop, aligned(face.landmarks)});
    }
  }
  check(!faces_.empty(), ErrorCode::Input, folder_.string(), ": holds none of the faces of ",
        found.source.empty() ? std::string("the faces file") : found.source);
}

cv::Mat TrainingFaces::read(std::size_t index) const {
  cv::Mat face = read_image(folder_ / faces_[index].crop);
  if (face.size() != cv::Size(kFaceSide, kFaceSide)) {
    cv::resize(face, face, {kFaceSide, kFaceSide}, 0, 0, cv::INTER_AREA);
  }
  return face;
}

Landmarks TrainingFaces::landmarks(std::size_t index) const {
  return faces_[index].aligned;
}

std::size_t TrainingFaces::nearest(const Landmarks& landmarks) const {
  const Landmarks wanted = aligned(landmarks);
  std::size_t best = 0;
  double least = std::numeric_limits<double>::max();
  for (std::size_t i = 0; i < faces_.size(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      const cv::Point2f d = faces_[i].aligned[k] - wanted[k];
      sum += d.dot(d);
    }
    if (sum >= least) continue;
    least = sum;
    best = i;
  }
  return best;
}

void paste_nearest(cv::Mat& frame, std::span<const Face> faces, const TrainingFaces& training,
                   const ComposeOptions& options, int coverage) {
  for (const Face& face : faces) {
    OneFace nearest(training.read(training.nearest(face.landmarks)), coverage);
    convert_masked(frame, {&face, 1}, nearest, options);
  }
}

}  // namespace cameo

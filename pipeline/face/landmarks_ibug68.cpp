// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "pipeline/face/blas.h"
#include "pipeline/face/landmarks.h"
#include "pipeline/face/regression_trees.h"

namespace cameo {
namespace {

class Ibug68 final : public LandmarkPredictor {
 public:
  explicit Ibug68(const std::filesystem::path& file) : trees_(file) {
    check(trees_.points() == kIbug68, ErrorCode::Format, file.string(), ": predicts ",
          trees_.points(), " points instead of ", kIbug68);
  }

  std::size_t points() const override { return kIbug68; }

  Landmarks predict(const cv::Mat& frame, const cv::Rect& box) const override {
    check(frame.type() == CV_8UC3 && !frame.empty(), "landmarks: needs 8-bit BGR, got ", frame.cols,
          "x", frame.rows, " of type ", frame.type());
    check(!box.empty(), "landmarks: empty box ", box.width, "x", box.height);
    const BlasLock lock;
    return trees_.predict(frame, box);
  }

 private:
  RegressionTrees trees_;
};

}  // namespace

std::unique_ptr<LandmarkPredictor> landmarks_ibug68(const ModelFolders& folders) {
  return std::make_unique<Ibug68>(find_model(kLandmarks68, folders));
}

}  // namespace cameo

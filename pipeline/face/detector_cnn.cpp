// SPDX-License-Identifier: MIT
#include <algorithm>

#include <dlib/dnn.h>
#include <dlib/opencv.h>

#include "base/error.h"
#include "pipeline/face/blas.h"
#include "pipeline/face/detector.h"
#include "pipeline/face/dlib_box.h"

namespace cameo {
namespace {

// The layers of mmod_human_face_detector.dat, from the image up; the file fits no other type.
template <long Filters, int Stride, class Below>
using Conv5 = dlib::relu<dlib::affine<dlib::con<Filters, 5, 5, Stride, Stride, Below>>>;
template <class Below>
using Downsample8 = Conv5<32, 2, Conv5<32, 2, Conv5<16, 2, Below>>>;
template <class Below>
using Trunk = Conv5<45, 1, Conv5<45, 1, Conv5<45, 1, Below>>>;
using Net = dlib::loss_mmod<dlib::con<
    1, 9, 9, 1, 1, Trunk<Downsample8<dlib::input_rgb_image_pyramid<dlib::pyramid_down<6>>>>>>;

/// The network's windows are 40 pixels or more a side; dlib's pyramid fails on far smaller images.
constexpr int kLeastSide = 40;

/// dlib's max-margin network: more poses than HOG, far slower on a CPU; needs kCnnDetector.
/// Source: King 2015, arXiv:1502.00046.
class CnnDetector final : public Detector {
 public:
  CnnDetector(const DetectorOptions& options, const ModelFolders& folders) : Detector(options) {
    const auto file = find_model(kCnnDetector, folders);
    try {
      dlib::deserialize(file.string()) >> net_;
    } catch (const std::exception& e) {
      fail(ErrorCode::Format, file.string(), ": cannot be loaded: ", e.what());
    }
  }

 private:
  std::vector<Detection> detect(const cv::Mat& image) override {
    std::vector<Detection> faces;
    if (std::min(image.cols, image.rows) < kLeastSide) return faces;
    dlib::matrix<dlib::rgb_pixel> rgb;
    dlib::assign_image(rgb, dlib::cv_image<dlib::bgr_pixel>(image));
    const BlasLock lock;
    for (const dlib::mmod_rect& found : net_.process(rgb, options().threshold))
      faces.push_back({dlib_box(found.rect), found.detection_confidence});
    return faces;
  }

  Net net_;
};

}  // namespace

DetectorKind detector_cnn() {
  return {
      "cnn", "slow, more poses",
      [](const DetectorOptions& options, const ModelFolders& folders) -> std::unique_ptr<Detector> {
        return std::make_unique<CnnDetector>(options, folders);
      }};
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>

#include "pipeline/face/detector.h"
#include "pipeline/face/dlib_box.h"

namespace cameo {
namespace {

/// dlib's five HOG filters: faces from 80 pixels, frontal to half profile.
/// Source: Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177.
class HogDetector final : public Detector {
 public:
  explicit HogDetector(const DetectorOptions& options) : Detector(options), hog_(unpacked()) {}

 private:
  // dlib's bgr_pixel names the channels of OpenCV's order, so nothing is converted.
  std::vector<Detection> detect(const cv::Mat& image) override {
    std::vector<dlib::rect_detection> boxes;
    hog_(dlib::cv_image<dlib::bgr_pixel>(image), boxes, options().threshold);
    std::vector<Detection> faces;
    faces.reserve(boxes.size());
    for (const auto& found : boxes)
      faces.push_back({dlib_box(found.rect), found.detection_confidence});
    return faces;
  }

  // Unpacking the filters takes longer than many searches: once for all workers.
  static const dlib::frontal_face_detector& unpacked() {
    static const dlib::frontal_face_detector hog = dlib::get_frontal_face_detector();
    return hog;
  }

  dlib::frontal_face_detector hog_;
};

}  // namespace

DetectorKind detector_hog() {
  return {"hog", "fast, frontal faces to half profile",
          [](const DetectorOptions& options, const ModelFolders&) -> std::unique_ptr<Detector> {
            return std::make_unique<HogDetector>(options);
          }};
}

}  // namespace cameo

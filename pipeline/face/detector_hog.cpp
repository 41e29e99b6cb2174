// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>
#include <vector>

#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>

#include "base/error.h"
#include "pipeline/face/detector.h"
#include "pipeline/face/dlib_box.h"
#include "pipeline/face/hog_filter.h"

namespace cameo {
namespace {

using dlib::rect_detection;
using Pyramid = dlib::pyramid_down<6>;
using Features = dlib::array<dlib::array2d<float>>;  // planes of one level

/// One of dlib's detectors: faces that look the same way.
struct View {
  double threshold = 0;
  std::vector<HogFilter> filters;
};

View view_of(const dlib::frontal_face_detector& packed, unsigned long at) {
  View view{.threshold = packed.get_w(at)(packed.get_scanner().get_num_dimensions())};
  const auto& bank = packed.get_processed_w(at).get_detect_argument();
  for (std::size_t plane = 0; plane < bank.row_filters.size(); ++plane) {
    for (std::size_t k = 0; k < bank.row_filters[plane].size(); ++k) {
      const auto& row = bank.row_filters[plane][k];
      const auto& column = bank.col_filters[plane][k];
      check(row.size() == kHogTaps && column.size() == kHogTaps, "hog: a filter of ", row.size(),
            " by ", column.size(), " cells");
      HogFilter filter{.plane = plane};
      std::copy_n(row.begin(), kHogTaps, filter.row.begin());
      std::copy_n(column.begin(), kHogTaps, filter.column.begin());
      view.filters.push_back(filter);
    }
  }
  return view;
}

/// dlib's frontal face detector taken apart.
struct Views {
  Views() {
    const dlib::frontal_face_detector packed = dlib::get_frontal_face_detector();
    overlap = packed.get_overlap_tester();
    scanner.copy_configuration(packed.get_scanner());
    for (unsigned long i = 0; i < packed.num_detectors(); ++i) views.push_back(view_of(packed, i));
  }
  std::vector<View> views;
  dlib::scan_fhog_pyramid<Pyramid> scanner;  // of the same settings
  dlib::test_box_overlap overlap;
};

/// dlib's five HOG filters: faces from 80 pixels, frontal to half profile. The boxes are those of
/// dlib::frontal_face_detector, which spends most of its time on filtering, with short vectors.
/// Source: Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177.
class HogDetector final : public Detector {
 public:
  explicit HogDetector(const DetectorOptions& options) : Detector(options) {}

 private:
  std::vector<Detection> detect(const cv::Mat& image) override;
  void scan(const Features& level, std::size_t at, std::size_t view,
            std::vector<rect_detection>& found);

  // Unpacking the filters takes longer than many searches: once for all workers.
  static const Views& all() {
    static const Views views;
    return views;
  }

  dlib::array<Features> features_;
  std::vector<float> row_sums_, responses_;
};

/// The places of a pyramid's level whose response reaches the threshold, as boxes in the image.
void HogDetector::scan(const Features& level, std::size_t at, std::size_t view,
                       std::vector<rect_detection>& found) {
  const View& filters = all().views[view];
  const long rows = level[0].nr(), columns = level[0].nc();
  const auto cells = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  row_sums_.resize(cells);
  responses_.assign(cells, 0);
  for (const HogFilter& filter : filters.filters)
    add_response(filter,
                 {.cells = &level[filter.plane][0][0],
                  .rows = rows,
                  .columns = columns,
                  .step = level[filter.plane].width_step() / static_cast<long>(sizeof(float))},
                 row_sums_, responses_);
  const auto& scanner = all().scanner;
  const auto width = scanner.get_fhog_window_width(), height = scanner.get_fhog_window_height();
  const auto rim = 2 * scanner.get_padding();
  constexpr long kBehind = kHogTaps - kHogMiddle - 1;
  const double least = filters.threshold + options().threshold;
  for (long y = kHogMiddle; y < rows - kBehind; ++y) {
    const float* const row = responses_.data() + y * columns;
    for (long x = kHogMiddle; x < columns - kBehind; ++x) {
      if (row[x] < least) continue;
      const dlib::rectangle box = scanner.get_feature_extractor().feats_to_image(
          dlib::centered_rect(dlib::point(x, y), width - rim, height - rim),
          static_cast<int>(scanner.get_cell_size()), static_cast<int>(height),
          static_cast<int>(width));
      found.push_back({row[x] - filters.threshold, view, Pyramid().rect_up(box, at)});
    }
  }
}

std::vector<Detection> HogDetector::detect(const cv::Mat& image) {
  const auto& scanner = all().scanner;
  // dlib's bgr_pixel names the channels of OpenCV's order, so nothing is converted.
  dlib::impl::create_fhog_pyramid<Pyramid>(
      dlib::cv_image<dlib::bgr_pixel>(image), scanner.get_feature_extractor(), features_,
      static_cast<int>(scanner.get_cell_size()), static_cast<int>(scanner.get_fhog_window_height()),
      static_cast<int>(scanner.get_fhog_window_width()), scanner.get_min_pyramid_layer_width(),
      scanner.get_min_pyramid_layer_height(), scanner.get_max_pyramid_levels());
  std::vector<rect_detection> found;
  for (std::size_t view = 0; view < all().views.size(); ++view)
    for (std::size_t level = 0; level < features_.size(); ++level)
      scan(features_[level], level, view, found);
  std::sort(found.rbegin(), found.rend());
  std::vector<rect_detection> best;  // of those that overlap
  std::vector<Detection> faces;
  for (const rect_detection& one : found) {
    const auto covers = [&](const rect_detection& other) {
      return all().overlap(other.rect, one.rect);
    };
    if (std::any_of(best.begin(), best.end(), covers)) continue;
    best.push_back(one);
    faces.push_back({dlib_box(one.rect), one.detection_confidence});
  }
  return faces;
}

}  // namespace

DetectorKind detector_hog() {
  return {"hog", "fast, frontal faces to half profile",
          [](const DetectorOptions& options, const ModelFolders&) -> std::unique_ptr<Detector> {
            return std::make_unique<HogDetector>(options);
          }};
}

}  // namespace cameo

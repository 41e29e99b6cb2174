// SPDX-License-Identifier: MIT
#include "pipeline/measure/evaluate.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/identity.h"
#include "pipeline/measure/nearest_face.h"
#include "pipeline/measure/quality.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// Images that stand for a person; more say nothing new and cost time.
constexpr std::size_t kReferences = 20;

/// Stem -> file, so that 7.jpg is compared with 7.png.
std::map<std::string, fs::path> by_stem(const fs::path& folder, const char* what) {
  check(!folder.empty(), ErrorCode::Usage, "evaluate: no folder of ", what, " given");
  std::map<std::string, fs::path> files;
  for (const fs::path& file : list_images(folder)) files[file.stem().string()] = file;
  return files;
}

cv::Mat read_as(const std::map<std::string, fs::path>& files, const std::string& stem,
                const char* what) {
  const auto at = files.find(stem);
  check(at != files.end(), ErrorCode::Input, stem, ": no ", what, " of that name");
  return read_image(at->second);
}

ImageMetrics likeness(const cv::Mat& image, const cv::Mat& truth, const cv::Mat& mask) {
  return {.psnr = psnr(image, truth, mask), .ssim = ssim(image, truth, mask)};
}

/// Not 0 inside the landmarks' hull, as far as the network's square goes.
cv::Mat drawn_region(cv::Size size, const std::vector<Face>& faces, int coverage) {
  cv::Mat region = cv::Mat::zeros(size, CV_8UC1);
  for (const Face& face : faces) {
    const PlacedSquare placed = place_square(face.landmarks, {coverage, coverage});
    const Mask part = make_mask(size, face.landmarks, placed, {.feather = 0});
    if (!part.where.empty()) region(part.where).setTo(255, part.weight > 0.5);
  }
  return region;
}

/// Tells how far a face is from both persons.
class IdentityGauge {
 public:
  explicit IdentityGauge(const ModelFolders& models) : describer_(models) {}

  void add_source(const cv::Mat& image, const Landmarks& landmarks) {
    source_.push_back(describer_.describe(image, landmarks));
  }
  void add_target(const cv::Mat& image, const Landmarks& landmarks) {
    target_.push_back(describer_.describe(image, landmarks));
  }
  bool ready() const { return !source_.empty() && !target_.empty(); }
  Identity measure(const cv::Mat& image, const Landmarks& landmarks) {
    const Descriptor face = describer_.describe(image, landmarks);
    return {.to_source = mean_distance(face, source_), .to_target = mean_distance(face, target_)};
  }

 private:
  Describer describer_;
  std::vector<Descriptor> source_;
  std::vector<Descriptor> target_;
};

class Evaluation {
 public:
  explicit Evaluation(const EvaluateOptions& options)
      : options_(options),
        swapped_(by_stem(options.swapped, "swapped frames")),
        truth_(by_stem(options.truth, "exact swaps")),
        original_(by_stem(options.original, "original frames")) {
    if (!options.masks.empty()) masks_ = by_stem(options.masks, "masks");
    report_.region = options.masks.empty() ? Region::Drawn : options.region;
    read_faces_of_target();
    if (options.source_faces.empty()) {
      report_.notes.emplace_back("no faces of the source given: nothing is pasted, no identity");
      return;
    }
    training_.emplace(read_faces(options.source_faces), options.source_crops);
    try {
      prepare_identity();
    } catch (const Error& e) {
      gauge_.reset();
      report_.notes.push_back(e.what() + std::string(": no identity"));
    }
  }

  EvaluateReport run(const EvaluateProgress& progress) {
    const auto count = static_cast<std::int64_t>(swapped_.size());
    std::int64_t done = 0;
    for (const auto& [stem, file] : swapped_) {
      try {
        report_.frames.push_back(compare(stem, read_image(file)));
      } catch (const Error& e) {
        report_.failed.emplace_back(e.what());
      }
      if (progress && !progress(++done, count)) break;
    }
    check(!report_.frames.empty(), ErrorCode::Input, "evaluate: no frame of ",
          options_.swapped.string(), " could be compared",
          report_.failed.empty() ? std::string() : "; the first: " + report_.failed.front());
    average();
    return std::move(report_);
  }

 private:
  void read_faces_of_target() {
    const fs::path file =
        options_.original_faces.empty() ? faces_path(options_.original) : options_.original_faces;
    if (options_.original_faces.empty() && !fs::exists(file)) {
      report_.notes.push_back("no " + file.string() + ": nothing is pasted, no identity");
      return;
    }
    for (const FrameFaces& frame : read_faces(file).frames) {
      faces_[fs::path(frame.name).stem().string()] = frame.faces;
    }
  }

  void prepare_identity() {
    if (!locate_model(kDescriptorNet, options_.models)) {
      report_.notes.push_back("no " + std::string(kDescriptorNet) + ": no identity");
      return;
    }
    gauge_.emplace(options_.models);
    const std::size_t step = std::max<std::size_t>(1, training_->size() / kReferences);
    for (std::size_t i = 0; i < training_->size(); i += step) {
      gauge_->add_source(training_->read(i), training_->landmarks(i));
    }
    const std::size_t stride = std::max<std::size_t>(1, faces_.size() / kReferences);
    std::size_t at = 0;
    for (const auto& [stem, faces] : faces_) {
      const bool chosen = at++ % stride == 0 && !faces.empty() && original_.count(stem) > 0;
      if (chosen) gauge_->add_target(read_image(original_.at(stem)), faces.front().landmarks);
    }
    if (!gauge_->ready()) gauge_.reset();
  }

  cv::Mat region_of(const std::string& stem, cv::Size size, const std::vector<Face>& faces) const {
    cv::Mat region(size, CV_8UC1, cv::Scalar(255));
    if (!options_.masks.empty()) cv::extractChannel(read_as(masks_, stem, "mask"), region, 1);
    if (report_.region == Region::Face) return region;
    check(!faces.empty(), ErrorCode::Input, stem, ": no face known, so no region that is drawn");
    check(region.size() == size, ErrorCode::Input, stem, ": mask of ", region.cols, "x",
          region.rows, " for a frame of ", size.width, "x", size.height);
    return region & drawn_region(size, faces, options_.coverage);
  }

  EvaluateRow compare(const std::string& stem, const cv::Mat& swap) {
    const cv::Mat truth = read_as(truth_, stem, "exact swap");
    const cv::Mat original = read_as(original_, stem, "original frame");
    const auto at = faces_.find(stem);
    const std::vector<Face> faces = at == faces_.end() ? std::vector<Face>() : at->second;
    const cv::Mat mask = region_of(stem, swap.size(), faces);
    EvaluateRow row{.name = stem,
                    .swap = likeness(swap, truth, mask),
                    .unchanged = likeness(original, truth, mask)};
    if (faces.empty() || !training_) return row;
    cv::Mat pasted = original.clone();
    paste_nearest(pasted, faces, *training_, options_.compose, options_.coverage);
    row.pasted = likeness(pasted, truth, mask);
    if (!gauge_) return row;
    // The landmarks are the target's in both: a swap keeps pose and expression.
    row.identity = gauge_->measure(swap, faces.front().landmarks);
    row.identity_unchanged = gauge_->measure(original, faces.front().landmarks);
    return row;
  }

  void average() {
    const auto mean_of = [&](auto part, auto member) -> std::optional<double> {
      double sum = 0;
      std::int64_t count = 0;
      for (const EvaluateRow& row : report_.frames) {
        if (const auto* value = part(row); value != nullptr) {
          sum += (*value).*member;
          ++count;
        }
      }
      if (count == 0) return {};
      return sum / static_cast<double>(count);
    };
    const auto likeness_of = [&](auto part) -> std::optional<ImageMetrics> {
      const auto decibels = mean_of(part, &ImageMetrics::psnr);
      if (!decibels) return {};
      return ImageMetrics{.psnr = *decibels, .ssim = *mean_of(part, &ImageMetrics::ssim)};
    };
    const auto identity_of = [&](auto part) -> std::optional<Identity> {
      const auto source = mean_of(part, &Identity::to_source);
      if (!source) return {};
      return Identity{.to_source = *source, .to_target = *mean_of(part, &Identity::to_target)};
    };
    const auto given = [](const auto& value) { return value ? &*value : nullptr; };
    EvaluateRow& mean = report_.mean;
    mean.name = "mean";
    mean.swap = *likeness_of([](const EvaluateRow& r) { return &r.swap; });
    mean.unchanged = *likeness_of([](const EvaluateRow& r) { return &r.unchanged; });
    mean.pasted = likeness_of([&](const EvaluateRow& r) { return given(r.pasted); });
    mean.identity = identity_of([&](const EvaluateRow& r) { return given(r.identity); });
    mean.identity_unchanged =
        identity_of([&](const EvaluateRow& r) { return given(r.identity_unchanged); });
  }

  const EvaluateOptions& options_;
  std::map<std::string, fs::path> swapped_;
  std::map<std::string, fs::path> truth_;
  std::map<std::string, fs::path> original_;
  std::map<std::string, fs::path> masks_;
  std::map<std::string, std::vector<Face>> faces_;
  std::optional<TrainingFaces> training_;
  std::optional<IdentityGauge> gauge_;
  EvaluateReport report_;
};

void put(std::ostream& out, const std::optional<ImageMetrics>& value) {
  out << ',';
  if (value) out << value->psnr;
  out << ',';
  if (value) out << value->ssim;
}

void put(std::ostream& out, const std::optional<Identity>& value) {
  out << ',';
  if (value) out << value->to_source;
  out << ',';
  if (value) out << value->to_target;
}

}  // namespace

EvaluateReport evaluate(const EvaluateOptions& options, const EvaluateProgress& progress) {
  return Evaluation(options).run(progress);
}

std::string evaluate_csv(const EvaluateReport& report) {
  std::ostringstream out;
  out << "frame,swap_psnr,swap_ssim,unchanged_psnr,unchanged_ssim,pasted_psnr,pasted_ssim,"
         "swap_to_source,swap_to_target,unchanged_to_source,unchanged_to_target\n";
  for (const EvaluateRow& row : report.frames) {
    out << row.name;
    put(out, std::optional(row.swap));
    put(out, std::optional(row.unchanged));
    put(out, row.pasted);
    put(out, row.identity);
    put(out, row.identity_unchanged);
    out << '\n';
  }
  return out.str();
}

}  // namespace cameo

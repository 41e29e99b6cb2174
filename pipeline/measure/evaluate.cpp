// SPDX-License-Identifier: MIT
#include "pipeline/measure/evaluate.h"

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/align.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/identity.h"
#include "pipeline/face/track.h"
#include "pipeline/measure/blotches.h"
#include "pipeline/measure/frame_gauge.h"
#include "pipeline/measure/ms_ssim.h"
#include "pipeline/measure/named_frames.h"
#include "pipeline/measure/nearest_face.h"
#include "pipeline/measure/quality.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// Images that stand for a person; more say nothing new and cost time.
constexpr std::size_t kReferences = 20;
/// Training faces that colours are learnt from.
constexpr std::size_t kColorFaces = 100;

struct NaturalLess {
  bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); }
};

ImageMetrics image_metrics(const cv::Mat& image, const cv::Mat& truth, const cv::Mat& mask) {
  return {.psnr = psnr(image, truth, mask),
          .ssim = ssim(image, truth, mask),
          .ms_ssim = ms_ssim(image, truth, mask)};
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
        swapped_(options.swapped, "swapped frames", options.swapped_ranges),
        original_(options.original, "original frames") {
    if (!options.truth.empty()) truth_.emplace(options.truth, "exact swaps");
    if (!options.masks.empty()) masks_.emplace(options.masks, "masks");
    note_lengths();
    report_.region = options.masks.empty() ? Region::Drawn : options.region;
    read_faces_of_target();
    if (!faces_.empty()) attempt("pose, expression, jitter", [&] { prepare_landmarks(); });
    if (options.source_faces.empty()) {
      report_.notes.emplace_back(
          "no faces of the source given: nothing is pasted, no identity, no blotches");
    } else {
      training_.emplace(read_faces(options.source_faces), options.source_crops);
      attempt("blotches", [&] { prepare_colors(); });
      attempt("identity", [&] { prepare_identity(); });
    }
    const FrameGauge::Options gauging{.landmarks = predictor_,
                                      .colors = colors_ ? &*colors_ : nullptr,
                                      .coverage = options.coverage};
    swap_gauge_.emplace(gauging);
    truth_gauge_.emplace(gauging);
  }

  EvaluateReport run(const EvaluateProgress& progress) {
    const auto count = static_cast<std::int64_t>(swapped_.names().size());
    std::int64_t done = 0;
    for (const std::string& name : swapped_.names()) {
      try {
        report_.frames.push_back(compare(name, swapped_.read(name)));
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
  /// What prepares a part of the measures and fails costs that part only.
  template <class Prepare>
  void attempt(const char* what, Prepare prepare) {
    try {
      prepare();
    } catch (const Error& e) {
      report_.notes.push_back(e.what() + std::string(": no ") + what);
    }
  }

  /// Frames of two videos go by their numbers: a part of the other is compared with wrong ones.
  void note_lengths() {
    const std::size_t swapped = swapped_.names().size(), original = original_.names().size();
    const bool videos = !is_images(options_.swapped) && !is_images(options_.original);
    if (!videos || swapped == original || !options_.swapped_ranges.empty()) return;
    report_.notes.push_back(options_.swapped.string() + " has " + std::to_string(swapped) +
                            " frames and " + options_.original.string() + " " +
                            std::to_string(original) +
                            ": compared by number from the first on; what was converted with "
                            "--discard needs its settings (.convert.toml) beside it");
  }

  void read_faces_of_target() {
    const fs::path file =
        options_.original_faces.empty() ? faces_path(options_.original) : options_.original_faces;
    if (options_.original_faces.empty() && !fs::exists(file)) {
      report_.notes.push_back(
          "no " + file.string() +
          ": nothing is pasted, no identity, pose, expression, jitter, seam or blotches");
      return;
    }
    const FacesFile known = read_faces(file);
    report_.dropout_rate = dropout_rate(known);
    for (const FrameFaces& frame : known.frames) {
      faces_[fs::path(frame.name).stem().string()] = frame.faces;
    }
  }

  void prepare_landmarks() {
    predictor_ = options_.landmarks;
    if (predictor_ != nullptr) return;
    own_predictor_ = landmarks_ibug68(options_.models);
    predictor_ = own_predictor_.get();
  }

  void prepare_colors() {
    std::vector<AlignedFace> faces;
    const std::size_t step = std::max<std::size_t>(1, training_->size() / kColorFaces);
    for (std::size_t i = 0; i < training_->size(); i += step)
      faces.push_back({training_->read(i), training_->landmarks(i)});
    colors_.emplace(faces);
  }

  void prepare_identity() {
    if (!locate_model(kDescriptorNet, options_.models)) {
      report_.notes.push_back("no " + std::string(kDescriptorNet) + ": no identity");
      return;
    }
    IdentityGauge gauge(options_.models);
    const std::size_t step = std::max<std::size_t>(1, training_->size() / kReferences);
    for (std::size_t i = 0; i < training_->size(); i += step) {
      gauge.add_source(training_->read(i), training_->landmarks(i));
    }
    const std::size_t stride = std::max<std::size_t>(1, faces_.size() / kReferences);
    std::size_t at = 0;
    for (const auto& [stem, faces] : faces_) {
      const bool chosen = at++ % stride == 0 && !faces.empty() && original_.contains(stem);
      if (chosen) gauge.add_target(original_.read(stem), faces.front().landmarks);
    }
    if (gauge.ready()) identity_.emplace(std::move(gauge));
  }

  cv::Mat region_of(const std::string& stem, cv::Size size, const std::vector<Face>& faces) {
    cv::Mat region(size, CV_8UC1, cv::Scalar(255));
    if (masks_) cv::extractChannel(masks_->read(stem), region, 1);
    if (report_.region == Region::Face) return region;
    check(
        !faces.empty(), ErrorCode::Input, stem,
        ": no face known, so no region that is drawn; extract makes a faces file of the original");
    check(region.size() == size, ErrorCode::Input, stem, ": mask of ", region.cols, "x",
          region.rows, " for a frame of ", size.width, "x", size.height);
    return region & drawn_region(size, faces, options_.coverage);
  }

  EvaluateRow compare(const std::string& stem, const cv::Mat& swap) {
    const cv::Mat truth = truth_ ? truth_->read(stem) : cv::Mat();
    const cv::Mat original = original_.read(stem);
    check(swap.size() == original.size(), ErrorCode::Input, stem, ": swap of ", swap.cols, "x",
          swap.rows, " for a frame of ", original.cols, "x", original.rows);
    const auto at = faces_.find(stem);
    const std::vector<Face> faces = at == faces_.end() ? std::vector<Face>() : at->second;
    const SwappedFrame frame{swap, original, region_of(stem, swap.size(), faces)};
    EvaluateRow row{.name = stem};
    if (!truth.empty()) {
      row.swap = image_metrics(swap, truth, frame.mask);
      row.unchanged = image_metrics(original, truth, frame.mask);
    }
    if (!faces.empty() && training_) compare_persons(row, frame, truth, faces);
    // Comes last: a frame that fails before is no part of the clip.
    EvaluateRow* before = report_.frames.empty() ? nullptr : &report_.frames.back();
    const cv::Mat& reference = truth.empty() ? original : truth;
    row.measures = swap_gauge_->measure(stem, frame, reference, faces,
                                        before == nullptr ? nullptr : &before->measures);
    if (!truth.empty())
      row.truth_measures =
          truth_gauge_->measure(stem, {truth, original, frame.mask}, reference, faces,
                                before == nullptr ? nullptr : &before->truth_measures);
    return row;
  }

  void compare_persons(EvaluateRow& row, const SwappedFrame& frame, const cv::Mat& truth,
                       const std::vector<Face>& faces) {
    if (!truth.empty()) {
      cv::Mat pasted = frame.original.clone();
      paste_nearest(pasted, faces, *training_, options_.compose, options_.coverage);
      row.pasted = image_metrics(pasted, truth, frame.mask);
    }
    if (!identity_) return;
    // The landmarks are the target's in both: a swap keeps pose and expression.
    row.identity = identity_->measure(frame.swap, faces.front().landmarks);
    row.identity_unchanged = identity_->measure(frame.original, faces.front().landmarks);
    if (truth.empty()) return;
    row.identity_truth = identity_->measure(truth, faces.front().landmarks);
    cv::Mat face_alone = frame.original.clone();
    truth.copyTo(face_alone, frame.mask);
    row.identity_truth_face = identity_->measure(face_alone, faces.front().landmarks);
  }

  void average() {
    const auto mean_over = [&](auto part, auto member) -> std::optional<double> {
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
    const auto metrics_of = [&](auto part) -> std::optional<ImageMetrics> {
      const auto decibels = mean_over(part, &ImageMetrics::psnr);
      if (!decibels) return {};
      return ImageMetrics{.psnr = *decibels,
                          .ssim = *mean_over(part, &ImageMetrics::ssim),
                          .ms_ssim = *mean_over(part, &ImageMetrics::ms_ssim)};
    };
    const auto identity_of = [&](auto part) -> std::optional<Identity> {
      const auto source = mean_over(part, &Identity::to_source);
      if (!source) return {};
      return Identity{.to_source = *source, .to_target = *mean_over(part, &Identity::to_target)};
    };
    const auto given = [](const auto& value) { return value ? &*value : nullptr; };
    EvaluateRow& mean = report_.mean;
    mean.name = "mean";
    mean.swap = metrics_of([&](const EvaluateRow& r) { return given(r.swap); });
    mean.unchanged = metrics_of([&](const EvaluateRow& r) { return given(r.unchanged); });
    mean.pasted = metrics_of([&](const EvaluateRow& r) { return given(r.pasted); });
    mean.identity = identity_of([&](const EvaluateRow& r) { return given(r.identity); });
    mean.identity_unchanged =
        identity_of([&](const EvaluateRow& r) { return given(r.identity_unchanged); });
    mean.identity_truth =
        identity_of([&](const EvaluateRow& r) { return given(r.identity_truth); });
    mean.identity_truth_face =
        identity_of([&](const EvaluateRow& r) { return given(r.identity_truth_face); });
    std::vector<FrameMeasures> measures, truth_measures;
    for (const EvaluateRow& row : report_.frames) {
      measures.push_back(row.measures);
      truth_measures.push_back(row.truth_measures);
    }
    mean.measures = mean_of(measures);
    mean.truth_measures = mean_of(truth_measures);
  }

  const EvaluateOptions& options_;
  NamedFrames swapped_, original_;
  std::optional<NamedFrames> truth_, masks_;
  std::map<std::string, std::vector<Face>, NaturalLess> faces_;  ///< in the frames' order
  std::optional<TrainingFaces> training_;
  std::optional<IdentityGauge> identity_;
  std::optional<FaceColors> colors_;
  const LandmarkPredictor* predictor_ = nullptr;
  std::unique_ptr<LandmarkPredictor> own_predictor_;
  std::optional<FrameGauge> swap_gauge_, truth_gauge_;
  EvaluateReport report_;
};

void put(std::ostream& out, const std::optional<ImageMetrics>& value) {
  out << ',';
  if (value) out << value->psnr;
  out << ',';
  if (value) out << value->ssim;
}

void put(std::ostream& out, const std::optional<double>& value) {
  out << ',';
  if (value) out << *value;
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
         "swap_to_source,swap_to_target,unchanged_to_source,unchanged_to_target,"
         "swap_ms_ssim,unchanged_ms_ssim,pasted_ms_ssim";
  for (const Measure& measure : measures()) out << ',' << measure.name;
  out << ",exact_swap_to_source,exact_swap_to_target";
  for (const Measure& measure : measures()) out << ",exact_swap_" << measure.name;
  out << ",exact_face_to_source,exact_face_to_target\n";
  for (const EvaluateRow& row : report.frames) {
    out << row.name;
    put(out, row.swap);
    put(out, row.unchanged);
    put(out, row.pasted);
    put(out, row.identity);
    put(out, row.identity_unchanged);
    // New columns come last, so that those who count columns find the old ones where they were.
    for (const auto& metrics : {row.swap, row.unchanged, row.pasted})
      put(out, metrics ? std::optional(metrics->ms_ssim) : std::nullopt);
    for (const Measure& measure : measures()) put(out, row.measures.*measure.value);
    put(out, row.identity_truth);
    for (const Measure& measure : measures()) put(out, row.truth_measures.*measure.value);
    put(out, row.identity_truth_face);
    out << '\n';
  }
  return out.str();
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/face/identity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <dlib/dnn.h>
#include <dlib/image_transforms.h>
#include <dlib/opencv.h>

#include "base/error.h"
#include "pipeline/face/blas.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr int kChipSize = 150;
constexpr double kChipPadding = 0.25;

// The layers of dlib_face_recognition_resnet_model_v1.dat, from the image up; the file fits no
// other type. Each block is two 3x3 convolutions beside a path that skips them; a halving block's
// other path is averaged 2x2.
template <long Filters, int Stride, class Below>
using Conv3 = dlib::affine<dlib::con<Filters, 3, 3, Stride, Stride, Below>>;
template <long Filters, int Stride, class Below>
using Pair = Conv3<Filters, 1, dlib::relu<Conv3<Filters, Stride, Below>>>;
template <long Filters, class Below>
using Block = dlib::relu<dlib::add_prev1<Pair<Filters, 1, dlib::tag1<Below>>>>;
template <long Filters, class Below>
using Halve = dlib::relu<dlib::add_prev2<
    dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<Pair<Filters, 2, dlib::tag1<Below>>>>>>>;
template <class Below>
using Stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, Below>>>>;
template <class Below>
using Stage32 = Block<32, Block<32, Block<32, Below>>>;
template <class Below>
using Stage64 = Block<64, Block<64, Block<64, Halve<64, Below>>>>;
template <class Below>
using Stage128 = Block<128, Block<128, Halve<128, Below>>>;
template <class Below>
using Stage256 = Halve<256, Block<256, Block<256, Halve<256, Below>>>>;
using DescriptorNet = dlib::loss_metric<dlib::fc_no_bias<
    128, dlib::avg_pool_everything<
             Stage256<Stage128<Stage64<Stage32<Stem<dlib::input_rgb_image_sized<kChipSize>>>>>>>>>;

double least_distance(const Descriptor& face, std::span<const Descriptor> to) {
  double least = HUGE_VAL;
  for (const auto& other : to) least = std::min(least, distance(face, other));
  return least;
}

bool nearest_vote(const Descriptor& face, const References& references) {
  std::vector<std::pair<double, bool>> all;
  for (const auto& other : references.wanted) all.emplace_back(distance(face, other), true);
  for (const auto& other : references.unwanted) all.emplace_back(distance(face, other), false);
  std::sort(all.begin(), all.end());
  constexpr std::size_t kMostVoters = 5;
  const std::size_t smaller = std::min(references.wanted.size(), references.unwanted.size());
  const std::size_t voters = std::min(kMostVoters, smaller + 1);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(voters);
  const auto yes = std::count_if(all.begin(), end, [](const auto& voter) { return voter.second; });
  return 2 * static_cast<std::size_t>(yes) >= voters;
}

std::vector<fs::path> images_of(const std::vector<fs::path>& named) {
  std::vector<fs::path> images;
  for (const auto& path : named) {
    if (!fs::is_directory(path)) {
      images.push_back(path);
      continue;
    }
    const auto inside = list_images(path);
    check(!inside.empty(), ErrorCode::Input, path.string(),
          ": a folder of references without images");
    images.insert(images.end(), inside.begin(), inside.end());
  }
  return images;
}

std::vector<Descriptor> describe_all(const std::vector<fs::path>& named, const char* kind,
                                     const ReferenceTools& tools,
                                     std::vector<std::string>& warnings) {
  std::vector<Descriptor> found;
  const auto images = images_of(named);
  for (const auto& file : images) {
    const cv::Mat image = read_image(file);
    const auto faces = tools.detector.find(image);
    const std::string size =
        std::to_string(image.cols) + "x" + std::to_string(image.rows) + " pixels";
    if (faces.empty()) {
      warnings.push_back(file.string() + ": no face found in this reference of " + size +
                         ", left out");
      continue;
    }
    const cv::Rect& box = faces.front().box;
    if (faces.size() > 1)
      warnings.push_back(file.string() + ": " + std::to_string(faces.size()) +
                         " faces in this reference of " + size + ", the largest is taken, " +
                         std::to_string(box.width) + "x" + std::to_string(box.height) + " at " +
                         std::to_string(box.x) + "," + std::to_string(box.y));
    found.push_back(tools.describer.describe(image, tools.landmarks.predict(image, box)));
  }
  check(named.empty() || !found.empty(), ErrorCode::NoFace, "filter: none of the ", images.size(),
        " ", kind, " reference images holds a face that can be found; first: ",
        images.empty() ? "" : images.front().string());
  return found;
}

}  // namespace

double distance(const Descriptor& a, const Descriptor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a.at(i)) - b.at(i);
    sum += d * d;
  }
  return std::sqrt(sum);
}

double mean_distance(const Descriptor& face, std::span<const Descriptor> others) {
  double sum = 0;
  for (const auto& other : others) sum += distance(face, other);
  return sum / static_cast<double>(others.size());
}

Verdict judge(const Descriptor& face, const References& references, double threshold,
              double margin) {
  const auto& [wanted, unwanted] = references;
  check(!wanted.empty() || !unwanted.empty(), "filter: no references");
  const double mean = mean_distance(face, wanted.empty() ? unwanted : wanted);
  double slack = std::abs(mean - threshold);
  if (wanted.empty()) return {mean > threshold, mean, slack};
  if (unwanted.empty()) return {mean <= threshold, mean, slack};
  const double nearer_by = mean_distance(face, unwanted) - mean;
  slack = std::min(slack, std::abs(nearer_by - margin));
  const bool nearer = nearer_by > 0 && nearer_by >= margin &&
                      least_distance(face, wanted) < least_distance(face, unwanted);
  return {mean <= threshold && nearer && nearest_vote(face, references), mean, slack};
}

struct Describer::State {
  DescriptorNet net;
};

Describer::Describer(const ModelFolders& folders) : state_(std::make_unique<State>()) {
  fs::path file;
  try {
    file = find_model(kDescriptorNet, folders);
  } catch (const Error& e) {
    fail(e.code(), e.what(),
         ". It tells people apart; without wanted and unwanted references all else works");
  }
  try {
    dlib::deserialize(file.string()) >> state_->net;
  } catch (const std::exception& e) {
    fail(ErrorCode::Format, file.string(), ": cannot be loaded: ", e.what());
  }
}

Describer::~Describer() = default;
Describer::Describer(Describer&&) noexcept = default;
Describer& Describer::operator=(Describer&&) noexcept = default;

Descriptor Describer::describe(const cv::Mat& frame, const Landmarks& landmarks) {
  check(frame.type() == CV_8UC3 && !frame.empty(), "describe: needs 8-bit BGR, got ", frame.cols,
        "x", frame.rows, " of type ", frame.type());
  check_ibug68("describe", landmarks);
  std::vector<dlib::point> points;
  for (const auto& p : landmarks) points.emplace_back(std::lround(p.x), std::lround(p.y));
  const dlib::full_object_detection shape(dlib::rectangle(), points);
  const dlib::cv_image<dlib::bgr_pixel> view(frame);
  dlib::matrix<dlib::rgb_pixel> chip;
  dlib::extract_image_chip(view, dlib::get_face_chip_details(shape, kChipSize, kChipPadding), chip);
  const BlasLock lock;
  const auto& elements = state_->net(chip);
  Descriptor out{};
  check(static_cast<std::size_t>(elements.size()) == out.size(), ErrorCode::Format,
        "describe: ", elements.size(), " elements instead of ", out.size());
  std::copy(elements.begin(), elements.end(), out.begin());
  return out;
}

ReadReferences read_references(const FilterOptions& options, const ReferenceTools& tools) {
  ReadReferences out;
  out.references.wanted = describe_all(options.wanted, "wanted", tools, out.warnings);
  out.references.unwanted = describe_all(options.unwanted, "unwanted", tools, out.warnings);
  return out;
}

}  // namespace cameo

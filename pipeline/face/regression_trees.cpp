// SPDX-License-Identifier: MIT
#include "pipeline/face/regression_trees.h"

#include <span>
#include <utility>
#include <vector>

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>

#include "base/error.h"
#include "pipeline/face/dlib_box.h"
#include "pipeline/face/dlib_reader.h"

namespace cameo {
namespace {

using Shape = dlib::matrix<float, 0, 1>;

constexpr std::size_t kLeastNumber = 2;  // bytes of an integer
constexpr std::size_t kLine = 64;        // bytes that the processor fetches at once
constexpr std::size_t kAhead = 4;        // trees whose leaves are under way

/// Left at a node if feature `first` is brighter than feature `second` by more than that.
struct Split {
  std::uint32_t first = 0, second = 0;
  float threshold = 0;
};

/// Full binary trees of one depth, and the pixels that they compare.
struct Stage {
  std::size_t trees = 0, splits_of_tree = 0;
  std::vector<Split> splits;           // tree by tree, level by level
  std::vector<float> leaves;           // of the splits_of_tree + 1 leaves of each tree, the shapes
  std::vector<unsigned long> anchors;  // the point of the shape beside each pixel
  std::vector<dlib::vector<float, 2>> deltas;  // and from there to the pixel
};

Shape read_shape(DlibReader& from) {
  // Rows and columns are negated where dlib's newer format begins.
  const std::int64_t rows = std::abs(from.integer()), columns = std::abs(from.integer());
  check(columns == 1 && rows > 0 && rows % 2 == 0, ErrorCode::Format,
        "shape predictor: a shape of ", rows, "x", columns);
  Shape shape(static_cast<long>(rows));
  for (long i = 0; i < shape.size(); ++i) shape(i) = from.real();
  return shape;
}

void read_tree(DlibReader& from, Stage& stage, std::size_t tree, std::size_t floats) {
  const std::size_t splits = from.count(4 * kLeastNumber);
  if (stage.splits.empty()) {
    stage.splits_of_tree = splits;
    stage.splits.reserve(stage.trees * splits);
    stage.leaves.resize(stage.trees * (splits + 1) * floats);
  }
  check(splits == stage.splits_of_tree && (splits & (splits + 1)) == 0, ErrorCode::Format,
        "shape predictor: a tree of ", splits, " splits beside one of ", stage.splits_of_tree);
  for (std::size_t i = 0; i < splits; ++i) {
    Split split;
    split.first = static_cast<std::uint32_t>(from.integer());
    split.second = static_cast<std::uint32_t>(from.integer());
    split.threshold = from.real();
    stage.splits.push_back(split);
  }
  const std::size_t leaves = from.count(kLeastNumber);
  check(leaves == splits + 1, ErrorCode::Format, "shape predictor: ", leaves, " leaves of ", splits,
        " splits");
  float* leaf = stage.leaves.data() + tree * leaves * floats;
  for (std::size_t i = 0; i < leaves; ++i, leaf += floats) {
    const auto rows = static_cast<std::size_t>(std::abs(from.integer()));
    check(std::abs(from.integer()) == 1 && rows == floats, ErrorCode::Format,
          "shape predictor: a leaf of ", rows, " numbers, expected ", floats);
    for (std::size_t k = 0; k < floats; ++k) leaf[k] = from.real();
  }
}

void read_pixels(DlibReader& from, std::vector<Stage>& stages, std::size_t points) {
  check(from.count(1) == stages.size(), ErrorCode::Format, "shape predictor: anchors for others");
  for (Stage& stage : stages) {
    stage.anchors.resize(from.count(kLeastNumber));
    for (unsigned long& anchor : stage.anchors) {
      anchor = static_cast<unsigned long>(from.integer());
      check(anchor < points, ErrorCode::Format, "shape predictor: anchor ", anchor);
    }
  }
  check(from.count(1) == stages.size(), ErrorCode::Format, "shape predictor: pixels for others");
  for (Stage& stage : stages) {
    stage.deltas.resize(from.count(2 * kLeastNumber));
    for (auto& delta : stage.deltas) {
      delta.x() = from.real();
      delta.y() = from.real();
    }
    check(stage.deltas.size() == stage.anchors.size(), ErrorCode::Format,
          "shape predictor: ", stage.deltas.size(), " pixels with ", stage.anchors.size(),
          " anchors");
    for (const Split& split : stage.splits)
      check(std::max(split.first, split.second) < stage.deltas.size(), ErrorCode::Format,
            "shape predictor: a split of pixel ", std::max(split.first, split.second));
  }
}

/// The leaf that a tree ends in.
std::size_t leaf_of(const Split* splits, std::size_t count, const float* pixels) {
  std::size_t at = 0;
  while (at < count) {
    const Split& split = splits[at];
    at = 2 * at + (pixels[split.first] - pixels[split.second] > split.threshold ? 1 : 2);
  }
  return at - count;
}

void fetch(const float* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kLine / sizeof(float)) __builtin_prefetch(from + i);
}

/// Adds the leaves of all trees to a shape, in their order.
void add_leaves(const Stage& stage, const std::vector<float>& pixels, std::span<float> shape) {
  const std::size_t count = shape.size();
  std::vector<const float*> leaves(stage.trees);
  const auto find = [&](std::size_t tree) {
    const std::size_t leaf = leaf_of(stage.splits.data() + tree * stage.splits_of_tree,
                                     stage.splits_of_tree, pixels.data());
    leaves[tree] = stage.leaves.data() + (tree * (stage.splits_of_tree + 1) + leaf) * count;
    fetch(leaves[tree], count);
  };
  for (std::size_t tree = 0; tree < std::min(kAhead, stage.trees); ++tree) find(tree);
  for (std::size_t tree = 0; tree < stage.trees; ++tree) {
    if (tree + kAhead < stage.trees) find(tree + kAhead);
    const float* const leaf = leaves[tree];
    for (std::size_t i = 0; i < count; ++i) shape[i] += leaf[i];
  }
}

}  // namespace

struct RegressionTrees::Cascade {
  Shape mean;
  std::vector<Stage> stages;
};

RegressionTrees::RegressionTrees(const std::filesystem::path& file) {
  DlibReader from(file);
  const std::int64_t version = from.integer();
  check(version == 1, ErrorCode::Format, file.string(), ": a shape predictor of version ", version,
        ", expected 1");
  auto cascade = std::make_unique<Cascade>();
  cascade->mean = read_shape(from);
  cascade->stages.resize(from.count(1));
  for (Stage& stage : cascade->stages) {
    stage.trees = from.count(1);
    for (std::size_t i = 0; i < stage.trees; ++i)
      read_tree(from, stage, i, static_cast<std::size_t>(cascade->mean.size()));
  }
  read_pixels(from, cascade->stages, static_cast<std::size_t>(cascade->mean.size()) / 2);
  cascade_ = std::move(cascade);
}

RegressionTrees::~RegressionTrees() = default;

std::size_t RegressionTrees::points() const {
  return static_cast<std::size_t>(cascade_->mean.size()) / 2;
}

Landmarks RegressionTrees::predict(const cv::Mat& frame, const cv::Rect& box) const {
  const dlib::cv_image<dlib::bgr_pixel> view(frame);
  const dlib::rectangle rect = dlib_box(box);
  Shape shape = cascade_->mean;
  std::vector<float> pixels;
  for (const Stage& stage : cascade_->stages) {
    dlib::impl::extract_feature_pixel_values(view, rect, shape, cascade_->mean, stage.anchors,
                                             stage.deltas, pixels);
    add_leaves(stage, pixels, {&shape(0), static_cast<std::size_t>(shape.size())});
  }
  const auto to_frame = dlib::impl::unnormalizing_tform(rect);
  Landmarks points;
  points.reserve(this->points());
  for (unsigned long i = 0; i < this->points(); ++i) {
    const dlib::point p = to_frame(dlib::impl::location(shape, i));
    points.emplace_back(static_cast<float>(p.x()), static_cast<float>(p.y()));
  }
  return points;
}

}  // namespace cameo

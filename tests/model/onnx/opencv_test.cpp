// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/dnn.hpp>

#include "engine/floats.h"
#include "model/net/graphs.h"
#include "tests/model/onnx/written_model.h"

namespace cameo::test {
namespace {

constexpr int kFaces = 2;
// Sums of float32 in another order; images and masks are in 0..1.
constexpr float kTolerance = 1e-5F;

std::vector<float> drawn_faces(int size) {
  std::vector<float> faces(static_cast<std::size_t>(kFaces) * size * size * 3);
  for (std::size_t i = 0; i < faces.size(); ++i)
    faces[i] = 0.5F + 0.4F * std::sin(0.37F * static_cast<float>(i));
  return faces;
}

/// Images and masks of a side's decoder, as Cameo renders them; ones where there are no masks.
struct Rendered {
  std::vector<float> image, mask;
};

Rendered rendered(const WrittenModel& written, Side side, bool match, Side match_to) {
  Exec exec = Cpu();
  ParamStore params(exec);
  const SafetensorsFile file(written.file());
  const Network network =
      match ? load_matched_network(file, params, match_to) : load_network(file, params);
  const auto graph = render_graph(exec, params, network, kFaces, side, Mode::Inference);
  write_floats(exec, graph->graph.value(graph->face), drawn_faces(network.size).data());
  graph->graph.forward();
  Rendered out{read_floats(exec, graph->graph.value(graph->image)), {}};
  if (graph->mask) {
    out.mask = read_floats(exec, graph->graph.value(*graph->mask));
  } else {
    out.mask.assign(out.image.size() / 3, 1.0F);
  }
  return out;
}

/// The outputs of a DFM file, as OpenCV computes them.
struct Outputs {
  std::vector<float> face_mask, celeb_face, celeb_face_mask;
};

Outputs run_opencv(onnx::ModelProto model, int size) {
  // OpenCV 4.6 wants to know the batch.
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(kFaces);
  const std::string bytes = model.SerializeAsString();
  cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  std::vector<float> faces = drawn_faces(size);
  const std::vector<int> extents{kFaces, size, size, 3};
  net.setInput(cv::Mat(extents, CV_32F, faces.data()), "in_face:0");
  std::vector<cv::Mat> outputs;
  net.forward(outputs, std::vector<cv::String>{"out_face_mask:0", "out_celeb_face:0",
                                               "out_celeb_face_mask:0"});
  std::vector<std::vector<float>> values;
  for (int i = 0; i < 3; ++i) {
    const cv::Mat& out = outputs[static_cast<std::size_t>(i)];
    REQUIRE(out.dims == 4);
    CHECK(out.size[0] == kFaces);
    CHECK(out.size[1] == size);
    CHECK(out.size[3] == (i == 1 ? 3 : 1));
    values.emplace_back(out.ptr<float>(), out.ptr<float>() + out.total());
  }
  return {values[0], values[1], values[2]};
}

float difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("a DFM file renders in OpenCV what the model renders, and its masks") {
  for (const Case& c : cases()) {
    for (const DfmOptions& options :
         {DfmOptions{}, DfmOptions{.side = Side::A}, DfmOptions{.match_latents = true}}) {
      CAPTURE(c.kind);
      CAPTURE(c.settings);
      CAPTURE(options.match_latents);
      const WrittenModel written(c);
      const Outputs out = run_opencv(written.export_and_read(options), written.network.size);
      const Side other = options.side == Side::B ? Side::A : Side::B;
      const Rendered celeb = rendered(written, options.side, options.match_latents, options.side);
      const Rendered face = rendered(written, other, false, options.side);
      CHECK(difference(out.celeb_face, celeb.image) < kTolerance);
      CHECK(difference(out.celeb_face_mask, celeb.mask) < kTolerance);
      CHECK(difference(out.face_mask, face.mask) < kTolerance);
    }
  }
}

TEST_CASE("a mask head that never trained is ones in a DFM file, of that side only") {
  const WrittenModel written({"df", std::string(kSmallDf) + " mask=3"}, true, "decoder_b");
  const Outputs out = run_opencv(written.export_and_read(), written.network.size);
  CHECK(*std::min_element(out.celeb_face_mask.begin(), out.celeb_face_mask.end()) == 1);
  const Rendered face = rendered(written, Side::A, false, Side::B);
  CHECK(difference(out.face_mask, face.mask) < kTolerance);
  CHECK(*std::min_element(out.face_mask.begin(), out.face_mask.end()) < 0.9F);
}

}  // namespace cameo::test

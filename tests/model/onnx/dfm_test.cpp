// SPDX-License-Identifier: MIT
#include "model/onnx/dfm.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "model/file/model_file.h"
#include "model/onnx/graph.h"
#include "tests/model/onnx/written_model.h"
#include "tests/support/programs.h"

namespace cameo::test {
namespace {

struct Expected {
  std::string name;
  std::vector<std::int64_t> extents;
};

void check_infos(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& infos,
                 const std::vector<Expected>& expected) {
  REQUIRE(infos.size() == static_cast<int>(expected.size()));
  for (int i = 0; i < infos.size(); ++i) {
    const Expected& e = expected[static_cast<std::size_t>(i)];
    CHECK(infos[i].name() == e.name);
    const onnx::TypeProto::Tensor& type = infos[i].type().tensor_type();
    CHECK(type.elem_type() == onnx::TensorProto::FLOAT);
    REQUIRE(type.shape().dim_size() == 4);
    CHECK(type.shape().dim(0).dim_param() == "batch");
    for (int d = 1; d < 4; ++d)
      CHECK(type.shape().dim(d).dim_value() == e.extents[static_cast<std::size_t>(d) - 1]);
  }
}

std::string metadata_of(const onnx::ModelProto& model, const std::string& key) {
  for (const auto& entry : model.metadata_props())
    if (entry.key() == key) return entry.value();
  return "none";
}

}  // namespace

TEST_CASE("a DFM file of each topology passes ONNX's checker, shapes inferred") {
  for (const Case& c : cases()) {
    CAPTURE(c.settings);
    const WrittenModel written(c);
    onnx::ModelProto model = written.export_and_read();
    CHECK_NOTHROW(onnx::checker::check_model(model));
    // Strict: an op whose shapes do not fit is an error, not a shape left open.
    CHECK_NOTHROW(onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                                     {true, 1, false}));
    const std::int64_t s = written.network.size;
    check_infos(model.graph().input(), {{"in_face:0", {s, s, 3}}});
    check_infos(model.graph().output(), {{"out_face_mask:0", {s, s, 1}},
                                         {"out_celeb_face:0", {s, s, 3}},
                                         {"out_celeb_face_mask:0", {s, s, 1}}});
    CHECK(model.ir_version() == 7);
    CHECK(model.opset_import(0).version() == 12);
  }
}

TEST_CASE("a DFM file tells the network, the coverage and whose face it draws") {
  const WrittenModel written({"df", std::string(kSmallDf) + " coverage=224"});
  onnx::ModelProto model = written.export_and_read();
  CHECK(metadata_of(model, "face_coverage") == "1.4");
  CHECK(metadata_of(model, "cameo.network") == "df");
  CHECK(metadata_of(model, "cameo.sizes") == written.network.settings);
  CHECK(metadata_of(model, "cameo.swap") == "B into A");
  CHECK(metadata_of(model, "cameo.match_latents") == "no");
  model = written.export_and_read({.side = Side::A, .match_latents = true});
  CHECK(metadata_of(model, "cameo.swap") == "A into B");
  CHECK(metadata_of(model, "cameo.match_latents") == "yes");
}

TEST_CASE("a DFM file tells which consent notes its model held, and without any says nothing") {
  const WrittenModel written({"df", kSmallDf});
  CHECK(metadata_of(written.export_and_read(), "cameo.consent_sha256") == "none");
  CHECK(metadata_of(written.export_and_read({.consents = {"12ab", "34cd"}}),
                    "cameo.consent_sha256") == "12ab; 34cd");
}

TEST_CASE("equal models make equal DFM files, and what both masks share is in them once") {
  const WrittenModel written({"df", std::string(kSmallDf) + " mask=3"});
  CHECK((written.export_bytes() == written.export_bytes()));
  const auto readers_of = [](const onnx::ModelProto& model, const std::string& weight) {
    int readers = 0;
    for (const auto& node : model.graph().node())
      for (const auto& input : node.input()) readers += input.starts_with(weight) ? 1 : 0;
    return readers;
  };
  const onnx::ModelProto plain = written.export_and_read();
  CHECK(readers_of(plain, "encoder.down1.weight") == 1);
  CHECK(readers_of(plain, "inter.dense2.weight") == 1);
  const onnx::ModelProto matched = written.export_and_read({.match_latents = true});
  CHECK(readers_of(matched, "encoder.down1.weight") == 1);
  CHECK(readers_of(matched, "inter.dense2.weight") == 2);  // the frames' own face is not moved
}

TEST_CASE("latents can be matched only where the model has moments") {
  const WrittenModel written({"df", kSmallDf}, /*with_moments=*/false);
  CHECK(contains(message_of([&] { written.export_bytes({.match_latents = true}); }),
                 "holds no latent statistics"));
}

TEST_CASE("an op without a counterpart in ONNX is named, and no file is written") {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("b", {1, 1, 1, 2}, Init::Zeros);
  params.allocate(false);
  Graph graph(exec, params, Mode::Inference);
  const Value x = graph.input({4, 2, 2, 2});
  const Value half = slice(x, 0, 2);
  OnnxModel model;
  const std::string error = message_of([&] { write_graph(graph, x, "x", {sigmoid(half)}, model); });
  CHECK(contains(error, "the op slice is not written as ONNX yet; there are add, bias, "));
  // What leads to no output is not asked for.
  CHECK(write_graph(graph, x, "x", {bias(x, graph.param("b"))}, model).size() == 1);
  CHECK(contains(message_of([&] {
                   write_graph(graph, x, "x", {bias(x, graph.input({1, 1, 1, 2}))}, model);
                 }),
                 "input 1 of bias must be a parameter"));
}

}  // namespace cameo::test

// SPDX-License-Identifier: MIT
#include "model/net/saehd.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/net/graphs.h"
#include "model/net/presets.h"
#include "tests/model/net/weights.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

constexpr const char* kNarrow = "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4";

/// The latents of two faces after the filters of the last convolution have grown `times` as large.
std::vector<float> latents(const std::string& settings, float times) {
  Exec exec = Cpu();
  const Network df = network("df", settings);
  ParamStore params(exec);
  df.declare(params);
  params.allocate();
  params.initialize(1);
  const int last = params.find("encoder.down2.weight");
  std::vector<float> w = params.read(last);
  for (float& x : w) x *= times;
  params.write(last, w.data());
  Graph graph(exec, params, Mode::Inference);
  const Value face = graph.input({2, df.size, df.size, kColours});
  const Value latent = df.encode(params, face).latent;
  graph.plan({latent});
  write(exec, graph.value(face), numbers(face.shape().size(), 3));
  graph.forward();
  return read(exec, graph.value(latent));
}

float largest(const std::vector<float>& of) {
  float most = 0;
  for (const float x : of) most = std::max(most, std::abs(x));
  return most;
}

}  // namespace

TEST_CASE("the presets of SAEHD's parts have the parameters of their tables") {
  // down 14448 + 115296 + 460992 + 1843584, residual blocks 41568 + 166080 + 663936; 1573120 +
  // 1052672 + 1180160 + 295168, and twice the decoder of 110784 + 55424 + 3468.
  CHECK(preset("light128").network.parameters() == 3305904 + 4101120 + 2 * (169676 + 5204));
  const Network hd128 = preset("hd128").network, hd256 = preset("hd256").network;
  CHECK(hd128.parameters() == 49842912);
  CHECK(hd256.parameters() == 69495456);
  CHECK(parameters_of(hd256, "encoder.") == 15654144);
  CHECK(parameters_of(hd256, "inter.") == 17060160);
  CHECK(parameters_of(hd256, "decoder_a.") == 18390576);
}

TEST_CASE("faces of 64 to 384 pixels are read and rendered, whatever the settings") {
  const std::string narrow = " down=4,4,4,4 latent=8 inner=4 up=4 decoder=4,4";
  for (const char* kind : {"df", "liae"})
    for (const int size : {64, 128, 224, 256, 320, 384})
      for (const char* more : {"", " unshuffle=1", " down_residual=1,4 norm=1",
                               " residual=0 head=1", " mask=4 head=5"}) {
        CAPTURE(kind);
        CAPTURE(size);
        CAPTURE(std::string(more));
        Exec exec = Cpu();
        const Network made = network(kind, "size=" + std::to_string(size) + narrow + more);
        ParamStore params(exec);
        made.declare(params);
        Graph graph(exec, params, Mode::Inference);
        const Encoded encoded = made.encode(params, graph.input({3, size, size, kColours}));
        CHECK(encoded.latent.shape() == Shape{3, 1, 1, 8});
        for (const Side side : {Side::A, Side::B}) {
          const Decoded face = made.decode(params, encoded.features, side);
          CHECK(face.image.shape() == Shape{3, size, size, kColours});
          CHECK(face.mask.has_value() == contains(more, "mask"));
          if (face.mask) CHECK(face.mask->shape() == Shape{3, size, size, 1});
        }
      }
}

TEST_CASE("each setting adds the layers it is for") {
  const auto shape = [](const std::string& more, const std::string& name) {
    return shapes_of(network("df", kNarrow + more), name);
  };
  using Shapes = std::vector<Shape>;
  CHECK(shape("", "encoder.down1.weight") == Shapes{{4, 5, 5, 3}});
  CHECK(shape(" unshuffle=1", "encoder.down1.weight") == Shapes{{4, 5, 5, 12}});
  CHECK(shape("", "encoder.res").empty());
  CHECK(shape(" down_residual=2", "encoder.res1").empty());
  CHECK(shape(" down_residual=2", "encoder.res2.conv2.weight") == Shapes{{8, 3, 3, 8}});
  CHECK(shape("", "decoder_b.res2.conv1.weight") == Shapes{{4, 3, 3, 4}});
  CHECK(shape(" residual=0", "decoder_b.res").empty());
  CHECK(shape("", "decoder_a.out.weight") == Shapes{{12, 3, 3, 4}});
  CHECK(shape(" head=1", "decoder_a.out.weight") == Shapes{{12, 1, 1, 4}});
  CHECK(shape("", "decoder_a.mask").empty());
  CHECK(shape(" mask=6", "decoder_a.mask1.weight") == Shapes{{6, 3, 3, 4}});
  CHECK(shape(" mask=6", "decoder_a.mask2.weight") == Shapes{{4, 3, 3, 6}});
}

TEST_CASE("with norm=1 the latent does not grow with what the encoder yields") {
  const std::vector<float> once = latents(kNarrow, 1), twice = latents(kNarrow, 2);
  CHECK(twice[0] == doctest::Approx(2 * once[0]).epsilon(1e-4));
  const std::string with = std::string(kNarrow) + " norm=1";
  // The mean square is some 5e-3, to which eps adds 1e-6.
  const std::vector<float> normed = latents(with, 1);
  CHECK(largest_difference(normed, latents(with, 2)) < 1e-3 * largest(normed));
}

TEST_CASE("a mask is rendered, and its head sends no gradient into the trunk") {
  Exec exec = Cpu();
  const Network made = network("liae", std::string(kNarrow) + " mask=6");
  ParamStore params(exec);
  made.declare(params);
  params.allocate();
  params.initialize(1);
  const auto faces = numbers(std::int64_t{2} * 32 * 32 * kColours, 3);
  const auto drawn = render_graph(exec, params, made, 2, Side::B, Mode::Inference);
  REQUIRE(drawn->mask.has_value());
  write(exec, drawn->graph.value(drawn->face), faces);
  drawn->graph.forward();
  const std::vector<float> mask = read(exec, drawn->graph.value(*drawn->mask));
  CHECK(mask.size() == std::size_t{2} * 32 * 32);
  const auto [least, most] = std::minmax_element(mask.begin(), mask.end());
  CHECK((*least > 0 && *most < 1 && *least < *most));

  Graph graph(exec, params);
  const Value face = graph.input({2, 32, 32, kColours}), target = graph.input({2, 32, 32, 1});
  const Value features = made.encode(params, face).features;
  const Decoded decoded = made.decode(params, features, Side::B);
  graph.plan({{"mask", sigmoid_mae(*decoded.mask, target)}});
  write(exec, graph.value(face), faces);
  graph.forward();
  graph.backward();
  for (std::size_t i = 0; i < params.table().size(); ++i) {
    const std::string& name = params.table()[i].name;
    CAPTURE(name);
    const float steepest = largest(read(exec, params.grad(static_cast<int>(i))));
    CHECK((steepest > 0) == contains(name, "decoder.mask"));
  }
}

TEST_CASE("settings that make no network are refused") {
  const std::vector<std::string> wrong{
      "size=32",
      "size=36 down=4,8 latent=8 inner=8 up=8 decoder=8,4",
      "size=32 down=4,8 latent=8 inner=8 up=8 decoder=",
      "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4,4,4,4",
      "size=1024 down=4 latent=8 inner=1048576 decoder=4",
      "size=32 down=4,4,4,4,4 latent=8 inner=8 up=8 decoder=8,4 unshuffle=1",
      std::string(kNarrow) + " code=1",
      std::string(kNarrow) + " unshuffle=2",
      std::string(kNarrow) + " unshuffle=0,1",
      std::string(kNarrow) + " residual=",
      std::string(kNarrow) + " norm=-1",
      std::string(kNarrow) + " coverage=257",
      std::string(kNarrow) + " coverage=0",
      std::string(kNarrow) + " head=2",
      std::string(kNarrow) + " head=9",
      std::string(kNarrow) + " mask=0",
      std::string(kNarrow) + " down_residual=0",
      std::string(kNarrow) + " down_residual=3",
      std::string(kNarrow) + " down_residual=2,1",
      std::string(kNarrow) + " down_residual=1,1"};
  for (const char* kind : {"df", "liae"})
    for (const std::string& text : wrong) {
      CAPTURE(text);
      CHECK(contains(message_of([&] { network(kind, text); }), "network: "));
    }
  CHECK(contains(message_of([] { network("none", ""); }), "there are autoencoder, df, liae"));
}

}  // namespace cameo::test

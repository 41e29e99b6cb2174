// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "model/file/model_file.h"
#include "model/infer/swapper.h"
#include "tests/model/net/weights.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

constexpr const char* kNarrow = "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4";

}  // namespace

TEST_CASE("df at 128 pixels has the parameters of its definition") {
  const Network c128 =
      network("df", "size=128 down=64,128,256,512 latent=256 inner=256 up=256 decoder=512,256,128");
  CHECK(parameters_of(c128, "encoder.") == 4306560);
  CHECK(parameters_of(c128, "inter.") == 11801856);
  CHECK(parameters_of(c128, "decoder_a.") == 16829196);
  CHECK(parameters_of(c128, "decoder_b.") == 16829196);
}

TEST_CASE("df trains in both modes, and its file renders what was trained") {
  for (const char* more : {"", " unshuffle=1 residual=0", " down_residual=1 norm=1 head=1",
                           " mask=4", " mask=4 canonical=1"}) {
    const Network df = network("df", std::string(kNarrow) + more);
    for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
      CAPTURE(std::string(more));
      CAPTURE(std::string(name_of(mode)));
      const Scratch scratch;
      Exec exec = Cpu();
      PatternLesson lesson(exec, df, mode);
      const Learner::Losses losses = lesson.train(60);
      // Through two random passes little of a face is left to learn from.
      const double most = is_canonical(df) ? 0.96 : 0.8;
      CHECK(losses.a < most);
      CHECK(losses.b < most);

      ParamStore& params = lesson.learner.params();
      save_weights(scratch / kModelFile, "narrow", df, params);
      const ModelInfo info = read_model_info(scratch / kModelFile);
      CHECK(info.network.kind == "df");
      CHECK(info.network == df);
      CHECK(info.parameters == df.parameters());
      const auto swapper = open_swapper(scratch.path(), {.side = Side::B, .batch = 2});
      std::vector<float> image(lesson.faces.size());
      swapper->run(lesson.faces, image, 2);
      const auto same = render_graph(exec, params, df, 2, Side::B, Mode::Inference);
      write_floats(exec, same->graph.value(same->face), lesson.faces.data());
      same->graph.forward();
      CHECK(largest_difference(image, read_floats(exec, same->graph.value(same->image))) < 1e-5);
    }
  }
}

TEST_CASE("a canonical encoder reads what its own inter and decoder make of a face") {
  Exec exec = Cpu();
  const Network plain = network("df", kNarrow), twice = canonical(plain);
  CHECK(is_canonical(twice));
  CHECK_FALSE(is_canonical(plain));
  CHECK(canonical(twice) == twice);
  ParamStore params(exec), others(exec);
  for (auto [network, store] : {std::pair(&twice, &params), std::pair(&plain, &others)}) {
    network->declare(*store);
    store->allocate(/*with_gradients=*/false);
  }
  params.initialize(3);
  // The plain network with the layers between the passes in place of its own.
  for (std::size_t row = 0; row < others.table().size(); ++row) {
    std::string from = others.table()[row].name;
    if (from.starts_with("inter.dense2")) from = canonical_latent_layer(Side::B) + from.substr(12);
    if (from.starts_with("inter.up")) from = "canonical." + from;
    if (from.starts_with("decoder_a.")) from = "canonical.decoder" + from.substr(9);
    others.write(static_cast<int>(row), params.read(params.find(from)).data());
  }
  const auto latent_of = [&](const Network& network, ParamStore& store,
                             const std::vector<float>& image) {
    Graph graph(exec, store, Mode::Inference);
    const Value face = graph.input({1, 32, 32, kColours});
    const Value latent = network.encode(store, face, Side::B).latent;
    graph.plan({latent});
    write_floats(exec, graph.value(face), image.data());
    graph.forward();
    return read_floats(exec, graph.value(latent));
  };
  std::vector<float> face(std::size_t{32} * 32 * kColours);
  for (std::size_t i = 0; i < face.size(); ++i)
    face[i] = 0.5F + 0.4F * std::sin(0.07F * static_cast<float>(i));
  const auto between = render_graph(exec, others, plain, 1, Side::A, Mode::Inference);
  write_floats(exec, between->graph.value(between->face), face.data());
  between->graph.forward();
  const std::vector<float> image = read_floats(exec, between->graph.value(between->image));
  const std::vector<float> latent = latent_of(twice, params, face);
  CHECK(largest_difference(latent, latent_of(plain, others, image)) < 1e-5);
  CHECK(largest_difference(latent, latent_of(plain, others, face)) > 1e-3);
}

TEST_CASE("training leaves a mask head as it is while nothing says what a mask should be") {
  Exec exec = Cpu();
  PatternLesson lesson(exec, network("df", std::string(kNarrow) + " mask=4"), TrainMode::Joint);
  ParamStore& params = lesson.learner.params();
  const int head = params.find("decoder_a.mask1.weight"),
            trunk = params.find("decoder_a.up1.weight");
  const std::vector<float> head_before = params.read(head), trunk_before = params.read(trunk);
  lesson.train(3);
  CHECK(params.read(head) == head_before);
  CHECK(params.read(trunk) != trunk_before);
}

TEST_CASE("a parameter that none or two of a network's prefixes name is refused") {
  Network network = cameo::network("df", kNarrow);
  const auto message = [&] {
    Exec exec = Cpu();
    ParamStore params(exec);
    return message_of([&] { network.declare(params); });
  };
  CHECK(message().empty());
  network.shared_prefixes = {"encoder."};
  CHECK(contains(message(), "inter.dense1.weight begins with 0 of the network's prefixes"));
  network.shared_prefixes = {"encoder.", "inter.", "inter.dense"};
  CHECK(contains(message(), "inter.dense1.weight begins with 2 "));
}

}  // namespace cameo::test

// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/floats.h"
#include "model/file/model_file.h"
#include "model/infer/swapper.h"
#include "model/train/learner.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

constexpr const char* kNarrow = "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4";

std::int64_t parameters_of(const Network& network, const std::string& prefix) {
  Exec exec = Cpu();
  ParamStore params(exec);
  network.declare(params);
  std::int64_t sum = 0;
  for (const Param& p : params.table())
    if (p.name.starts_with(prefix)) sum += p.shape.size();
  return sum;
}

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
  const Network df = network("df", kNarrow);
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    CAPTURE(std::string(name_of(mode)));
    const Scratch scratch;
    Exec exec = Cpu();
    Learner learner(exec, {df, Recipe{.batch = 2, .rate = 1e-3}, mode});
    learner.initialize(1);
    std::vector<float> faces(std::size_t{2} * 32 * 32 * kColours);
    for (std::size_t i = 0; i < faces.size(); ++i)
      faces[i] = 0.5F + 0.4F * std::sin(0.05F * static_cast<float>(i));
    for (const Side side : {Side::A, Side::B}) {
      write_floats(exec, learner.face(side), faces.data());
      std::vector<float> target = faces;
      for (float& x : target) x *= side == Side::A ? 0.3F : 0.8F;
      write_floats(exec, learner.target(side), target.data());
    }
    const Learner::Losses first = learner.step();
    for (int i = 0; i < 40; ++i) learner.step();
    const Learner::Losses last = learner.step();
    CHECK(last.a < 0.8 * first.a);
    CHECK(last.b < 0.8 * first.b);

    save_weights(scratch / kModelFile, "narrow", df, learner.params());
    const ModelInfo info = read_model_info(scratch / kModelFile);
    CHECK(info.network.kind == "df");
    CHECK(info.network == df);
    CHECK(info.parameters == df.parameters());
    const auto swapper = open_swapper(scratch.path(), {.side = Side::B, .batch = 2});
    std::vector<float> image(faces.size());
    swapper->run(faces, image, 2);
    const auto same = render_graph(exec, learner.params(), df, 2, Side::B, Mode::Inference);
    write_floats(exec, same->graph.value(same->face), faces.data());
    same->graph.forward();
    CHECK(largest_difference(image, read_floats(exec, same->graph.value(same->image))) < 1e-5);
  }
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

TEST_CASE("settings that make no df network are refused") {
  for (const char* text : {"size=32", "size=36 down=4,8 latent=8 inner=8 up=8 decoder=8,4",
                           "size=32 down=4,8 latent=8 inner=8 up=8 decoder=",
                           "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4,4,4,4",
                           "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4 code=1",
                           "size=1024 down=4 latent=8 inner=1048576 decoder=4"}) {
    CAPTURE(text);
    CHECK(contains(message_of([&] { network("df", text); }), "network: "));
  }
  CHECK(contains(message_of([] { network("none", ""); }), "there are autoencoder, df"));
}

}  // namespace cameo::test

// SPDX-License-Identifier: MIT
#include "model/file/base_file.h"

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/bf16.h"
#include "model/data/face_set.h"
#include "model/data/latent_stats.h"
#include "model/file/model_file.h"
#include "tests/model/train/studio.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// A trained model, and its base beside it.
struct Based {
  Studio studio;
  std::filesystem::path file = studio.scratch / "base.safetensors";
  Based() {
    studio.options.iterations = 40;
    studio.run();
    save_base(file, SafetensorsFile(studio.model_file()));
  }
};

}  // namespace

TEST_CASE("a base holds the shared layers and A's decoder in bfloat16, and gives both sides that") {
  const Based based;
  const SafetensorsFile file(based.file);
  Exec exec = Cpu();
  ParamStore model(exec), params(exec);
  const Network network = load_network(SafetensorsFile(based.studio.model_file()), model);
  network.declare(params);
  params.allocate(/*with_gradients=*/false);
  load_base(file, network, params);
  int of_b = 0;
  for (int row = 0; row < static_cast<int>(params.table().size()); ++row) {
    const std::string& name = params.table()[static_cast<std::size_t>(row)].name;
    CAPTURE(name);
    const bool b = name.starts_with(network.prefix_b);
    of_b += b ? 1 : 0;
    CHECK(file.has(name) == !b);
    std::string from = name;
    if (b) from = network.prefix_a + name.substr(network.prefix_b.size());
    std::vector<float> expected = model.read(model.find(from));
    for (float& x : expected) x = to_float(from_float<Bf16>(x));
    CHECK((params.read(row) == expected));
  }
  CHECK(of_b > 0);
}

TEST_CASE("who keeps a base's encoder reads faces by way of its target") {
  const Scratch scratch;
  Exec exec = Cpu();
  const Network plain = network("df", "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4");
  ParamStore params(exec);
  plain.declare(params);
  params.allocate(/*with_gradients=*/false);
  params.initialize(5);
  const auto model = scratch / "model.safetensors", base = scratch / "base.safetensors";
  save_weights(model, "narrow", plain, params);
  save_base(base, SafetensorsFile(model));
  CHECK(network_from(model, plain) == plain);
  const Network made = network_from(base, plain);
  CHECK(made == canonical(plain));
  CHECK(is_base_of(base, made));
  ParamStore loaded(exec);
  made.declare(loaded);
  loaded.allocate(/*with_gradients=*/false);
  load_base(SafetensorsFile(base), made, loaded);
  const auto weights = [&](const std::string& name) { return loaded.read(loaded.find(name)); };
  for (const char* what : {".weight", ".bias"})
    for (const Side person : {Side::A, Side::B})
      CHECK((weights(canonical_latent_layer(person) + std::string(what)) ==
             weights(std::string("inter.dense2") + what)));
  CHECK((weights("canonical.inter.up1.weight") == weights("inter.up1.weight")));
  for (const char* layer : {"up1.weight", "res2.conv1.bias", "out.weight"})
    CHECK((weights(std::string("canonical.decoder.") + layer) ==
           weights(std::string("decoder_a.") + layer)));
  // Those layers are of two persons: neither a base nor another pair can have them.
  save_weights(model, "narrow", made, loaded);
  CHECK(contains(message_of([&] { load_base(SafetensorsFile(model), plain, params); }),
                 "start from the base"));
  CHECK_THROWS_AS(save_base(base, SafetensorsFile(model)), Error);
}

TEST_CASE(
    "a new pair's latents are given the moments of those that the base knows where they are far "
    "from them") {
  Studio studio;
  TrainOptions& options = studio.options;
  const Network plain =
      network("df", "size=64 down=4,4,4,4 latent=8 inner=4 up=4 decoder=4,4 residual=0");
  options.preset.network = plain;
  options.iterations = 3;
  studio.run();
  const auto file = studio.scratch / "base.safetensors";
  save_base(file, SafetensorsFile(studio.model_file()));
  const SafetensorsFile base(file);
  const LatentStats known = load_latent_stats(base, "a");
  REQUIRE(known.mean.size() == 8);
  std::filesystem::create_directories(studio.scratch / "negatives");
  for (int i = 0; i < 7; ++i) {
    Pixels face = drawn_face(1, i);
    for (std::uint8_t& value : face.bgr) value = static_cast<std::uint8_t>(255 - value);
    write_png(studio.scratch / "negatives" / (std::to_string(i) + ".png"), face);
  }
  options.faces_b = {studio.scratch / "negatives"};
  options.model = studio.scratch / "pair";
  options.base = file;
  options.preset.network = network_from(file, plain);
  options.recipe->freeze_encoder = true;
  studio.run();

  Exec exec = Cpu();
  ParamStore params(exec);
  const Network network = load_network(SafetensorsFile(studio.model_file()), params);
  CHECK(network == canonical(plain));
  const auto weights = [&](const std::string& name) { return params.read(params.find(name)); };
  // What the layer makes of the mean latent: W m + b.
  const auto outputs = [](const std::vector<float>& w, const std::vector<float>& b,
                          const std::vector<float>& mean) {
    std::vector<float> out = b;
    for (std::size_t o = 0; o < out.size(); ++o)
      for (std::size_t i = 0; i < mean.size(); ++i) out[o] += w[o * mean.size() + i] * mean[i];
    return out;
  };
  const Param& layer = params.table()[static_cast<std::size_t>(params.find("inter.dense2.weight"))];
  const std::vector<float> in_base = read_weights(base, "inter.dense2.weight", layer.shape);
  const std::vector<float> expected = outputs(
      in_base, read_weights(base, "inter.dense2.bias", {1, 1, 1, layer.shape.n}), known.mean);
  // A is who the base knows, so A's layer stays; B is not.
  CHECK((weights(canonical_latent_layer(Side::A) + std::string(".weight")) == in_base));
  const FaceSet negatives = load_faces({studio.scratch / "negatives"}, 256);
  const LatentStats own = moments_of(
      sample_latents(exec, params, without_canonical(network),
                     reader_of(exec, {negatives.bytes.data(), negatives.count(), negatives.side}),
                     measures_mirrored(*options.recipe)));
  CHECK(distance_of_means(own, known) > 0.4);
  const std::string name = canonical_latent_layer(Side::B);
  const std::vector<float> w = weights(name + ".weight"), b = weights(name + ".bias");
  const double unmoved = largest_difference(outputs(w, b, known.mean), expected);
  CHECK(largest_difference(outputs(w, b, own.mean), expected) < 0.05 * unmoved);
}

TEST_CASE("a new model starts from a base, learns faster for it, and resumes without it") {
  Based based;
  TrainOptions& options = based.studio.options;
  const auto first_loss = [&] {
    double loss = 0;
    const TrainReport report = based.studio.run({.on_progress = [&](const TrainProgress& p) {
      if (p.iteration == 1) loss = p.loss_a;
    }});
    CHECK_FALSE(report.start.resumed);
    return loss;
  };
  options.iterations = 2;
  options.model = based.studio.scratch / "fresh";
  const double fresh = first_loss();
  options.model = based.studio.scratch / "transferred";
  options.base = based.file;
  CHECK(first_loss() < 0.8 * fresh);
  std::filesystem::remove(based.file);
  options.iterations = 3;
  const TrainReport resumed = based.studio.run();
  CHECK(resumed.start.resumed);
  CHECK(resumed.start.iteration == 2);
}

TEST_CASE("a base keeps the consent notes of its model, and models that start from it have them") {
  Based based;
  based.studio.options.consents = {"a agrees", "b agrees"};
  based.studio.options.iterations = 42;
  based.studio.run();
  save_base(based.file, SafetensorsFile(based.studio.model_file()));
  CHECK(consent_notes(SafetensorsFile(based.file)) == based.studio.options.consents);
  based.studio.options.consents = {};
  based.studio.options.model = based.studio.scratch / "other";
  based.studio.options.base = based.file;
  based.studio.options.iterations = 1;
  based.studio.run();
  CHECK(consent_notes(SafetensorsFile(based.studio.model_file())) ==
        std::vector<std::string>{"a agrees", "b agrees"});
}

TEST_CASE("a model serves as its own base") {
  const Based based;
  const SafetensorsFile file(based.studio.model_file());
  Exec exec = Cpu();
  ParamStore params(exec);
  const Network network = read_model_info(file).network;
  network.declare(params);
  params.allocate(/*with_gradients=*/false);
  load_base(file, network, params);
  ParamStore model(exec);
  load_network(file, model);
  const std::string out = network.prefix_a + "out.weight";
  CHECK((params.read(params.find(out)) == model.read(model.find(out))));
  CHECK((params.read(params.find(network.prefix_b + "out.weight")) == model.read(model.find(out))));
}

TEST_CASE("a base of another network is refused with both named, and told apart beforehand") {
  const Based based;
  const Network other = preset("light").network, own = tiny_preset().network;
  CHECK(is_base_of(based.file, own));
  CHECK(is_base_of(based.studio.model_file(), own));
  CHECK_FALSE(is_base_of(based.file, other));
  CHECK_FALSE(is_base_of(based.studio.scratch / "none", own));
  std::ofstream(based.studio.scratch / "junk") << "junk";
  CHECK_FALSE(is_base_of(based.studio.scratch / "junk", own));
  Exec exec = Cpu();
  ParamStore params(exec);
  other.declare(params);
  const std::string message =
      message_of([&] { load_base(SafetensorsFile(based.file), other, params); });
  CHECK(contains(message, "base.safetensors: is of the network autoencoder (" + own.settings));
  CHECK(contains(message, "wanted autoencoder (" + other.settings));
}

TEST_CASE("a base without a mask head serves a network with one, and the other way round") {
  const Scratch scratch;
  const std::string settings = "size=16 down=8,8 latent=16 inner=16 up=8 decoder=8 coverage=224";
  const Network plain = network("df", settings + " residual=0");
  const Network with = network("df", settings + " residual=0 mask=4");
  Exec exec = Cpu();
  for (const Network* of : {&plain, &with}) {
    ParamStore params(exec);
    of->declare(params);
    params.allocate();
    params.initialize(1);
    save_weights(scratch / "model.safetensors", "", *of, params);
    save_base(scratch / "base.safetensors", SafetensorsFile(scratch / "model.safetensors"));
    for (const Network* wanted : {&plain, &with}) {
      CHECK(is_base_of(scratch / "base.safetensors", *wanted));
      ParamStore fresh(exec);
      wanted->declare(fresh);
      fresh.allocate();
      fresh.initialize(2);
      const int head = wanted->has_mask ? fresh.find("decoder_b.mask1.weight") : 0;
      const std::vector<float> before = fresh.read(head);
      load_base(SafetensorsFile(scratch / "base.safetensors"), *wanted, fresh);
      const std::string out = "decoder_a.out.weight";
      CHECK(fresh.read(fresh.find(out))[0] ==
            to_float(from_float<Bf16>(params.read(params.find(out))[0])));
      if (wanted->has_mask) CHECK((fresh.read(head) == before) == !of->has_mask);
    }
  }
  CHECK_FALSE(is_base_of(scratch / "base.safetensors", network("df", settings)));
}

}  // namespace cameo::test

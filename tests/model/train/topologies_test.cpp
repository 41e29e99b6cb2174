// SPDX-License-Identifier: MIT
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "model/data/image_file.h"
#include "model/infer/swapper.h"
#include "model/net/autoencoder.h"
#include "tests/model/train/studio.h"

namespace cameo::test {
namespace {

struct Case {
  std::string kind, settings;
  TrainMode mode;
};

/// Few channels, each topology, each size.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [size, mode] : {std::pair{64, TrainMode::Joint},
                                   {64, TrainMode::Alternate},
                                   {128, TrainMode::Alternate},
                                   {256, TrainMode::Joint}}) {
    const std::string begin = "size=" + std::to_string(size) + " down=4,4,4,4 ";
    const std::string rest = "latent=8 inner=4 up=4 decoder=4,4";
    all.push_back({kAutoencoder, begin + "code=8 inner=4 up=4,4 decoder=4,4", mode});
    all.push_back({"df", begin + rest + " unshuffle=1 residual=0", mode});
    all.push_back({"df", begin + rest + " down_residual=1 norm=1 mask=4", mode});
    all.push_back({"df", begin + rest + " unshuffle=1 canonical=1", mode});
    all.push_back({"liae", begin + rest + " norm=1", mode});
  }
  return all;
}

/// Renders one face with latents matched or not.
std::vector<float> swapped(const TrainOptions& options, bool match) {
  const auto swapper =
      open_swapper(options.model, {.side = Side::B, .batch = 1, .match_latents = match});
  const int size = options.preset.network.size;
  CHECK(swapper->size() == size);
  const std::vector<float> face(static_cast<std::size_t>(size) * size * 3, 0.6F);
  std::vector<float> image(face.size());
  swapper->run(face, image, 1);
  return image;
}

TrainReport train_to(int iterations, TrainOptions options) {
  Exec exec = one_way();
  options.iterations = iterations;
  return train(exec, options);
}

}  // namespace

TEST_CASE("every topology trains, goes on, previews and converts at every size") {
  const Studio studio;
  for (const Case& c : cases()) {
    CAPTURE(c.kind);
    CAPTURE(c.settings);
    CAPTURE(std::string(name_of(c.mode)));
    const Scratch scratch;
    TrainOptions straight = studio.options;
    straight.preset.network = network(c.kind, c.settings);
    straight.recipe = tiny_recipe(1);
    if (is_canonical(straight.preset.network)) {
      straight.recipe->freeze_encoder = true;
      straight.recipe->cycle = 0.5;
    }
    straight.mode = c.mode;
    TrainOptions halves = straight;
    straight.model = scratch / "straight";
    halves.model = scratch / "halves";
    train_to(2, straight);
    train_to(1, halves);
    halves.preview = scratch / "preview.png";
    CHECK(train_to(2, halves).start.resumed);
    CHECK((bytes_of_file(straight.model / kModelFile) == bytes_of_file(halves.model / kModelFile)));

    const ModelInfo info = read_model_info(straight.model / kModelFile);
    CHECK(info.network == straight.preset.network);
    CHECK(read_pixels(halves.preview).height == 7 * info.network.size);
    CHECK(swapped(straight, true) != swapped(straight, false));
  }
}

}  // namespace cameo::test

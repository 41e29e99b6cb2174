// SPDX-License-Identifier: MIT
// The adversarial phase: when it begins, what a checkpoint keeps of it, and that it sharpens.
#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "engine/floats.h"
#include "model/infer/swapper.h"
#include "tests/model/train/studio.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// A studio whose trainings are adversarial in their second half.
struct Ring : Studio {
  explicit Ring(TrainMode mode = TrainMode::Joint, double muon = 0) {
    options.mode = mode;
    options.backups = 0;
    options.iterations = 20;
    options.recipe->gan = 0.1;
    options.recipe->gan_from = 0.5;
    options.recipe->muon = muon;
    options.recipe->decay = 0.4;
  }
  /// Trains until it has been asked to stop, or to the end.
  TrainReport run_to(int iteration = 1000) const {
    Exec exec = one_way();
    std::int64_t at = 0;
    return train(exec, options,
                 {.on_progress = [&](const TrainProgress& p) { at = p.iteration; },
                  .should_stop = [&] { return at >= iteration; }});
  }
  std::string model() const { return bytes_of_file(model_file()); }
  /// Cells of a column of metrics.csv, below its name.
  std::vector<std::string> column(const std::string& name) const {
    std::istringstream lines(bytes_of_file(options.model / "metrics.csv"));
    std::vector<std::string> found;
    std::size_t index = std::string::npos;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream cells(line + ",");
      std::vector<std::string> row;
      for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
      if (index == std::string::npos) {
        const auto at = std::find(row.begin(), row.end(), name);
        REQUIRE(at != row.end());
        index = static_cast<std::size_t>(at - row.begin());
      } else {
        found.push_back(index < row.size() ? row[index] : "");
      }
    }
    return found;
  }
};

/// Discs at random places under grain that no narrow network can know: what it can know of a pixel
/// is its mean, so it renders discs without grain.
class GrainyDiscs {
 public:
  static constexpr int kSide = 32, kCount = 4;

  std::vector<float> draw() {
    std::vector<float> all;
    for (int i = 0; i < kCount; ++i) {
      const float centre_x = 8 + 16 * random_.uniform(), centre_y = 8 + 16 * random_.uniform();
      std::vector<float> grain(std::size_t{kSide} * kSide / 4);
      for (float& one : grain) one = 0.4F * (random_.uniform() - 0.5F);
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
          const float dx = static_cast<float>(x) - centre_x, dy = static_cast<float>(y) - centre_y;
          const float value =
              (dx * dx + dy * dy < 64 ? 0.7F : 0.3F) + grain.data()[y / 2 * (kSide / 2) + x / 2];
          all.insert(all.end(), 3, value);
        }
    }
    return all;
  }

 private:
  Random random_{5};
};

/// Mean square of the differences between neighbours in a row.
double gradient_energy(const std::vector<float>& images) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i + 3 < images.size(); ++i) {
    if (i / 3 % GrainyDiscs::kSide == GrainyDiscs::kSide - 1) continue;
    const double d = double{images[i + 3]} - double{images[i]};
    sum += d * d;
    ++count;
  }
  return sum / static_cast<double>(count);
}

/// Energies after 220 steps, the last 100 adversarial if `gan` is above 0.
struct Sharpness {
  double a, b, real;  ///< of the images rendered for a side, and of those to render
  double loss_b;
};
Sharpness train_on_grain(double gan) {
  const Threads one(1);
  Exec exec = one_way();
  const Network network = autoencoder({.size = GrainyDiscs::kSide,
                                       .down = {8, 8},
                                       .latent = 16,
                                       .inner = 16,
                                       .up = {16},
                                       .decoder = {16, 16, 16}});
  const Recipe recipe{
      .batch = GrainyDiscs::kCount, .rate = 1e-3, .beta1 = 0.9, .gan = gan, .gan_patch = 7};
  Learner learner(exec, {network, recipe, TrainMode::Joint, /*adversarial=*/false});
  learner.initialize(1);
  GrainyDiscs discs;
  Sharpness found{};
  for (int step = 0; step < 220; ++step) {
    if (gan > 0 && step == 120) learner.begin_adversarial();
    for (const Side side : {Side::A, Side::B}) {
      const std::vector<float> images = discs.draw();
      write_floats(exec, learner.face(side), images.data());
      write_floats(exec, learner.target(side), images.data());
    }
    found.loss_b = learner.step().b;
  }
  const std::vector<float> images = discs.draw();
  found.real = gradient_energy(images);
  for (const Side side : {Side::A, Side::B}) {
    const auto render =
        render_graph(exec, learner.params(), network, GrainyDiscs::kCount, side, Mode::Evaluation);
    write_floats(exec, render->graph.value(render->face), images.data());
    render->graph.forward();
    (side == Side::A ? found.a : found.b) =
        gradient_energy(read_floats(exec, render->graph.value(render->image)));
  }
  return found;
}

bool holds(const std::filesystem::path& file, const std::string& tensor) {
  return SafetensorsFile(file).has(tensor);
}

constexpr const char* kWeight = "discriminator.weight.in.weight";

}  // namespace

TEST_CASE("a training stopped before, at or after its adversarial phase equals one that was not") {
  struct Training {
    TrainMode mode;
    double muon;
  };
  for (const Training& training :
       {Training{TrainMode::Joint, 0}, {TrainMode::Alternate, 0}, {TrainMode::Joint, 0.02}}) {
    const Ring straight(training.mode, training.muon);
    straight.run_to();
    CAPTURE(std::string(name_of(training.mode)));
    CAPTURE(training.muon);
    for (const int stop : {4, 10, 15}) {
      CAPTURE(stop);
      const Ring stopped(training.mode, training.muon);
      CHECK(stopped.run_to(stop).iteration == stop);
      CHECK(stopped.run_to().start.iteration == stop);
      CHECK((straight.model() == stopped.model()));
    }
  }
}

TEST_CASE("before its phase the adversarial loss changes no bit of the model, then it does") {
  const Ring with;
  Ring without;
  without.options.recipe->gan = 0;
  const auto weights = [](const Ring& ring) {
    Exec exec{Cpu{}};
    ParamStore params(exec);
    load_network(SafetensorsFile(ring.model_file()), params);
    const int rows = static_cast<int>(params.table().size());
    std::vector<std::vector<float>> all;
    all.reserve(params.table().size());
    for (int row = 0; row < rows; ++row) all.push_back(params.read(row));
    return all;
  };
  with.run_to(10);
  without.run_to(10);
  CHECK(weights(with) == weights(without));
  with.run_to(11);
  without.run_to(11);
  CHECK(weights(with) != weights(without));
}

TEST_CASE("metrics have the adversarial losses from the beginning of the phase on") {
  Ring ring;
  ring.options.metrics_interval = 4;
  ring.run_to();
  // The phase begins a row of its own: at 4, 8, 10, 12, 16, 20.
  CHECK(ring.column("iteration") == std::vector<std::string>{"4", "8", "10", "12", "16", "20"});
  for (const char* name : {"gan_b", "discriminator"}) {
    CAPTURE(name);
    const std::vector<std::string> cells = ring.column(name);
    for (std::size_t i = 0; i < 3; ++i) CHECK(cells[i].empty());
    // Two maps, each about log 2 while nobody can tell.
    for (std::size_t i = 3; i < 6; ++i)
      CHECK(std::stod(cells[i]) == doctest::Approx(1.39).epsilon(0.3));
  }
}

TEST_CASE("the discriminator is saved with the training and is no part of the model") {
  const Ring ring;
  ring.run_to();
  CHECK(holds(ring.model_file(), kWeight));
  CHECK(holds(ring.model_file(), "discriminator.m.in.weight"));
  CHECK(read_model_info(ring.model_file()).parameters == tiny_preset().network.parameters());
  const std::vector<float> face(std::size_t{16} * 16 * 3, 0.4F);
  std::vector<float> image(face.size());
  open_swapper(ring.options.model)->run(face, image, 1);
  CHECK(image != face);
}

TEST_CASE("a checkpoint that has no discriminator, or one of another patch, begins one") {
  Ring ring;
  ring.options.recipe->gan = 0;
  ring.run_to(12);
  CHECK_FALSE(holds(ring.model_file(), kWeight));
  ring.options.recipe.reset();
  ring.options.overrides.gan = 0.1;
  const TrainReport report = ring.run_to(15);
  CHECK(report.start.iteration == 12);
  CHECK(report.start.notes == std::vector<std::string>{"gan 0.1 instead of the model's 0"});
  CHECK(holds(ring.model_file(), "discriminator.weight.down1.weight"));
  CHECK_FALSE(holds(ring.model_file(), "discriminator.weight.down2.weight"));
  ring.options.overrides.gan_patch = 7;
  CHECK(ring.run_to(17).start.notes ==
        std::vector<std::string>{"gan-patch 7 instead of the model's 0"});
  CHECK(holds(ring.model_file(), "discriminator.weight.down2.weight"));
  // Nor is it lost where the phase is put off.
  ring.options.overrides.gan_from = 1;
  ring.run_to();
  CHECK(holds(ring.model_file(), "discriminator.weight.down2.weight"));
}

TEST_CASE("a patch that the images have not is refused before training begins") {
  Ring ring;
  ring.options.recipe->gan_patch = 17;
  CHECK(contains(message_of([&] { ring.run_to(); }),
                 "a patch of 17 pixels for images of 16, must be 3 to 16"));
  CHECK_FALSE(std::filesystem::exists(ring.model_file()));
}

TEST_CASE("memory planned for an adversarial learner is what it allocates") {
  Exec exec{Cpu{}};
  const Network network = tiny_preset().network;
  Recipe recipe = tiny_recipe(6);
  const LearnerMemory plain = Learner::plan_memory(exec, {network, recipe});
  recipe.gan = 0.1;
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    const LearnerMemory planned = Learner::plan_memory(exec, {network, recipe, mode});
    Learner learner(exec, {network, recipe, mode, /*adversarial=*/false});
    const std::size_t before = learner.memory().total();
    learner.begin_adversarial();
    const LearnerMemory held = learner.memory();
    CAPTURE(std::string(name_of(mode)));
    CHECK(planned.weights > plain.weights);
    CHECK(planned.activations > plain.activations);
    CHECK(held.total() > before);
    CHECK(planned.weights == held.weights);
    CHECK(planned.gradients == held.gradients);
    CHECK(planned.moments == held.moments);
    const double off = mode == TrainMode::Joint ? 1e-9 : 0.1;
    CHECK(planned.activations == doctest::Approx(held.activations).epsilon(off));
    CHECK(planned.backward == doctest::Approx(held.backward).epsilon(off));
  }
}

TEST_CASE("the discriminator's learning rate falls with the network's") {
  Exec exec = one_way();
  Recipe recipe = tiny_recipe(2);
  recipe.gan = 0.1;
  recipe.gan_from = 0.5;
  recipe.decay = 0.5;
  Learner learner(exec, {tiny_preset().network, recipe, TrainMode::Alternate, false});
  learner.initialize(1);
  learner.set_schedule(20);
  const auto weights = [&] {
    std::vector<float> all;
    for (const StateTensor& tensor : learner.tensors().states.at("discriminator")->save()) {
      if (!tensor.name.starts_with("weight.")) continue;
      const std::size_t at = all.size();
      all.resize(at + tensor.bytes.size() / sizeof(float));
      std::memcpy(&all[at], tensor.bytes.data(), tensor.bytes.size());
    }
    return all;
  };
  const auto change_of_step = [&] {
    const std::vector<float> before = weights();
    learner.step();
    return largest_difference(before, weights());
  };
  for (int i = 0; i < 10; ++i) CHECK(change_of_step() == 0);
  learner.begin_adversarial();
  // Adam's first step changes a weight by the rate: nine tenths of its height; the last, by no more
  // than a few times 2 %.
  CHECK(change_of_step() == doctest::Approx(0.9 * recipe.rate).epsilon(0.01));
  for (int i = 0; i < 8; ++i) learner.step();
  CHECK(change_of_step() < 0.1 * recipe.rate);
}

TEST_CASE("the adversarial phase sharpens B's images, and B's alone") {
  const Sharpness plain = train_on_grain(0), sharp = train_on_grain(0.01);
  CAPTURE(plain.b);
  CAPTURE(sharp.b);
  CHECK(plain.b < 0.1 * plain.real);
  // Seven times as much with this seed, six to eleven with others; not more than there is.
  CHECK(sharp.b > 3 * plain.b);
  CHECK(sharp.b < 1.5 * sharp.real);
  CHECK(sharp.a == doctest::Approx(plain.a).epsilon(0.5));
  CHECK(sharp.loss_b < 1.3 * plain.loss_b);
}

}  // namespace cameo::test

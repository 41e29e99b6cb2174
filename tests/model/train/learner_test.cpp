// SPDX-License-Identifier: MIT
#include "model/train/learner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "engine/floats.h"
#include "tests/model/drawn_faces.h"

using namespace cameo;
using cameo::test::tiny_preset;
using cameo::test::tiny_recipe;

namespace {

/// Each mode with either optimizer.
struct Training {
  TrainMode mode;
  double muon;  ///< its rate; 0: Adam alone
};
constexpr Training kTrainings[] = {{TrainMode::Joint, 0},
                                   {TrainMode::Alternate, 0},
                                   {TrainMode::Joint, 0.02},
                                   {TrainMode::Alternate, 0.02}};

/// Made-up moments of latents.
LatentStats moments(Random& random, int width, float spread) {
  LatentStats stats;
  for (int i = 0; i < width; ++i) {
    stats.mean.push_back(spread * random.uniform());
    stats.deviation.push_back(0.5F + random.uniform());
  }
  return stats;
}

double mean_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(double{a[i]} - b[i]);
  return sum / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("each side's loss is that of its own images") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    Exec exec{Cpu{}};
    const Preset preset = tiny_preset();
    Learner learner(exec, {preset.network, tiny_recipe(2), mode});
    // All weights are zero, so both decoders draw 0.5 everywhere.
    for (const Side side : {Side::A, Side::B}) {
      const View target = learner.target(side);
      CHECK(target.shape == Shape{2, 16, 16, 3});
      CHECK(learner.face(side).shape == target.shape);
      std::get<Cpu>(exec).fill(target.f32(), side == Side::A ? 0.75F : 1.0F, std::size_t{2} * 768);
    }
    const Learner::Losses losses = learner.step();
    CAPTURE(name_of(mode));
    CHECK(losses.a == doctest::Approx(0.25));
    CHECK(losses.b == doctest::Approx(0.5).epsilon(0.01));  // alternate: A's step came before
  }
}

TEST_CASE("both decoders begin with the same weights where the recipe says so") {
  Exec exec{Cpu{}};
  const Preset preset = tiny_preset();
  Recipe recipe = tiny_recipe(1);
  for (const bool shared_init : {false, true}) {
    recipe.shared_init = shared_init;
    Learner learner(exec, {preset.network, recipe});
    learner.initialize(1);
    CAPTURE(shared_init);
    const auto weights_of = [&](const std::string& name) {
      return learner.params().read(learner.params().find(name));
    };
    int weights = 0;
    for (const Param& p : learner.params().table()) {
      const std::string& a = preset.network.prefix_a;
      if (!p.name.starts_with(a) || p.init == Init::Zeros) continue;
      ++weights;
      const auto of_a = weights_of(p.name);
      CHECK((weights_of(preset.network.prefix_b + p.name.substr(a.size())) == of_a) == shared_init);
      CHECK(of_a.front() != 0);
    }
    CHECK(weights == 4);
  }
}

TEST_CASE("Muon has the matrices, Adam the rest, and training lowers the loss with both") {
  Exec exec{Cpu{}};
  const Preset preset = tiny_preset();
  Recipe recipe = tiny_recipe(4);
  recipe.muon = 0.02;
  Learner learner(exec, {preset.network, recipe});
  learner.initialize(1);
  std::vector<std::string> names;
  const TrainTensors tensors = learner.tensors();
  for (const char* state : {"adam", "muon"})
    for (const StateTensor& tensor : tensors.states.at(state)->save())
      names.push_back(state + (" " + tensor.name));
  for (const Param& p : learner.params().table()) {
    CAPTURE(p.name);
    const auto times = [&](const std::string& name) {
      return std::count(names.begin(), names.end(), name);
    };
    const bool matrix = Muon::takes(p);
    CHECK(times("muon momentum." + p.name) == (matrix ? 1 : 0));
    CHECK(times("adam m." + p.name) == (matrix ? 0 : 1));
    CHECK(times("adam v." + p.name) == (matrix ? 0 : 1));
  }
  const double first = learner.step().a;
  for (int i = 0; i < 20; ++i) learner.step();
  CHECK(learner.step().a < 0.8 * first);
}

TEST_CASE(
    "a frozen encoder stays bit for bit, and the rest learns, whatever the mode and optimizer") {
  Exec exec{Cpu{}};
  const Preset preset = tiny_preset();
  for (const Training& one : kTrainings) {
    const TrainMode mode = one.mode;
    const double muon = one.muon;
    Recipe recipe = tiny_recipe(4);
    recipe.freeze_encoder = true;
    recipe.muon = muon;
    Learner learner(exec, {preset.network, recipe, mode});
    learner.initialize(1);
    Random random(2);
    for (const Side side : {Side::A, Side::B}) {
      std::vector<float> image(static_cast<std::size_t>(learner.face(side).shape.size()));
      for (float& value : image) value = random.uniform();
      write_floats(exec, learner.face(side), image.data());
    }
    std::map<std::string, std::vector<float>> before;
    ParamStore& params = learner.params();
    for (const Param& p : params.table()) before[p.name] = params.read(params.find(p.name));
    const double first = learner.step().a;
    for (int i = 0; i < 20; ++i) learner.step();
    CAPTURE(std::string(name_of(mode)));
    CAPTURE(muon);
    CHECK(learner.step().a < 0.9 * first);
    int frozen = 0;
    for (const Param& p : params.table()) {
      CAPTURE(p.name);
      const bool up_to_latent =
          p.name.starts_with("encoder.down") || p.name.starts_with("encoder.dense1.");
      frozen += up_to_latent ? 1 : 0;
      CHECK((params.read(params.find(p.name)) == before.at(p.name)) == up_to_latent);
    }
    CHECK(frozen >= 4);
    const LearnerMemory planned = Learner::plan_memory(exec, {preset.network, recipe, mode});
    CHECK(planned.moments == doctest::Approx(learner.memory().moments).epsilon(0.1));
  }
}

TEST_CASE("structural dissimilarity is trained on where the recipe weighs it") {
  Exec exec{Cpu{}};
  ParamStore params(exec);
  const Network network = tiny_preset().network;
  network.declare(params);
  params.allocate();
  const auto count = [&](const std::string& program) {
    std::size_t found = 0;
    for (auto at = program.find("dssim"); at != std::string::npos;
         at = program.find("dssim", at + 1))
      ++found;
    return found;
  };
  const ImageLoss plain{}, weighed{.dssim = 0.5};
  CHECK(count(joint_graph(exec, params, network, plain, 1)->graph.print()) == 0);
  CHECK(count(joint_graph(exec, params, network, weighed, 1)->graph.print()) == 2);
  CHECK(count(side_graph(exec, params, network, weighed, 1, Side::B)->graph.print()) == 1);
  const auto scales = joint_graph(exec, params, network, {.ms_ssim = 0.5}, 1);
  CHECK(count(scales->graph.print()) == 0);
  REQUIRE(scales->graph.losses().size() == 4);
  CHECK(scales->graph.losses()[1].name == "ms_ssim_a");
  CHECK(scales->graph.losses()[1].weight == 0.5F);
  CHECK(image_loss({.ms_ssim = 0.25}, false).ms_ssim == 0.25);
}

TEST_CASE("losses and cycle consistency judge what conversions would render") {
  Exec exec{Cpu{}};
  const std::string small = "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4 residual=0";
  const std::pair<Network, int> networks[] = {{tiny_preset().network, 16},
                                              {canonical(network("df", small)), 8}};
  for (const auto& one : networks) {
    const Network& network = one.first;
    const int width = one.second;
    for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
      CAPTURE(network.kind);
      CAPTURE(std::string(name_of(mode)));
      Recipe recipe = tiny_recipe(2);
      recipe.freeze_encoder = true;
      recipe.rate = 1e-9;
      recipe.cycle = 0.5;
      recipe.dssim = 0.25;
      Learner learner(exec, {network, recipe, mode});
      learner.initialize(1);
      // Images of more than grey, in which one person's layer and the other's are told apart.
      for (int row = 0; row < static_cast<int>(learner.params().table().size()); ++row) {
        std::vector<float> weights = learner.params().read(row);
        for (float& w : weights) w *= 2.5F;
        learner.params().write(row, weights.data());
      }
      Random random(2);
      const LatentStats of_a = moments(random, width, 0.2F), of_b = moments(random, width, 0.4F);
      learner.match_latents(of_a, of_b);
      std::map<Side, std::vector<float>> faces, targets;
      for (const Side side : {Side::A, Side::B}) {
        for (auto* images : {&faces[side], &targets[side]})
          for (std::int64_t i = 0; i < learner.face(side).shape.size(); ++i)
            images->push_back(random.uniform());
        write_floats(exec, learner.face(side), faces[side].data());
        write_floats(exec, learner.target(side), targets[side].data());
      }
      const Learner::Losses losses = learner.step();
      // As a conversion renders, or one of a person's own faces.
      const auto render = [&](const std::vector<float>& images, Side as, Rendering what) {
        ParamStore params(exec);
        network.declare(params);
        params.allocate(/*with_gradients=*/false);
        for (int row = 0; row < static_cast<int>(params.table().size()); ++row)
          params.write(row, learner.params().read(row).data());
        if (what == Rendering::Swap)
          match_latents(params, network, as == Side::A ? of_b : of_a, as == Side::A ? of_a : of_b);
        const auto graph = render_graph(exec, params, network, 2, as, Mode::Inference, what);
        write_floats(exec, graph->graph.value(graph->face), images.data());
        graph->graph.forward();
        return read_floats(exec, graph->graph.value(graph->image));
      };
      const auto& names = learner.loss_names();
      for (const Side side : {Side::A, Side::B}) {
        const std::string name = side == Side::A ? "a" : "b";
        const auto loss = [&](const std::string& of) {
          const auto at = std::find(names.begin(), names.end(), of) - names.begin();
          REQUIRE(at < static_cast<std::ptrdiff_t>(names.size()));
          return losses.all[static_cast<std::size_t>(at)];
        };
        CAPTURE(name);
        const std::vector<float> own = render(faces[side], side, Rendering::Own);
        CHECK(loss(name) == doctest::Approx(mean_difference(own, targets[side])).epsilon(1e-4));
        const std::vector<float> back =
            render(render(faces[side], other(side), Rendering::Swap), side, Rendering::Swap);
        CHECK(loss("cycle_" + name) ==
              doctest::Approx(mean_difference(back, targets[side])).epsilon(1e-4));
        CHECK(loss("cycle_dssim_" + name) > 0);
      }
    }
  }
  Recipe free = tiny_recipe(1);
  free.cycle = 1;
  CHECK_THROWS_AS(check_recipe(free), Error);
}

TEST_CASE("the way to the other person's face learns nothing from cycle consistency") {
  Exec exec{Cpu{}};
  const Network network = tiny_preset().network;
  ParamStore params(exec);
  Network frozen = network;
  frozen.freeze_encoder = true;
  frozen.declare(params);
  params.allocate();
  params.initialize(1);
  const auto gradients_of_b = [&](double cycle) {
    const auto g = side_graph(exec, params, frozen, {.cycle = cycle}, 1, Side::A);
    std::vector<float> image(static_cast<std::size_t>(g->graph.value(g->face).shape.size()), 0.3F);
    write_floats(exec, g->graph.value(g->face), image.data());
    write_floats(exec, g->graph.value(g->target), image.data());
    const auto width = static_cast<std::size_t>(g->graph.value(g->to_a->bias).shape.c);
    std::vector<float> identity(width * width);
    for (std::size_t i = 0; i < width; ++i) identity[i * width + i] = 1;
    for (const LatentMatch& match : {*g->to_a, *g->to_b})
      write_floats(exec, g->graph.value(match.weight), identity.data());
    g->graph.forward();
    g->graph.backward();
    double of_a = 0, of_b = 0;
    for (const Param& p : params.table()) {
      if (frozen.is_frozen(p.name)) continue;
      double& sum = p.name.starts_with(network.prefix_b) ? of_b : of_a;
      for (const float x : read_floats(exec, params.grad(params.find(p.name)))) sum += std::abs(x);
    }
    CHECK(of_a > 0);
    return of_b;
  };
  CHECK(gradients_of_b(1) == 0);
}

TEST_CASE(
    "memory planned for a batch is what a learner of it allocates, and the largest that fits "
    "is found") {
  Exec exec{Cpu{}};
  const Network network = tiny_preset().network;
  for (const Training& one : kTrainings) {
    const TrainMode mode = one.mode;
    const double muon = one.muon;
    Recipe recipe = tiny_recipe(6);
    recipe.dssim = 0.3;
    recipe.muon = muon;
    const LearnerMemory planned = Learner::plan_memory(exec, {network, recipe, mode});
    const LearnerMemory held = Learner(exec, {network, recipe, mode}).memory();
    CAPTURE(name_of(mode));
    CHECK(planned.weights == held.weights);
    CHECK(planned.gradients == held.gradients);
    CHECK(planned.moments == doctest::Approx(held.moments).epsilon(muon > 0 ? 0.1 : 1e-9));
    // Alternate training is planned by joint training's graph, which holds about as much.
    const double off = mode == TrainMode::Joint ? 1e-9 : 0.1;
    CHECK(planned.activations == doctest::Approx(held.activations).epsilon(off));
    CHECK(planned.backward == doctest::Approx(held.backward).epsilon(off));
    recipe.batch = 64;
    const std::size_t all = Learner::plan_memory(exec, {network, recipe, mode}).total();
    CHECK(Learner::largest_batch(exec, {network, recipe, mode}, all) == 64);
    CHECK(Learner::largest_batch(exec, {network, recipe, mode}, 0) == 1);
    recipe.batch = Learner::largest_batch(exec, {network, recipe, mode}, all - 1);
    CHECK((recipe.batch > 1 && recipe.batch < 64));
    CHECK(Learner::plan_memory(exec, {network, recipe, mode}).total() < all);
  }
}

// SPDX-License-Identifier: MIT
// What a training may find in its model's folder, and what it leaves there.
#include "model/train/session.h"

#include <fstream>
#include <optional>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/train/backups.h"
#include "tests/model/train/studio.h"

using namespace cameo;
using cameo::test::bytes_of_file;
using cameo::test::contains;
using cameo::test::draw_faces;
using cameo::test::message_of;
using cameo::test::one_way;
using cameo::test::Studio;
using cameo::test::tiny_recipe;

namespace {

namespace fs = std::filesystem;

/// A metadata entry of a model's file; empty if there is none.
std::string entry(const fs::path& file, const std::string& key) {
  const SafetensorsFile opened(file);
  const auto found = opened.metadata().find(key);
  return found == opened.metadata().end() ? "" : found->second;
}

fs::path beside(const Studio& studio, const std::string& ending) {
  return studio.model_file().string() + ending;
}

/// The file as a version before recipes wrote it: keys that it did not know have another name.
void make_old(const fs::path& file) {
  std::string bytes = bytes_of_file(file);
  for (const std::string key : {"\"recipe\"", "\"run\"", "\"faces_a.f", "\"faces_b.f"})
    bytes[bytes.find(key) + 1] = '_';
  std::ofstream(file, std::ios::binary) << bytes;
}

TrainReport run_with(const Studio& studio, const TrainCallbacks& callbacks) {
  Exec exec = one_way();
  return train(exec, studio.options, callbacks);
}

}  // namespace

TEST_CASE("one training at a time is allowed in a model's folder") {
  Studio studio;
  std::string why;
  studio.run({.on_start = [&](const TrainStart&) { why = message_of([&] { studio.run(); }); }});
  CHECK(contains(why, studio.options.model.string() + ": in use (training, process "));
  CHECK_FALSE(fs::exists(studio.options.model / ".lock"));
}

TEST_CASE("a folder that holds backups only is refused, and they stay") {
  Studio studio;
  studio.options.save_interval = 10;
  studio.run();
  fs::remove(studio.model_file());
  const std::string before = bytes_of_file(beside(studio, ".bak1"));
  const std::string why = message_of([&] { studio.run(); });
  CHECK(
      contains(why, "holds model.safetensors.bak1 (iteration 10) but no model.safetensors; copy"));
  CHECK_FALSE(fs::exists(studio.model_file()));
  CHECK(bytes_of_file(beside(studio, ".bak1")) == before);
  std::ofstream(beside(studio, ".bak1")) << "damaged";
  CHECK(contains(message_of([&] { studio.run(); }), "holds model.safetensors.bak1 but no"));
}

TEST_CASE("a damaged model is refused with the names of the backups that can be read") {
  Studio studio;
  studio.options.save_interval = 5;
  studio.run();
  std::ofstream(beside(studio, ".bak2")) << "damaged";
  std::ofstream(studio.model_file()) << "damaged";
  const std::string why = message_of([&] { studio.run(); });
  CHECK(contains(why, "backups that can be read: model.safetensors.bak1 (iteration 15); copy one"));
  CHECK_FALSE(contains(why, "bak2"));
}

TEST_CASE("saves of another run are never rotated away") {
  Studio first;
  first.options.save_interval = 10;
  first.run();
  Studio other;
  other.options.seed = 5;
  other.options.save_interval = 10;
  other.options.iterations = 10;
  other.run();
  // A user puts another model into the folder, and training goes on from that.
  const std::string kept = bytes_of_file(beside(first, ".bak1"));
  fs::copy_file(other.model_file(), first.model_file(), fs::copy_options::overwrite_existing);
  first.options.iterations = 50;
  first.run();
  CHECK(bytes_of_file(beside(first, ".kept1")) == kept);
  CHECK(read_model_info(beside(first, ".bak1")).iteration == 40);
  CHECK(read_model_info(beside(first, ".bak2")).iteration == 30);
}

TEST_CASE("after going back to a backup the later saves are kept, too") {
  Studio studio;
  studio.options.save_interval = 5;
  studio.run();
  const std::string later = bytes_of_file(beside(studio, ".bak1"));
  fs::copy_file(beside(studio, ".bak2"), studio.model_file(), fs::copy_options::overwrite_existing);
  studio.options.iterations = 15;
  studio.run();
  CHECK(bytes_of_file(beside(studio, ".kept1")) == later);
  CHECK(read_model_info(beside(studio, ".bak1")).iteration == 10);
}

TEST_CASE("a backup that cannot be read is passed over by the search for a sound one") {
  Studio studio;
  studio.options.save_interval = 5;
  studio.run();
  std::ofstream(beside(studio, ".bak1")) << "damaged";
  CHECK(newest_checkpoint(studio.model_file(), 2, 15) == beside(studio, ".bak2"));
  CHECK(newest_checkpoint(studio.model_file(), 1, 15).empty());
}

TEST_CASE("notes of consent stay in the model, and new ones are added once") {
  Studio studio;
  studio.options.consents = {"first"};
  studio.run();
  CHECK(consent_notes(SafetensorsFile(studio.model_file())) == std::vector<std::string>{"first"});
  studio.options.consents = {"second", "first"};
  studio.options.iterations += 1;
  studio.run();
  studio.options.consents.clear();
  studio.options.iterations += 1;
  studio.run();
  const std::vector<std::string> both{"first", "second"};
  CHECK(consent_notes(SafetensorsFile(studio.model_file())) == both);
}

TEST_CASE("a measurement that fails loses no save") {
  Studio studio;
  studio.run();
  const std::optional<Recipe> recipe = tiny_recipe();
  Session session({.folder = studio.options.model,
                   .preset = studio.options.preset,
                   .recipe = recipe,
                   .overrides = {}});
  Exec exec{Cpu{}};
  Learner learner(exec, {studio.options.preset.network, session.recipe()});
  session.load(learner);
  session.state().info.iteration = 33;
  const std::string why = session.save(learner.tensors(), [](TrainingState& state) {
    state.latents_a.moments = {{1}, {1}};
    fail(ErrorCode::Device, "no memory left");
  });
  CHECK(contains(why, "no memory left"));
  CHECK(read_model_info(studio.model_file()).iteration == 33);
  CHECK_FALSE(load_latent_stats(SafetensorsFile(studio.model_file()), "a"));
}

TEST_CASE("training saves by the clock as well as by iterations") {
  Studio studio;
  studio.options.iterations = 40;
  studio.options.save_seconds = 300;
  double now = 1000;
  std::vector<std::int64_t> saves;
  run_with(studio, {.should_stop =
                        [&] {
                          const std::int64_t saved =
                              fs::exists(studio.model_file())
                                  ? read_model_info(studio.model_file()).iteration
                                  : 0;
                          if (saved > 0 && (saves.empty() || saved != saves.back()))
                            saves.push_back(saved);
                          return false;
                        },
                    .clock = [&] { return now += 10; }});  // two looks at it an iteration
  CHECK(saves == std::vector<std::int64_t>{15, 30});
  CHECK(read_model_info(studio.model_file()).iteration == 40);
}

TEST_CASE("the first preview comes after a minute, the next by its own interval") {
  Studio studio;
  studio.options.iterations = 30;
  studio.options.preview_seconds = 200;
  studio.options.preview = studio.scratch / "preview.png";
  double now = 0;
  std::vector<std::int64_t> previews;
  std::int64_t iteration = 0;
  run_with(studio, {.on_progress = [&](const TrainProgress& at) { iteration = at.iteration; },
                    .should_stop =
                        [&] {
                          if (fs::remove(studio.options.preview)) previews.push_back(iteration);
                          now += 20;
                          return false;
                        },
                    .clock = [&] { return now; }});
  CHECK(previews == std::vector<std::int64_t>{4, 14, 24});
}

TEST_CASE("the recipe is saved and resumed, what is given replaces it and is reported") {
  Studio studio;
  studio.options.recipe->dssim = 0.6;
  studio.options.recipe->batch = 2;
  studio.run();
  studio.options.recipe.reset();
  studio.options.iterations = 21;
  const TrainReport resumed = studio.run();
  CHECK(resumed.start.recipe.dssim == 0.6);
  CHECK(resumed.start.recipe.batch == 2);
  CHECK(resumed.start.recipe.rate == tiny_recipe().rate);
  CHECK(resumed.start.notes.empty());
  studio.options.iterations = 22;
  studio.options.overrides = {.batch = 3, .rate = 1e-3};
  const TrainReport changed = studio.run();
  CHECK(changed.start.notes == std::vector<std::string>{"batch 3 instead of the model's 2",
                                                        "rate 0.001 instead of the model's 0.004"});
  studio.options.overrides = {};
  studio.options.iterations = 23;
  const TrainReport kept = studio.run();
  CHECK(kept.start.recipe.batch == 3);
  CHECK(kept.start.recipe.rate == 1e-3);
  CHECK(kept.faces_seen == 20 * 4 + 1 * 4 + 1 * 6 + 1 * 6);
}

TEST_CASE("an encoder that was frozen cannot be trained on, and nothing is lost by asking for it") {
  Studio studio;
  studio.options.recipe->freeze_encoder = true;
  studio.run();
  const std::string before = bytes_of_file(studio.model_file());
  studio.options.recipe.reset();
  studio.options.overrides.freeze_encoder = false;
  CHECK(contains(message_of([&] { studio.run(); }), "its encoder is frozen"));
  CHECK(bytes_of_file(studio.model_file()) == before);
}

TEST_CASE("a model that reads faces by way of a base keeps its encoder, and cannot train it") {
  Studio studio;
  TrainOptions& options = studio.options;
  options.preset = {
      .name = "light128",
      .about = "",
      .network = canonical(
          network("df", "size=64 down=4,4,4,4 latent=8 inner=4 up=4 decoder=4,4 residual=0"))};
  options.recipe.reset();
  options.overrides.batch = 1;
  options.iterations = 1;
  const Recipe recipe = studio.run().start.recipe;
  CHECK(recipe.freeze_encoder);
  CHECK(recipe.augment.warp == 0);
  CHECK(recipe.muon == recipe_of_preset("light128")->muon);
  options.overrides.freeze_encoder = false;
  options.model = studio.scratch / "another";
  CHECK(contains(message_of([&] { studio.run(); }), "can only be kept frozen"));
}

TEST_CASE("a model keeps its recipe whatever a preset of its name or sizes says") {
  Studio studio;
  studio.options.preset.name = "light";  // as if light's network had been this one
  studio.run();
  studio.options.recipe.reset();
  studio.options.iterations = 21;
  CHECK(studio.run().start.recipe.warm_up == 0);
  CHECK(recipe_of_preset("light")->warm_up == 100);
}

TEST_CASE("every preset has a recipe of its own name") {
  for (const Preset& known : presets()) {
    CAPTURE(known.name);
    CHECK(recipe_of_preset(known.name).has_value());
  }
  CHECK_FALSE(recipe_of_preset("none").has_value());
}

TEST_CASE("an old model without a recipe gets its preset's, with its own optimizer's rate") {
  Studio studio;
  studio.options.preset.name = "light";
  studio.run();
  make_old(studio.model_file());
  studio.options.recipe.reset();
  studio.options.iterations = 21;
  const TrainReport report = studio.run();
  CHECK(report.start.recipe.warm_up == 100);
  CHECK(report.start.recipe.rate == tiny_recipe().rate);
  CHECK(report.start.notes.empty());
  CHECK(contains(entry(studio.model_file(), "recipe"), "warm-up=100"));
  Studio unknown;
  unknown.run();
  make_old(unknown.model_file());
  unknown.options.recipe.reset();
  unknown.options.iterations = 21;
  const TrainReport of_unknown = unknown.run();
  REQUIRE(of_unknown.start.notes.size() == 1);
  CHECK(contains(of_unknown.start.notes[0], "its preset \"tiny\" is not known"));
}

TEST_CASE("an old model goes on bit for bit as one that holds its recipe") {
  Studio now, old;
  for (Studio* studio : {&now, &old}) {
    studio->options.preset.name = "light";
    studio->options.recipe = recipe_of_preset("light");
    studio->options.backups = 0;
    run_with(*studio, {});
    if (studio == &old) make_old(studio->model_file());
    studio->options.recipe.reset();
    studio->options.iterations = 40;
    run_with(*studio, {});
  }
  CHECK((bytes_of_file(now.model_file()) == bytes_of_file(old.model_file())));
}

TEST_CASE("a recipe survives its text, and an unknown one is refused") {
  Recipe recipe = *recipe_of_preset("light");
  recipe.rate = 1.0 / 3;
  recipe.reference = true;
  CHECK(differences(parse_recipe(text_of(recipe), "file"), recipe).empty());
  CHECK(contains(message_of([] { parse_recipe("batch=4 momentum=0.9", "file"); }),
                 "file: its recipe holds \"momentum=0.9\""));
  CHECK_THROWS_AS(parse_recipe("batch=four", "file"), Error);
}

TEST_CASE("exchanged sides are refused, unless it is meant") {
  Studio studio;
  studio.run();
  const std::string before = bytes_of_file(studio.model_file());
  std::swap(studio.options.faces_a, studio.options.faces_b);
  studio.options.iterations = 21;
  const std::string why = message_of([&] { studio.run(); });
  CHECK(contains(why, "faces of A and B look exchanged for " + studio.model_file().string()));
  CHECK((bytes_of_file(studio.model_file()) == before));
  studio.options.force = true;
  const TrainReport forced = studio.run();
  REQUIRE(forced.start.notes.size() == 1);
  CHECK(contains(forced.start.notes[0], "look exchanged"));
}

TEST_CASE("the same folder or the same faces for both sides are refused") {
  Studio studio;
  studio.options.faces_b = {studio.scratch / "a" / "."};
  CHECK(contains(message_of([&] { studio.run(); }), "is given for both A and B"));
  draw_faces(studio.scratch / "copy", 0, 9);
  studio.options.faces_b = {studio.scratch / "copy"};
  CHECK(contains(message_of([&] { studio.run(); }), "A and B are the same person's: 100 %"));
  CHECK_FALSE(fs::exists(studio.model_file()));
}

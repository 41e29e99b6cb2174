// SPDX-License-Identifier: MIT
#include "model/train/trainer.h"

#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/version.h"
#include "model/infer/swapper.h"
#include "model/net/autoencoder.h"
#include "model/train/backups.h"
#include "model/train/checkpoint.h"
#include "tests/model/train/studio.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::bytes_of_file;
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::one_way;
using cameo::test::Studio;
using cameo::test::tiny_preset;
using cameo::test::tiny_recipe;

TEST_CASE("the loss falls in both modes") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    Studio studio;
    studio.options.mode = mode;
    studio.options.iterations = 150;
    double first_a = 0, first_b = 0;
    const TrainReport report = studio.run({.on_progress = [&](const TrainProgress& p) {
      if (p.iteration > 1) return;
      first_a = p.loss_a;
      first_b = p.loss_b;
    }});
    CAPTURE(name_of(mode));
    CHECK(first_a > 0.1);
    CHECK(report.loss_a < 0.6 * first_a);
    CHECK(report.loss_b < 0.6 * first_b);
  }
}

TEST_CASE("reference images lose nearly what ours do: a place is off by a 64th of a pixel") {
  double losses[2] = {};
  for (const bool reference : {false, true}) {
    Studio studio;
    studio.options.recipe->reference = reference;
    studio.options.iterations = 1;
    studio.run(
        {.on_progress = [&](const TrainProgress& p) { losses[reference ? 1 : 0] = p.loss_a; }});
  }
  CHECK(losses[0] != losses[1]);
  CHECK(losses[0] == doctest::Approx(losses[1]).epsilon(0.001));
}

TEST_CASE("50 and 50 iterations equal 100 bit for bit, whatever the threads") {
  struct Case {
    TrainMode mode;
    std::int64_t half;
    int threads;
    double muon, dropout = 0;
  };
  for (const Case& c :
       {Case{TrainMode::Alternate, 5, 1, 0, 0.7}, Case{TrainMode::Joint, 50, 1, 0},
        Case{TrainMode::Alternate, 50, 1, 0}, Case{TrainMode::Joint, 5, 2, 0},
        Case{TrainMode::Joint, 5, 2, 0.02}, Case{TrainMode::Alternate, 5, 1, 0.02}}) {
    Studio straight(c.threads), halves(c.threads);
    for (Studio* studio : {&straight, &halves}) {
      studio->options.mode = c.mode;
      studio->options.recipe->muon = c.muon;
      studio->options.recipe->rate_dropout = c.dropout;
      studio->options.seed = 33;
      studio->options.backups = 0;
    }
    Exec first = one_way();
    straight.options.iterations = 2 * c.half;
    train(first, straight.options);
    Exec second = one_way();
    halves.options.iterations = c.half;
    train(second, halves.options);
    Exec third = one_way();
    halves.options.iterations = 2 * c.half;
    halves.options.seed = 99;  // the model keeps its own
    const TrainReport report = train(third, halves.options);
    CAPTURE(name_of(c.mode));
    CHECK(report.start.resumed);
    CHECK(report.start.iteration == c.half);
    CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(halves.model_file())));
  }
}

TEST_CASE("targets are rendered for the faces of their names: the faces themselves change no bit") {
  Studio plain, paired, other;
  for (Studio* studio : {&plain, &paired, &other}) studio->options.backups = 0;
  Exec first = one_way();
  const TrainReport faces = train(first, plain.options);
  std::filesystem::copy(paired.scratch / "a", paired.scratch / "targets");
  paired.options.targets_a = {paired.scratch / "targets"};
  Exec second = one_way();
  train(second, paired.options);
  CHECK((bytes_of_file(plain.model_file()) == bytes_of_file(paired.model_file())));
  cameo::test::draw_faces(other.scratch / "targets", 1, 9);
  other.options.targets_a = {other.scratch / "targets"};
  Exec third = one_way();
  const TrainReport swaps = train(third, other.options);
  CHECK(swaps.loss_a != faces.loss_a);
}

TEST_CASE("targets that are not those of the faces are refused, with the first that differs") {
  Studio studio;
  cameo::test::draw_faces(studio.scratch / "targets", 1, 8);
  studio.options.targets_a = {studio.scratch / "targets"};
  const std::string message = message_of([&] { studio.run(); });
  CHECK(contains(message, "targets: nothing stands where the faces have "));
  CHECK(contains(message, "(9 faces, 8 targets); each face needs a target of its name"));
}

TEST_CASE("a run stopped on its way and gone on with equals one that was not, rate and all") {
  Studio straight, stopped;
  for (Studio* studio : {&straight, &stopped}) {
    studio->options.recipe->decay = 0.6;
    studio->options.recipe->warm_up = 7;
    studio->options.recipe->dssim = 0.3;
    studio->options.backups = 0;
  }
  Exec first = one_way();
  train(first, straight.options);
  Exec second = one_way();
  int asked = 0;
  train(second, stopped.options, {.should_stop = [&] { return ++asked == 13; }});
  Exec third = one_way();
  CHECK(train(third, stopped.options).start.iteration == 13);
  CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(stopped.model_file())));
}

TEST_CASE("faces that do not fit into device memory train to the same bits") {
  Studio studio;
  const auto train_with = [&](std::size_t room, const char* name) {
    studio.options.model = studio.scratch / name;
    studio.options.faces_memory = room;
    studio.options.preview = studio.scratch / (std::string(name) + ".png");
    Exec exec = one_way();
    return train(exec, studio.options);
  };
  constexpr std::size_t kFace = std::size_t{256} * 256 * 3;
  const TrainReport all = train_with(0, "all"), none = train_with(1, "none"),
                    some = train_with(9 * kFace, "some");
  CHECK((!all.start.a_on_host && !all.start.b_on_host));
  CHECK((none.start.a_on_host && none.start.b_on_host));
  CHECK(!some.start.a_on_host);  // its 9 faces are all that fits
  CHECK(some.start.b_on_host);
  CHECK(all.start.memory.faces == (9 + 7) * kFace);
  CHECK(none.start.memory.faces == std::size_t{2} * 2 * 4 * kFace);  // two batches of each
  for (const char* other : {"none", "some"}) {
    CAPTURE(other);
    CHECK(bytes_of_file(studio.scratch / other / kModelFile) ==
          bytes_of_file(studio.scratch / "all" / kModelFile));
    CHECK(bytes_of_file(studio.scratch / (std::string(other) + ".png")) ==
          bytes_of_file(studio.scratch / "all.png"));
  }
}

TEST_CASE("the plan of memory is known before the first iteration, and adds up") {
  Studio studio;
  TrainMemory planned;
  Exec exec{Cpu{}};
  train(exec, studio.options, {.on_start = [&](const TrainStart& start) {
          CHECK(start.iteration == 0);
          planned = start.memory;
        }});
  const LearnerMemory& learner = planned.learner;
  ParamStore params(exec);
  studio.options.preset.network.declare(params);
  const auto weights = static_cast<std::size_t>(params.floats()) * sizeof(float);
  CHECK(learner.weights == weights);
  CHECK((learner.gradients == weights && learner.moments == 2 * weights));
  // Of what operations yield, only the images and targets have no gradient.
  CHECK((learner.backward > learner.activations / 2 && learner.backward < learner.activations));
  CHECK(planned.total() == learner.total() + planned.faces);
}

TEST_CASE(
    "a saved model tells how both persons lie in the code, and conversion may make use of it") {
  const Studio studio;
  studio.run();
  const SafetensorsFile model(studio.model_file());
  CHECK(load_latent_stats(model, "a").mean.size() == 16);
  CHECK(load_latent_stats(model, "b").deviation.size() == 16);
  const std::vector<float> face(std::size_t{16} * 16 * 3, 0.4F);
  std::vector<float> aligned(face.size()), raw(face.size());
  open_swapper(studio.options.model, {.match_latents = true})->run(face, aligned, 1);
  open_swapper(studio.options.model)->run(face, raw, 1);
  CHECK(aligned != raw);
}

TEST_CASE("matched latents are best where they were measured of mirrored faces, too") {
  Studio studio;
  for (const double mirror : {0.0, 0.5}) {
    studio.options.recipe->augment.mirror = mirror;
    studio.options.model = studio.scratch / ("mirror" + std::to_string(mirror > 0));
    studio.run();
    CHECK(prefers_matched_latents(SafetensorsFile(studio.model_file())) == (mirror > 0));
  }
}

TEST_CASE("a resumed run takes the algorithms of the run before it, also to measure latents") {
  Studio studio;
  Exec first{Cpu{}};
  std::get<Cpu>(first).tuning["an operation of another machine"] = "its way";
  train(first, studio.options);
  studio.options.iterations = 21;
  Exec second{Cpu{}};
  train(second, studio.options);
  const auto& before = std::get<Cpu>(first).tuning;
  CHECK_FALSE(before.empty());
  const auto saved = read_training_state(SafetensorsFile(studio.model_file())).tuning;
  const auto measures = [](const auto& choice) { return choice.first.ends_with(" constant"); };
  CHECK(std::any_of(saved.begin(), saved.end(), measures));
  for (const auto& choice : before) {
    CAPTURE(choice.first);
    CHECK(std::get<Cpu>(second).tuning[choice.first] == choice.second);
  }
}

TEST_CASE("the file says what the model is, and training up to where it stands does nothing") {
  Studio studio;
  studio.options.mode = TrainMode::Alternate;
  studio.run();
  const ModelInfo info = read_model_info(studio.model_file());
  CHECK(info.preset == "tiny");
  CHECK(info.mode == "alternate");
  CHECK(info.iteration == 20);
  CHECK(info.faces_seen == 20 * 8);
  CHECK(info.version == CAMEO_VERSION);
  Exec exec{Cpu{}};
  Learner learner(exec, {studio.options.preset.network, tiny_recipe(1), TrainMode::Alternate});
  CHECK(info.parameters == learner.params().parameters());
  load_train_tensors(SafetensorsFile(studio.model_file()), learner.tensors());
  CHECK(learner.adam_state().step == 40);  // one step count, raised by A and by B
  CHECK(learner.adam_state().rate == tiny_recipe().rate);

  const std::string before = bytes_of_file(studio.model_file());
  const TrainReport again = studio.run();
  CHECK(again.iteration == 20);
  CHECK(again.seconds == 0);
  CHECK((bytes_of_file(studio.model_file()) == before));
}

TEST_CASE("a model of another preset or mode is refused and left alone") {
  Studio studio;
  studio.run();
  const std::string before = bytes_of_file(studio.model_file());
  studio.options.iterations = 30;
  studio.options.mode = TrainMode::Alternate;
  CHECK(contains(message_of([&] { studio.run(); }), "was trained in mode joint, wanted alternate"));
  studio.options.mode = TrainMode::Joint;
  studio.options.preset.name = "other";
  studio.options.preset.network = autoencoder(
      {.size = 16, .down = {8, 8}, .latent = 8, .inner = 16, .up = {8}, .decoder = {8, 8, 8}});
  const auto train_on = [&] { studio.run(); };
  const std::string tiny = "holds a model of preset tiny (" + tiny_preset().network.settings;
  CHECK(contains(message_of(train_on), tiny + "), wanted other (size=16 "));
  studio.options.preset = tiny_preset();
  AutoencoderSettings whole_face = autoencoder_settings(tiny_preset().network.settings);
  whole_face.coverage = 224;
  studio.options.preset.network = autoencoder(whole_face);
  CHECK(contains(message_of(train_on),
                 tiny + "), wanted tiny (" + tiny_preset().network.settings + " coverage=224)"));
  CHECK((bytes_of_file(studio.model_file()) == before));
}

TEST_CASE("a damaged checkpoint is refused and left alone") {
  Studio studio;
  studio.run();
  const std::string whole = bytes_of_file(studio.model_file());
  studio.options.iterations = 30;
  const auto refused = [&](const std::string& bytes, const char* why) {
    std::ofstream(studio.model_file(), std::ios::binary) << bytes;
    try {
      studio.run();
      FAIL("training went on from a damaged file");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::Format);
      CHECK(contains(e.what(), why));
      CHECK(contains(e.what(), kModelFile));
    }
    CHECK((bytes_of_file(studio.model_file()) == bytes));
  };
  refused(whole.substr(0, whole.size() / 2), "truncated");
  refused("", "not a safetensors file");
  std::string other = whole;
  other.replace(other.find("\"order_a.at\""), 12, "\"order_a.xx\"");
  refused(other, "its metadata has no \"order_a.at\"");
  other = whole;
  other.replace(other.find("adam.v.encoder.down1.bias"), 25, "adam.x.encoder.down1.bias");
  refused(other, "holds no tensor \"adam.v.encoder.down1.bias\"");
}

TEST_CASE("weights alone are a start: training begins at iteration 0 with them") {
  Studio studio;
  studio.run();
  std::string bytes = bytes_of_file(studio.model_file());
  bytes.replace(bytes.find("\"mode\":"), 7, "\"nope\":");
  std::ofstream(studio.model_file(), std::ios::binary) << bytes;
  double first = 1;
  const TrainReport report = studio.run({.on_progress = [&](const TrainProgress& p) {
    if (p.iteration == 1) first = p.loss_a;
  }});
  CHECK(report.start.resumed);
  CHECK(report.start.iteration == 0);
  CHECK(report.iteration == 20);
  Studio fresh;
  double untrained = 0;
  fresh.run({.on_progress = [&](const TrainProgress& p) {
    if (p.iteration == 1) untrained = p.loss_a;
  }});
  CHECK(first < untrained);
}

TEST_CASE("a stop saves where it stands, and older checkpoints are kept, not more than asked for") {
  Studio studio;
  studio.options.save_interval = 3;
  studio.options.backups = 2;
  int iterations = 0;
  const TrainReport report = studio.run({.on_progress = [&](const TrainProgress&) { ++iterations; },
                                         .should_stop = [&] { return iterations == 11; }});
  CHECK(report.stopped);
  CHECK(report.iteration == 11);
  CHECK(read_model_info(studio.model_file()).iteration == 11);
  CHECK(read_model_info(studio.model_file().string() + ".bak1").iteration == 9);
  CHECK(read_model_info(studio.model_file().string() + ".bak2").iteration == 6);
  CHECK_FALSE(std::filesystem::exists(studio.model_file().string() + ".bak3"));
}

TEST_CASE("a loss that is not finite ends training and keeps the last checkpoint") {
  Studio studio;
  studio.run();
  const std::string before = bytes_of_file(studio.model_file());
  studio.options.iterations = 40;
  studio.options.overrides.rate = 1e30;
  const std::string why = message_of([&] { studio.run(); });
  CHECK(contains(why, "a loss is not finite at iteration 2"));
  CHECK(contains(why, "first in"));
  CHECK(contains(why, "a lower rate than 1e+30 may help"));
  CHECK((bytes_of_file(studio.model_file()) == before));
}

TEST_CASE("a training that breaks down ends, keeps its checkpoints and names a sound one") {
  Studio studio;
  studio.options.iterations = 2000;
  studio.options.save_interval = 50;
  studio.options.max_rise = 1.001;  // any rise of the smoothed loss
  const std::string why = message_of([&] { studio.run(); });
  CAPTURE(why);
  CHECK(contains(why, "broken down: the loss of "));
  CHECK(contains(why, "train on with a lower rate than"));
  const auto iteration = read_model_info(studio.model_file()).iteration;
  CHECK(iteration >= 50);
  CHECK(iteration % 50 == 0);
}

TEST_CASE("a training that broke down before its last save names the backup to go back to") {
  Studio studio;
  studio.options.iterations = 1000;
  studio.options.save_interval = 1;  // so that one falls between the last sound loss and the end
  studio.options.backups = 20;
  studio.options.max_rise = 2;
  studio.options.recipe->warm_up = 1000;
  studio.options.overrides.rate = 0.2;  // on its way there the network breaks, at a tenth of it
  const std::string copy = "copy " + studio.model_file().string() + ".bak";
  CHECK(contains(message_of([&] { studio.run(); }), copy));
}

TEST_CASE("the newest checkpoint of an iteration is found among the backups") {
  Studio studio;
  studio.options.save_interval = 5;
  studio.run();
  const std::filesystem::path file = studio.model_file();
  CHECK(newest_checkpoint(file, 2, 20) == file);
  CHECK(newest_checkpoint(file, 2, 19) == file.string() + ".bak1");
  CHECK(newest_checkpoint(file, 2, 14) == file.string() + ".bak2");
  CHECK(newest_checkpoint(file, 2, 9).empty());
  CHECK(newest_checkpoint(file, 0, 19).empty());
}

TEST_CASE("wrong wishes are refused") {
  Studio studio;
  studio.options.recipe->batch = 0;
  CHECK(contains(message_of([&] { studio.run(); }), "batch 0"));
  studio.options.recipe->batch = 1;
  studio.options.overrides.rate = -1;
  CHECK(contains(message_of([&] { studio.run(); }), "rate -1 must be positive"));
  studio.options.overrides.rate.reset();
  studio.options.faces_b = {studio.scratch / "nobody"};
  CHECK(contains(message_of([&] { studio.run(); }), "nobody: cannot be listed"));
  CHECK_FALSE(std::filesystem::exists(studio.model_file()));
}

// SPDX-License-Identifier: MIT
#include "model/train/ranks.h"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "engine/collective.h"
#include "model/file/model_file.h"
#include "model/train/trainer.h"
#include "tests/model/train/studio.h"
#include "tests/support/ranks.h"

namespace cameo::test {
namespace {

namespace fs = std::filesystem;

/// Trains by several ranks, each with the same options but the callbacks of its number. Returns
/// what each threw.
struct Together {
  std::vector<TrainReport> reports;
  std::vector<std::string> said;
};
Together train_by(int ranks, const TrainOptions& options,
                  const std::vector<TrainCallbacks>& callbacks = {}) {
  Together all{std::vector<TrainReport>(static_cast<std::size_t>(ranks)), {}};
  all.said = on_ranks(ranks, [&](const RankPlace& place) {
    const auto rank = static_cast<std::size_t>(place.rank);
    Exec exec = one_way();
    ProcessGroup group(exec, place);
    TrainOptions own = options;
    own.group = &group;
    all.reports[rank] =
        train(exec, own, rank < callbacks.size() ? callbacks[rank] : TrainCallbacks{});
  });
  return all;
}

std::vector<float> weights_in(const fs::path& file, const Preset& preset) {
  Exec exec = one_way();
  ParamStore params(exec);
  preset.network.declare(params);
  params.allocate(false);
  const SafetensorsFile opened(file);
  load_weights(opened, params);
  std::vector<float> all;
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const std::vector<float> one = params.read(static_cast<int>(row));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

/// Euclidean distance of two lists over the first one's length.
double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double far = 0, length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    far += std::pow(static_cast<double>(a[i]) - b.at(i), 2);
    length += std::pow(static_cast<double>(a[i]), 2);
  }
  return std::sqrt(far / length);
}

}  // namespace

TEST_CASE("two ranks train as one process does with their batches together") {
  struct Case {
    const char* name;
    TrainMode mode;
    double gan, muon, dropout;
    double most = 1e-4;  ///< of what half the batch would be off by
  };
  for (const Case& c :
       {Case{"joint", TrainMode::Joint, 0, 0, 0}, Case{"alternate", TrainMode::Alternate, 0, 0, 0},
        Case{"adversarial", TrainMode::Joint, 0.1, 0, 0},
        Case{"muon", TrainMode::Joint, 0, 0.02, 0, 0.4},
        Case{"dropout", TrainMode::Joint, 0, 0, 0.5}}) {
    CAPTURE(c.name);
    Studio one, two, half;
    for (Studio* studio : {&one, &two, &half}) {
      TrainOptions& options = studio->options;
      options.mode = c.mode;
      options.iterations = 8;
      options.metrics_interval = 1;
      options.recipe->gan = c.gan;
      options.recipe->gan_from = 0.5;
      options.recipe->muon = c.muon;
      options.recipe->rate_dropout = c.dropout;
      options.recipe->dssim = 0.2;
      options.recipe->batch = studio == &one ? 4 : 2;
    }
    Exec exec = one_way();
    const TrainReport alone = train(exec, one.options);
    const Together both = train_by(2, two.options);
    REQUIRE(both.said == nothing_from(2));
    const TrainReport& together = both.reports[0];
    CHECK(together.start.ranks == 2);
    CHECK(together.faces_seen == alone.faces_seen);
    // Sums in another order differ by roundings, which Adam may blow up where a gradient is near 0.
    const double loose = c.muon > 0 ? 0.05 : 1e-4;
    CHECK(together.loss_a == doctest::Approx(alone.loss_a).epsilon(loose));
    CHECK(together.loss_b == doctest::Approx(alone.loss_b).epsilon(loose));
    CHECK(both.reports[1].loss_a == together.loss_a);
    const auto weights = weights_in(one.model_file(), one.options.preset);
    const auto shared = weights_in(two.model_file(), two.options.preset);
    Exec other = one_way();
    train(other, half.options);
    const auto without = weights_in(half.model_file(), half.options.preset);
    // Muon blows up roundings in directions that the gradient lacks: another algorithm of
    // convolution is off by as much.
    CHECK(distance(weights, shared) < c.most * distance(weights, without));
  }
}

TEST_CASE("color transfer and structure at several scales are the same by ranks, too") {
  Studio one, two;
  for (Studio* studio : {&one, &two}) {
    TrainOptions& options = studio->options;
    options.iterations = 8;
    options.recipe->augment.transfer = 0.5;
    options.recipe->ms_ssim = 0.3;
    options.recipe->batch = studio == &one ? 4 : 2;
  }
  Exec exec = one_way();
  const TrainReport alone = train(exec, one.options);
  const Together both = train_by(2, two.options);
  REQUIRE(both.said == nothing_from(2));
  CHECK(both.reports[0].loss_a == doctest::Approx(alone.loss_a).epsilon(1e-4));
  CHECK(both.reports[0].loss_b == doctest::Approx(alone.loss_b).epsilon(1e-4));
}

TEST_CASE("held-out faces are measured by all ranks together, and lower the rate of all") {
  Studio one, two;
  for (Studio* studio : {&one, &two}) {
    TrainOptions& options = studio->options;
    options.iterations = 220;
    options.metrics_interval = 100;
    options.recipe->hold_out = 0.4;
    options.recipe->plateau = 1;
    options.recipe->rate = 1e-9;  // nothing is gained
    options.recipe->batch = studio == &one ? 2 : 1;
  }
  Exec exec = one_way();
  train(exec, one.options);
  const Together both = train_by(2, two.options);
  REQUIRE(both.said == nothing_from(2));
  const auto plateau = [](const Studio& studio) {
    return read_training_state(SafetensorsFile(studio.model_file())).plateau;
  };
  CHECK(plateau(two).share == 0.5);
  CHECK(plateau(two).share == plateau(one).share);
  CHECK(plateau(two).least == doctest::Approx(plateau(one).least).epsilon(1e-6));
}

TEST_CASE("CPUs compute in bfloat16 only if all ranks' do") {
  for (const Precision second : {Precision::F32, Precision::Bf16}) {
    std::vector<Precision> taken(2);
    const auto said = on_ranks(2, [&](const RankPlace& place) {
      Exec exec = one_way();
      std::get<Cpu>(exec).precision = place.rank == 0 ? Precision::Bf16 : second;
      ProcessGroup group(exec, place);
      Ranks(&group).share_precision(exec);
      taken[static_cast<std::size_t>(place.rank)] = std::get<Cpu>(exec).precision;
    });
    CHECK(said == nothing_from(2));
    CHECK(taken == std::vector<Precision>{second, second});
  }
}

TEST_CASE("ranks stopped on their way and gone on with equal those that were not, bit for bit") {
  Studio straight, halves, again;
  for (Studio* studio : {&straight, &halves, &again}) {
    studio->options.iterations = 10;
    studio->options.backups = 0;
  }
  REQUIRE(train_by(2, straight.options).said == nothing_from(2));
  REQUIRE(train_by(2, again.options).said == nothing_from(2));
  halves.options.iterations = 5;
  REQUIRE(train_by(2, halves.options).said == nothing_from(2));
  halves.options.iterations = 10;
  const Together rest = train_by(2, halves.options);
  REQUIRE(rest.said == nothing_from(2));
  CHECK(rest.reports[1].start.iteration == 5);
  CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(again.model_file())));
  CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(halves.model_file())));
}

TEST_CASE("one rank that is asked to stop stops all of them at the same iteration, with a save") {
  Studio studio;
  int asked = 0;
  const Together all =
      train_by(3, studio.options, {{}, {.should_stop = [&] { return ++asked == 4; }}, {}});
  REQUIRE(all.said == nothing_from(3));
  for (const TrainReport& report : all.reports) {
    CHECK(report.iteration == 4);
    CHECK(report.stopped);
  }
  CHECK(read_model_info(studio.model_file()).iteration == 4);
}

TEST_CASE("a rank that fails ends the others with a message, and the checkpoint stays") {
  Studio studio;
  studio.options.iterations = 3;
  REQUIRE(train_by(2, studio.options).said == nothing_from(2));
  const std::string before = bytes_of_file(studio.model_file());
  studio.options.iterations = 1000;
  const auto fails = [](const TrainProgress& at) {
    if (at.iteration == 6) throw std::runtime_error("out of order");
  };
  const Together all = train_by(2, studio.options, {{}, {.on_progress = fails}});
  CHECK(contains(all.said[0], "ranks: rank 1 is lost, says rank 0"));
  CHECK(all.said[1] == "out of order");
  CHECK((bytes_of_file(studio.model_file()) == before));
}

TEST_CASE("files are rank 0's: metrics of all faces, one preview, saves by iterations and time") {
  Studio studio;
  studio.options.preview = studio.scratch / "preview.png";
  studio.options.preview_interval = 4;
  studio.options.save_interval = 3;
  studio.options.save_seconds = 1;
  studio.options.metrics_interval = 5;
  double time = 0;
  const Together all = train_by(
      2, studio.options, {{.clock = [&] { return time += 0.3; }}, {.clock = [] { return 0.0; }}});
  REQUIRE(all.said == nothing_from(2));
  const int batch = studio.options.recipe->batch;
  std::ifstream csv(studio.options.model / "metrics.csv");
  std::vector<std::string> lines;
  for (std::string line; std::getline(csv, line);) lines.push_back(line);
  CHECK(lines.size() == 5);
  CHECK(lines.back().starts_with("20," + std::to_string(20 * 2 * 2 * batch)));
  CHECK(fs::exists(studio.options.preview));
  CHECK(read_model_info(studio.model_file()).faces_seen == 20 * 2 * 2 * batch);
}

TEST_CASE("ranks that would train different things are refused before the first step") {
  Studio studio, other;
  draw_faces(other.scratch / "a", 0, 12);
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec = one_way();
    ProcessGroup group(exec, place);
    TrainOptions own = studio.options;
    if (place.rank == 1) own.faces_a = other.options.faces_a;
    own.group = &group;
    train(exec, own);
  });
  CHECK(contains(said[0], "ranks: rank 1 begins with "));
  CHECK(contains(said[0], "12 faces of A"));
  CHECK(contains(said[0], "9 faces of A"));
  CHECK_FALSE(fs::exists(studio.model_file()));
}

TEST_CASE("the smallest batch that fits into a rank's memory is everybody's") {
  std::vector<double> least(3);
  const auto said = on_ranks(3, [&](const RankPlace& place) {
    Exec exec = one_way();
    ProcessGroup group(exec, place);
    least[static_cast<std::size_t>(place.rank)] = Ranks(&group).least(10.0 - place.rank);
  });
  CHECK(said == nothing_from(3));
  CHECK(least == std::vector<double>{8, 8, 8});
}

TEST_CASE("every rank computes by rank 0's algorithms") {
  std::vector<std::string> chosen(2);
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    Exec exec = one_way();
    ProcessGroup group(exec, place);
    run(exec, [&](auto& on) { on.tuning["conv2d 3x3"] = place.rank == 0 ? "winograd" : "onednn"; });
    Ranks(&group).share_tuning(exec);
    run(exec,
        [&](auto& on) { chosen[static_cast<std::size_t>(place.rank)] = on.tuning["conv2d 3x3"]; });
  });
  CHECK(said == nothing_from(2));
  CHECK(chosen == std::vector<std::string>{"winograd", "winograd"});
}

}  // namespace cameo::test

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/model/train/studio.h"

using namespace cameo;
using cameo::test::bytes_of_file;
using cameo::test::Studio;

namespace {

TrainReport train_one_way(const Studio& studio) {
  Exec exec = test::one_way();
  return train(exec, studio.options);
}

/// A cell of metrics.csv's row of an iteration.
std::string cell(const Studio& studio, std::int64_t iteration, const std::string& column) {
  std::ifstream in(studio.options.model / "metrics.csv");
  std::string header, line;
  std::getline(in, header);
  std::size_t place = 0;
  const std::size_t at = ("," + header + ",").find("," + column + ",");
  REQUIRE(at != std::string::npos);
  for (std::size_t i = 0; i < at; ++i) place += header[i] == ',' ? 1 : 0;
  while (std::getline(in, line) && !line.starts_with(std::to_string(iteration) + ",")) {
  }
  for (std::size_t i = 0; i < place; ++i) line = line.substr(line.find(',') + 1);
  return line.substr(0, line.find(','));
}

/// A studio that measures a third of its faces at iterations 100 and 200.
struct HeldOut : Studio {
  HeldOut() {
    options.recipe->hold_out = 0.34;
    options.recipe->batch = 2;
    options.backups = 0;
    options.metrics_interval = 100;
    options.iterations = 200;
  }
};

}  // namespace

TEST_CASE("held-out faces teach nothing") {
  HeldOut plain, painted;
  plain.options.iterations = painted.options.iterations = 20;
  for (int i = 0; i < 9; ++i) {  // the last three of nine
    Pixels face = test::drawn_face(0, i);
    if (i >= 6) std::fill(face.bgr.begin(), face.bgr.end(), std::uint8_t{200});
    write_png(painted.scratch / "a" / ("face" + std::to_string(i) + ".png"), face);
  }
  const auto losses = [&](const Studio& studio) {
    std::vector<double> all;
    Exec on = test::one_way();
    train(on, studio.options,
          {.on_progress = [&](const TrainProgress& now) { all.push_back(now.loss_a); }});
    return all;
  };
  CHECK(losses(plain) == losses(painted));
  plain.options.recipe->hold_out = painted.options.recipe->hold_out = 0;
  plain.options.model = plain.scratch / "all";
  painted.options.model = painted.scratch / "all";
  CHECK(losses(plain) != losses(painted));
}

TEST_CASE("held-out faces are measured every hundred iterations, and learned like the others") {
  const HeldOut studio;
  train_one_way(studio);
  const double before = std::stod(cell(studio, 100, "held_a")),
               after = std::stod(cell(studio, 200, "held_b"));
  CHECK(before > 0);
  CHECK(std::stod(cell(studio, 200, "held_a")) < before);
  // Not warped, so rendered better than what is trained on, but of the same people.
  CHECK(after < 2 * std::stod(cell(studio, 200, "loss_b")));
  CHECK(after > 0.1 * std::stod(cell(studio, 200, "loss_b")));
}

TEST_CASE("a training that measures and lowers its rate goes on as if it had not stopped") {
  HeldOut whole, parts;
  whole.options.recipe->plateau = parts.options.recipe->plateau = 1;
  whole.options.recipe->rate = parts.options.recipe->rate = 1e-9;  // nothing is gained
  whole.options.iterations = 220;
  parts.options.iterations = 110;
  train_one_way(whole);
  train_one_way(parts);
  parts.options.recipe.reset();
  parts.options.iterations = 220;
  train_one_way(parts);
  CHECK(bytes_of_file(whole.model_file()) == bytes_of_file(parts.model_file()));
  CHECK(read_training_state(SafetensorsFile(whole.model_file())).plateau.share == 0.5);
}

TEST_CASE("the rate falls where held-out faces gain no more") {
  HeldOut studio;
  studio.options.recipe->plateau = 1;
  studio.options.recipe->rate = 1e-12;  // too little to be a gain
  studio.options.iterations = 300;
  train_one_way(studio);
  const SafetensorsFile file(studio.model_file());
  CHECK(read_training_state(file).plateau.share == 0.25);
  std::array<double, 4> rates{};
  file.read("clock.rates", "F64", std::as_writable_bytes(std::span(rates)));
  CHECK(rates[0] == doctest::Approx(0.25e-12));
}

TEST_CASE("a plateau without held-out faces is refused") {
  Studio studio;
  studio.options.recipe->plateau = 3;
  CHECK_THROWS_WITH_AS(studio.run(), doctest::Contains("hold-out"), Error);
}

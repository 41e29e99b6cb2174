// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "model/file/model_file.h"
#include "model/infer/swapper.h"
#include "tests/model/drawn_landmarks.h"
#include "tests/model/train/studio.h"

using namespace cameo;
using cameo::test::add_landmarks;
using cameo::test::bytes_of_file;
using cameo::test::contains;
using cameo::test::one_way;
using cameo::test::Studio;

namespace {

/// A studio whose faces hold landmarks, with a network that sees nearly all of a face.
struct MaskStudio : Studio {
  explicit MaskStudio(bool landmarks = true) {
    if (landmarks) {
      add_landmarks(scratch / "a");
      add_landmarks(scratch / "b");
    }
    options.preset.network =
        network("df", "size=16 down=8,8 latent=16 inner=16 up=8 decoder=8 coverage=240 mask=4");
    options.backups = 0;
    options.iterations = 6;
    options.recipe->dssim = 0.3;
    options.recipe->mask = 1;
  }
  TrainReport train() const {
    Exec exec = one_way();
    return cameo::train(exec, options);
  }
  std::string header() const {
    std::ifstream in(options.model / "metrics.csv");
    std::string line;
    std::getline(in, line);
    return line;
  }
  /// Mean squared error of a row of metrics.csv for A's mask.
  double mask_loss(int row) const {
    std::ifstream in(options.model / "metrics.csv");
    std::string line;
    for (int i = 0; i <= row; ++i) std::getline(in, line);
    const auto columns = header();
    std::size_t at = 0;
    for (std::size_t i = 0; i < columns.find("mask_a"); ++i)
      if (columns[i] == ',') at = line.find(',', at) + 1;
    return std::stod(line.substr(at));
  }
};

std::vector<float> weights_of(const Studio& studio, const std::string& name) {
  const SafetensorsFile file(studio.model_file());
  std::vector<float> values(file.entry(name).shape.empty() ? 0 : 1);
  for (const std::int64_t extent : file.entry(name).shape)
    values.resize(values.size() * static_cast<std::size_t>(extent));
  file.read(name, "F32", std::as_writable_bytes(std::span(values)));
  return values;
}

/// Copies of a folder's faces, white where x is below or above the shares of the side.
void copy_with_white(const std::filesystem::path& from, const std::filesystem::path& to, double low,
                     double high) {
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    Pixels face = read_pixels(entry.path());
    for (std::size_t i = 0; i < face.bgr.size(); ++i) {
      const double x =
          static_cast<double>(i / 3 % static_cast<std::size_t>(face.width)) / face.width;
      if (x < low || x > high) face.bgr[i] = 255;
    }
    write_png(to / entry.path().filename(), face);
  }
}

}  // namespace

TEST_CASE("what a target shows outside the mask teaches nothing where its weight is 0") {
  // The jaw reaches from 0.22 to 0.78; three sigmas of its soft edge are 0.05.
  for (const double outside : {0.0, 1.0}) {
    MaskStudio plain, painted;
    for (MaskStudio* studio : {&plain, &painted}) {
      studio->options.recipe->outside = outside;
      studio->options.recipe->eyes = 3;
      // Windows of structural similarity reach beyond the mask.
      studio->options.recipe->dssim = 0;
    }
    copy_with_white(painted.scratch / "a", painted.scratch / "targets", 0.12, 0.88);
    painted.options.targets_a = {painted.scratch / "targets"};
    plain.train();
    painted.train();
    CAPTURE(outside);
    CHECK((bytes_of_file(plain.model_file()) == bytes_of_file(painted.model_file())) ==
          (outside == 0));
  }
}

TEST_CASE("eyes and mouth weigh what the recipe says") {
  double losses[3] = {};
  for (const int k : {0, 1, 2}) {
    MaskStudio studio;
    studio.options.iterations = 1;
    if (k == 1) studio.options.recipe->eyes = 5;
    if (k == 2) studio.options.recipe->mouth = 5;
    losses[k] = studio.train().loss_a;
  }
  CHECK(losses[1] > losses[0]);
  CHECK(losses[2] > losses[0]);
  CHECK(losses[1] != losses[2]);
}

TEST_CASE("a mask head learns the mask and leaves the image to itself") {
  MaskStudio with, without;
  without.options.recipe->mask = 0;
  for (MaskStudio* studio : {&with, &without}) studio->options.iterations = 120;
  const TrainReport report = with.train();
  without.train();
  CHECK(report.start.without_mask == 0);
  CHECK(contains(with.header(), "mask_a,mask_b") == false);  // each side's losses stand together
  CHECK(contains(with.header(), "mask_a"));
  CHECK(contains(with.header(), "mask_b"));
  CHECK(!contains(without.header(), "mask"));
  // Of a mask that covers half of the image, 1/2 everywhere is off by 1/4 squared at least.
  CHECK(with.mask_loss(1) > 0.15);
  CHECK(with.mask_loss(12) < 0.4 * with.mask_loss(1));
  for (const char* name : {"encoder.down1.weight", "inter.dense1.weight", "decoder_a.out.weight",
                           "decoder_b.up1.weight"})
    CHECK(weights_of(with, name) == weights_of(without, name));
  CHECK(weights_of(with, "decoder_a.mask2.bias") != std::vector<float>(4, 0.0F));
  CHECK(weights_of(without, "decoder_a.mask2.bias") == std::vector<float>(4, 0.0F));
}

TEST_CASE("a swapper renders the mask that was learned, and has none before") {
  MaskStudio with, without;
  without.options.recipe->mask = 0;
  with.options.iterations = 120;
  with.train();
  without.train();
  CHECK(!open_swapper(without.options.model)->has_mask());
  const auto swapper = open_swapper(with.options.model, {.side = Side::B, .batch = 3});
  REQUIRE(swapper->has_mask());
  const std::size_t pixels = 16 * 16;
  std::vector<float> x(2 * pixels * 3, 0.4F), y(x.size());
  swapper->run(x, y, 2);
  REQUIRE(swapper->masks().size() == 2 * pixels);
  for (const std::size_t face : {std::size_t{0}, pixels}) {
    CHECK(swapper->masks()[face + 8 * 16 + 8] > 0.8F);  // the nose
    CHECK(swapper->masks()[face + 8 * 16] < 0.3F);      // beside an ear
  }
}

TEST_CASE("masked training resumes bit for bit, and from faces in main memory yields the same") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    MaskStudio straight, halves, on_host;
    for (MaskStudio* studio : {&straight, &halves, &on_host}) {
      studio->options.mode = mode;
      studio->options.recipe->outside = 0.25;
      studio->options.recipe->augment.mirror = 0.5;
    }
    on_host.options.faces_memory = 1;
    straight.train();
    CHECK(on_host.train().start.a_on_host);
    halves.options.iterations = 3;
    halves.train();
    halves.options.iterations = 6;
    halves.train();
    CAPTURE(name_of(mode));
    CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(halves.model_file())));
    CHECK((bytes_of_file(straight.model_file()) == bytes_of_file(on_host.model_file())));
  }
}

TEST_CASE("faces without landmarks train as ever, and are counted") {
  MaskStudio unknown(false), plain(false), some;
  for (MaskStudio* studio : {&unknown, &some}) studio->options.recipe->outside = 0;
  plain.options.recipe->mask = 0;
  CHECK(unknown.train().start.without_mask == 16);
  CHECK(plain.train().start.without_mask == 0);
  CHECK(!contains(unknown.header(), "mask"));
  for (const char* name : {"encoder.down1.weight", "decoder_a.out.weight"})
    CHECK(weights_of(unknown, name) == weights_of(plain, name));
  // Where A's faces have masks and B's none, B's are not masked, and their mask head learns
  // nothing.
  cameo::test::draw_faces(some.scratch / "b", 1, 7);
  CHECK(some.train().start.without_mask == 7);
  CHECK(weights_of(some, "decoder_a.mask2.bias") != std::vector<float>(4, 0.0F));
  CHECK(weights_of(some, "decoder_b.mask2.bias") == std::vector<float>(4, 0.0F));
}

// SPDX-License-Identifier: MIT
// What training leaves for people: metrics.csv, loss.svg, the preview sheet.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/data/image_file.h"
#include "model/train/metrics.h"
#include "model/train/preview.h"
#include "model/train/trainer.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::draw_faces;
using cameo::test::drawn_face;
using cameo::test::message_of;
using cameo::test::Scratch;
using cameo::test::Threads;
using cameo::test::tiny_preset;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A network with its weights drawn, and faces of two people beside it.
struct Sheet {
  Threads threads{1};
  Exec exec{Cpu{}};
  ParamStore params{exec};
  std::vector<std::uint8_t> a, b;
  Pixels draw(int count_a, int count_b) {
    if (params.table().empty()) {
      tiny_preset().network.declare(params);
      params.allocate();
      params.initialize(3);
      params.weight(params.find("decoder_a.out.bias")).f32()[0] = 1;  // tells the decoders apart
    }
    const auto fill = [](std::vector<std::uint8_t>& bytes, int person, int count) {
      bytes.clear();
      for (int i = 0; i < count; ++i) {
        const Pixels face = drawn_face(person, i);
        bytes.insert(bytes.end(), face.bgr.begin(), face.bgr.end());
      }
      return kernels::FaceBlock{bytes.data(), count, 256};
    };
    const auto block_a = fill(a, 0, count_a), block_b = fill(b, 1, count_b);
    return Preview(exec, params, tiny_preset().network, reader_of(exec, block_a),
                   reader_of(exec, block_b))
        .draw();
  }
};

/// One tile of a sheet of 16-pixel faces.
std::vector<std::uint8_t> tile(const Pixels& sheet, int column, int row) {
  std::vector<std::uint8_t> bytes;
  for (int y = row * 16; y < row * 16 + 16; ++y) {
    const std::size_t at =
        (static_cast<std::size_t>(y) * sheet.width + static_cast<std::size_t>(column) * 16) * 3;
    bytes.insert(bytes.end(), sheet.bgr.begin() + static_cast<std::ptrdiff_t>(at),
                 sheet.bgr.begin() + static_cast<std::ptrdiff_t>(at + 48));
  }
  return bytes;
}

}  // namespace

TEST_CASE("a row is added for each interval and one for what is left at the end") {
  const Threads threads(1);
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 3);
  draw_faces(scratch / "b", 1, 3);
  TrainOptions options{.faces_a = {scratch / "a"},
                       .faces_b = {scratch / "b"},
                       .model = scratch / "m",
                       .preset = tiny_preset(),
                       .recipe = cameo::test::tiny_recipe(2),
                       .iterations = 25,
                       .preview = scratch / "out" / "preview.png"};
  Exec exec{Cpu{}};
  std::vector<double> losses;
  train(exec, options,
        {.on_progress = [&](const TrainProgress& p) { losses.push_back(p.loss_a); }});
  Metrics metrics(scratch / "m" / "metrics.csv", 1000);
  REQUIRE(metrics.rows().size() == 3);
  CHECK(metrics.rows()[0].iteration == 10);
  CHECK(metrics.rows()[1].iteration == 20);
  CHECK(metrics.rows()[2].iteration == 25);
  CHECK(metrics.rows()[2].faces_seen == 100);
  double sum = 0;
  for (int i = 0; i < 10; ++i) sum += losses[i];
  CHECK(metrics.rows()[0].loss_a == doctest::Approx(sum / 10).epsilon(1e-5));
  CHECK(metrics.rows()[2].seconds > metrics.rows()[1].seconds);
  const Pixels sheet = read_pixels(scratch / "out" / "preview.png");
  CHECK(sheet.width == 6 * 16);
  CHECK(sheet.height == 3 * 16);
  CHECK(contains(lines_of(scratch / "m" / "loss.svg").front(), "<svg"));
}

TEST_CASE("every loss that is trained on has a column of its name and a place in the plot") {
  const Threads threads(1);
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 3);
  draw_faces(scratch / "b", 1, 3);
  TrainOptions options{.faces_a = {scratch / "a"},
                       .faces_b = {scratch / "b"},
                       .model = scratch / "m",
                       .preset = tiny_preset(),
                       .recipe = cameo::test::tiny_recipe(2),
                       .iterations = 10};
  const auto csv = scratch / "m" / "metrics.csv";
  Exec exec{Cpu{}};
  train(exec, options);
  CHECK(lines_of(csv)[0] == "iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second");
  options.iterations = 20;
  options.overrides.dssim = 0.5;
  train(exec, options);
  CHECK(lines_of(csv)[0] ==
        "iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second,dssim_a,dssim_b");
  CHECK(lines_of(csv)[1].ends_with(",,"));  // had no such loss
  const Metrics metrics(csv, 20, {"dssim_a", "dssim_b"});
  REQUIRE(metrics.rows().size() == 2);
  CHECK(metrics.rows()[1].extra[0] > 0);
  CHECK(metrics.rows()[1].extra[0] < 1);
  CHECK(metrics.rows()[1].extra[0] != metrics.rows()[1].extra[1]);
  int lines = 0;
  for (const std::string& line : lines_of(scratch / "m" / "loss.svg"))
    lines += contains(line, "<polyline") ? 1 : 0;
  CHECK(lines == 4);
}

TEST_CASE("rows after the iteration that training goes on from are cut, damaged ones too") {
  const Scratch scratch;
  const auto csv = scratch / "metrics.csv";
  {
    Metrics metrics(csv, 0);
    for (std::int64_t i = 1; i <= 4; ++i) {
      const auto x = static_cast<double>(i);
      metrics.add({10 * i, 80 * i, 0.1 * x, 0.2, 1.5 * x, 53.33});
    }
  }
  CHECK(lines_of(csv)[0] == "iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second");
  CHECK(lines_of(csv)[2] == "20,160,0.200000,0.200000,3.000,53.33");
  std::ofstream(csv, std::ios::app) << "25,200,0.1,0.";
  Metrics metrics(csv, 30);
  REQUIRE(metrics.rows().size() == 3);
  CHECK(metrics.seconds() == 4.5);
  metrics.add({31, 248, 0.1, 0.2, 5, 1});
  CHECK(lines_of(csv).size() == 5);
  CHECK(lines_of(csv)[4] == "31,248,0.100000,0.200000,5.000,1.00");
}

TEST_CASE("losses that are trained no more keep their columns and figures") {
  const Scratch scratch;
  const auto csv = scratch / "metrics.csv";
  Metrics(csv, 0, {"dssim_a", "gan_b"}).add({10, 80, 0.1, 0.2, 1, 5, {0.25, 0.5}});
  Metrics metrics(csv, 10, {"mask_a", "dssim_a"});
  metrics.add({20, 160, 0.1, 0.2, 2, 5, {0.75, 0.125}});
  CHECK(lines_of(csv)[0].ends_with(",faces_per_second,mask_a,dssim_a,gan_b"));
  CHECK(lines_of(csv)[1].ends_with(",5.00,,0.250000,0.500000"));
  CHECK(lines_of(csv)[2].ends_with(",5.00,0.750000,0.125000,"));
  CHECK(Metrics(csv, 20, {"gan_b"}).rows()[0].extra[0] == 0.5);
}

TEST_CASE("a table that is there but cannot be read is refused and left alone") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "folder.csv");
  std::filesystem::create_symlink("circle.csv", scratch / "circle.csv");
  for (const char* name : {"folder.csv", "circle.csv"})
    CHECK(contains(message_of([&] { Metrics(scratch / name, 0); }), "cannot be read"));
  CHECK(std::filesystem::is_symlink(scratch / "circle.csv"));
}

TEST_CASE("the plot's points lie inside of its frame, a thousand rows as well as one") {
  const Scratch scratch;
  for (const int count : {1, 2, 1000}) {
    Metrics metrics(scratch / "m.csv", 0);
    for (std::int64_t i = 1; i <= count; ++i) {
      const auto x = static_cast<double>(i);
      metrics.add({7 * i, i, 0.3 / x, 0.2 / x, 1, 1});
    }
    metrics.write_plot(scratch / "loss.svg");
    int lines = 0;
    for (const std::string& line : lines_of(scratch / "loss.svg")) {
      const auto at = line.find("points=\"");
      if (at == std::string::npos) continue;
      ++lines;
      std::istringstream points(line.substr(at + 8, line.rfind('"') - at - 8));
      double x = 0, y = 0;
      char comma = 0;
      int number = 0;
      for (; points >> x >> comma >> y; ++number) {
        CHECK((x >= 64 && x <= 784 && y >= 24 && y <= 360));
      }
      CHECK(number == std::min(count, 500));
    }
    CHECK(lines == 2);
  }
}

TEST_CASE("a full sheet has 7 rows of 4 triples, whatever more faces there are") {
  Sheet sheet;
  const Pixels image = sheet.draw(30, 14);
  CHECK(image.width == 12 * 16);
  CHECK(image.height == 7 * 16);
}

TEST_CASE("a sheet of few faces has as many triples as faces, A's columns first") {
  Sheet sheet;
  const Pixels image = sheet.draw(9, 2);
  CHECK(image.width == (2 + 1) * 3 * 16);
  CHECK(image.height == 7 * 16);
  // A's eighth face begins the second column of triples; B's two the third. The rest stays black.
  const Pixels one = sheet.draw(1, 2);
  CHECK(one.height == 2 * 16);
  CHECK((tile(image, 6, 0) == tile(one, 3, 0)));
  CHECK((tile(image, 7, 1) == tile(one, 4, 1)));
  CHECK((tile(image, 8, 1) == tile(one, 5, 1)));
  CHECK((tile(image, 0, 0) == tile(one, 0, 0)));
  CHECK((tile(image, 3, 2) == std::vector<std::uint8_t>(768)));
  CHECK(tile(image, 1, 0)[0] > 170);  // own decoder in the middle
  CHECK(tile(image, 7, 0)[0] < 150);
  CHECK(tile(image, 8, 0)[0] > 170);
}

TEST_CASE("the sheet shows the weights as they are now") {
  Sheet sheet;
  const Pixels before = sheet.draw(1, 1);
  const Network network = tiny_preset().network;
  const std::size_t each = std::size_t{256} * 256 * 3;
  REQUIRE(sheet.a.size() == each);
  const auto reader = [&](const std::vector<std::uint8_t>& bytes) {
    return reader_of(sheet.exec, {bytes.data(), 1, 256});
  };
  Preview preview(sheet.exec, sheet.params, network, reader(sheet.a), reader(sheet.b));
  CHECK((preview.draw().bgr == before.bgr));
  sheet.params.initialize(4);
  const Pixels after = preview.draw();
  CHECK((tile(after, 0, 0) == tile(before, 0, 0)));
  CHECK((tile(after, 1, 0) != tile(before, 1, 0)));
}

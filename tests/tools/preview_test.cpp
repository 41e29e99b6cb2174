// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/pipeline/fakes.h"
#include "tests/support/programs.h"

using namespace cameo::test;

TEST_CASE("a preview shows one frame under a grid of settings") {
  const Scratch folder;
  const auto run = [&](const std::string& line) {
    const Outcome outcome = run_shell(line + " --json -q", folder.path());
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return nlohmann::json::parse(outcome.out);
  };
  for (const std::string actor : {"a", "b"}) {
    run("cameo synth --actor " + actor + " -o " + actor + " -n 2 --seed 5");
    run("cameo extract -i " + actor + " -o faces_" + actor);
  }
  run("cameo train -A faces_a -B faces_b -m model -t light -b 2 -i 1 --no-preview");
  const std::string preview = "cameo preview -i a -m model --frame 1 --cell 100 ";
  // The frame and 7 methods, by 3 shapes.
  const auto whole = run(preview + "-o all.png");
  CHECK(whole["width"] == 8 * 104 + 4);
  CHECK(whole["height"] == 3 * 126 + 4);
  const auto grid = run(preview + "-o grid.png --vary sharpen=0,2 --vary mask=hull,rect");
  CHECK(grid["width"] == 3 * 104 + 4);
  const cv::Mat seen = cv::imread((folder / "grid.png").string());
  const auto cell = [&](int column, int row) {
    return seen(cv::Rect(4 + 104 * column, 26 + 126 * row, 100, 100));
  };
  CHECK(largest_difference(cell(0, 0), cell(0, 1)) == 0);
  CHECK(largest_difference(cell(0, 0), cell(1, 0)) > 10);
  CHECK(largest_difference(cell(1, 0), cell(2, 0)) > 3);
  CHECK(largest_difference(cell(1, 0), cell(1, 1)) > 3);

  const auto refused = [&](const std::string& line, int code, const std::string& why) {
    const Outcome outcome = run_shell(preview + line, folder.path());
    CHECK(outcome.code == code);
    CHECK(contains(outcome.err, why));
  };
  refused("-o x.png --vary color=oil", 2, "no method 'oil'");
  refused("-o x.png --vary color", 2, "color=none,lab,mkl");
  refused("-o x.txt", 2, "preview.png");
  refused("-o x.png --mask oval", 2, "no kind 'oval'");
  refused("-o grid.png", 2, "grid.png");
}

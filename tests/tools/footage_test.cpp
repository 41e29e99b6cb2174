// SPDX-License-Identifier: MIT
// Clips that are damaged, and runs that are killed, by the programs.
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/programs.h"

using namespace cameo::test;

namespace {

/// Runs lines in the folder and demands success.
void run_all(const Scratch& folder, std::initializer_list<std::string> lines) {
  for (const std::string& line : lines) {
    CAPTURE(line);
    const Outcome outcome = run_shell(line, folder.path());
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  }
}

/// A clip of one actor, and a model that has hardly learned.
void make_model(const Scratch& folder) {
  run_all(folder, {"cameo synth --actor a -o a -n 3 --seed 5 --video a.mp4 -q",
                   "cameo synth --actor b -o b -n 3 --seed 5 -q",
                   "cameo extract -i a -o faces_a -q && cameo extract -i b -o faces_b -q",
                   "cameo train -A faces_a -B faces_b -m model -t light -b 2 -i 1 -q"});
}

}  // namespace

TEST_CASE("a conversion that was killed goes on after its segments, to equal frames") {
  const Scratch folder;
  make_model(folder);
  run_all(folder, {"ffmpeg -v error -stream_loop 299 -i a.mp4 -frames:v 900 -vf scale=128:128 "
                   "-preset ultrafast long.mp4"});
  const std::string convert =
      "cameo-convert -i long.mp4 -m model -R 0-2 650-652 --encoder-preset slow -q ";
  const Outcome killed = run_shell(
      convert +
          "-o out.mp4 & P=$!; while [ ! -e .out.mp4.segments/000001.json ] && kill -0 $P; do "
          "sleep 0.01; done; kill -KILL $P; wait $P",
      folder.path());
  CHECK(killed.code == 137);
  CHECK(!std::filesystem::exists(folder / "out.mp4"));
  const Outcome again = run_shell(convert + "-o out.mp4 --json", folder.path());
  REQUIRE_MESSAGE(again.code == 0, again.err);
  CHECK(nlohmann::json::parse(again.out)["resumed"] >= 600);
  CHECK(nlohmann::json::parse(again.out)["frames"] == 900);
  run_all(folder,
          {convert + "-o whole.mp4",
           "for i in out whole; do ffmpeg -v error -i $i.mp4 -map 0 -f framemd5 $i.md5; done",
           "test $(grep -vc '#' out.md5) = 900", "cmp out.md5 whole.md5"});
  CHECK(!std::filesystem::exists(folder / ".out.mp4.segments"));
}

TEST_CASE("a clip that is damaged in the middle is extracted and converted in part, and says so") {
  const Scratch folder;
  make_model(folder);
  // 12 frames a second; about a tenth of the packets of 188 bytes are taken out.
  run_all(folder, {"ffmpeg -v error -stream_loop 19 -r 12 -i a.mp4 -frames:v 60 -g 12 -c:v libx264 "
                   "-f mpegts whole.ts",
                   "P=$(($(wc -c <whole.ts) / 188)); { head -c $((P / 2 * 188)) whole.ts; tail -c "
                   "+$(((P / 2 + P / 10) * 188 + 1)) whole.ts; } >clip.ts"});
  const Outcome extracted = run_shell("cameo extract -i clip.ts -o faces", folder.path());
  const Outcome converted =
      run_shell("cameo convert -i clip.ts -o out.mp4 -m model", folder.path());
  for (const Outcome& outcome : {extracted, converted}) {
    CAPTURE(outcome.err);
    CHECK(outcome.code == 7);
    CHECK(contains(outcome.err, "frames are damaged in parts, the first at 2."));
    CHECK(contains(outcome.err, "frames are missing, the first at 2."));
  }
  CHECK(std::filesystem::exists(folder / "out.mp4"));
}

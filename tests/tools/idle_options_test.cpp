// SPDX-License-Identifier: MIT
#include "tools/idle_options.h"

#include <string>

#include <doctest/doctest.h>

#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// An image, a folder of two, a clip of four frames, and a folder that is no model.
void make_inputs(const Scratch& folder) {
  const cv::Mat image(32, 32, CV_8UC3, cv::Scalar::all(90));
  for (const char* name : {"one.png", "many/000010.png", "many/000011.png", "model/note.png"})
    write_image(folder / name, image);
  write_text(folder / "phone/000001.heic", "");
  VideoWriter writer(folder / "clip.mp4");
  for (int i = 0; i < 4; ++i) writer.write(image);
  writer.finish();
}

Outcome convert_in(const Scratch& folder, const std::string& line) {
  return run_shell("cameo convert -m model --dry-run " + line, folder.path());
}

}  // namespace

TEST_CASE("an option that would do nothing is refused by name, with what it is for") {
  const Scratch folder;
  make_inputs(folder);
  struct Case {
    const char *line, *name;
  };
  for (const auto& c :
       {Case{"-i clip.mp4 -o out --codec h264", "codec"},
        Case{"-i clip.mp4 -o out --encoder libx264", "encoder"},
        Case{"-i many -o out --crf 20", "crf"},
        Case{"-i one.png -o out.png --encoder-preset slow", "encoder-preset"},
        Case{"-i many -o out --pixel-format yuv420p", "pixel-format"},
        Case{"-i clip.mp4 -o out --no-audio", "no-audio"},
        Case{"-i many -o out.mp4 --drop-streams", "drop-streams"},
        Case{"-i clip.mp4 -o out.mp4 --codec h264 --encoder libx264", "codec"},
        Case{"-i clip.mp4 -o out.mkv --codec ffv1 --crf=3", "crf"},
        Case{"-i clip.mp4 -o out.mkv --encoder ffv1 --crf 3", "crf"},
        Case{"-i clip.mp4 -o out.mov --codec prores --encoder-preset slow", "encoder-preset"},
        Case{"-i clip.mp4 -o out.mp4 --image-format tif", "image-format"},
        Case{"-i one.png -o out.tif --image-format tif", "image-format"},
        Case{"-i many -o out --image-format bmp", "image-format"},
        Case{"-i clip.mp4 -o out.mp4 --quality 80", "quality"},
        Case{"-i one.png -o out.png --quality 80", "quality"},
        Case{"-i clip.mp4 -o out --quality 80", "quality"},
        Case{"-i many -o out --detect-every 5", "detect-every"},
        Case{"-i many -o out --converter adjust -e 4", "erosion"},
        Case{"-i many -o out --converter adjust --seamless", "seamless"},
        Case{"-i many -o out --reference -c lab", "color"},
        Case{"-i many -o out --threshold 0.5", "threshold"},
        Case{"-i many -o out --wanted one.png --margin 0.1", "margin"}}) {
    CAPTURE(c.line);
    const Outcome outcome = convert_in(folder, c.line);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, std::string("--") + c.name + " would do nothing: it "));
  }
}

TEST_CASE("an option that acts is not refused, nor one of a config file that would not") {
  const Scratch folder;
  make_inputs(folder);
  write_text(folder / "config.toml", "crf = 20\nimage-format = \"tif\"\nquality = 80\n");
  for (const char* line :
       {"-i clip.mp4 -o out.mp4 --crf 20 --codec h264 --no-audio --drop-streams --detect-every 3",
        "-i clip.mp4 -o out --image-format jpg --quality 80", "-i one.png -o out.jpg --quality 80",
        "-i many -o out --quality 80 -e 3 -c lab", "-i phone -o out --image-format tif",
        "-i many -o out.mkv --codec ffv1", "-i many -o out --converter adjust -c lab",
        "-i many -o out --wanted one.png --unwanted one.png --threshold .5 --margin .1",
        "-i many -o out --config config.toml", "-i clip.mp4 -o out.mp4 --config config.toml"}) {
    CAPTURE(line);
    const Outcome outcome = convert_in(folder, line);
    CHECK_MESSAGE(outcome.code == 3, outcome.err);  // there is no model
    CHECK(contains(outcome.err, "model"));
  }
}

TEST_CASE("ranges in which no frame lies are named, with the numbers that there are") {
  const Scratch folder;
  make_inputs(folder);
  ConvertOptions options{.input = folder / "clip.mp4"};
  CHECK(ranges_without_frames(options).empty());
  options.ranges = {"0-2", "3-max"};
  CHECK(ranges_without_frames(options).empty());
  options.ranges = {"0-2", "4", "90-max"};
  options.compose_ranges = {{.frames = {{2, 9}}}, {.frames = {{7, 9}}}};
  const std::string line = ranges_without_frames(options);
  CHECK(contains(line, "no frame lies in 4 90-max 7-9: those of "));
  CHECK(contains(line, " are 0 to 3"));
  CHECK(contains(ranges_without_frames(options, 5), "no frame lies in 90-max 7-9: "));
  options = {.input = folder / "many", .ranges = {"0-9", "11-20"}};
  CHECK(contains(ranges_without_frames(options), "no frame lies in 0-9: "));
  CHECK(contains(ranges_without_frames(options), " are 10 to 11"));
}

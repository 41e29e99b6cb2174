// SPDX-License-Identifier: MIT
#include "pipeline/mark/provenance.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "pipeline/media/xmp_still.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/programs.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const std::string kForeign =
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF "
    "xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' "
    "xmlns:photo='http://ns.adobe.com/photoshop/1.0/' photo:City='Springfield' "
    "xmlns:xap='http://ns.adobe.com/xap/1.0/' xap:CreatorTool='Camera 1' "
    "xmlns:ext='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' "
    "ext:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture'/>"
    "</r:RDF></x:xmpmeta>";

/// Writes two frames of the input, the second changed, to an output beside it.
void convert_frames(const std::filesystem::path& input, const std::filesystem::path& output,
                    Changed changed = Changed::Yes) {
  SinkOptions options{.overwrite = true};
  add_declaration(options, input, {.consents = {"1234", "5678"}, .watermark = "00c0ffee"});
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  for (int n = 0; auto frame = source->next(); ++n) {
    if (n == 1 || !source->is_video()) frame->pixels.setTo(77);
    sink->write(*frame, n == 1 || !source->is_video() ? changed : Changed::No);
  }
  sink->finish();
}

std::string exiftool(const Scratch& scratch, const std::string& arguments) {
  return run_shell("exiftool -s3 " + arguments, scratch.path()).out;
}

}  // namespace

TEST_CASE("exiftool reads in every image format what an output is, and what was there before") {
  const Scratch scratch;
  for (const std::string suffix : {".png", ".jpg", ".tif", ".webp"}) {
    CAPTURE(suffix);
    write_bytes(scratch / ("in" + suffix),
                encode_still("a" + suffix,
                             with_metadata(flag(), {.xmp = {kForeign.begin(), kForeign.end()}})));
    convert_frames(scratch / ("in" + suffix), scratch / ("out" + suffix));
    const std::string name = " out" + suffix;
    CHECK(exiftool(scratch, "-XMP-iptcExt:DigitalSourceType" + name) ==
          std::string(kComposite) + "\n");
    CHECK(exiftool(scratch, "-XMP-iptcExt:AISystemUsed" + name) == "Cameo\n");
    CHECK(exiftool(scratch, "-XMP-iptcExt:AISystemVersionUsed" + name) == CAMEO_VERSION "\n");
    CHECK(contains(exiftool(scratch, "-XMP-dc:Description" + name), "Synthetic media"));
    CHECK(exiftool(scratch, "-XMP-photoshop:City" + name) == "Springfield\n");
    CHECK(exiftool(scratch, "-XMP-xmp:CreatorTool" + name) == "Camera 1\n");
    CHECK(exiftool(scratch, "-warning -error" + name).empty());
    const Declaration found = read_declaration(scratch / ("out" + suffix));
    CHECK(found.synthetic());
    CHECK(found.consents == std::vector<std::string>{"1234", "5678"});
    CHECK(found.watermark == "00c0ffee");
    CHECK(found.creator_tool == "Camera 1");
    CHECK_FALSE(read_declaration(scratch / ("in" + suffix)).synthetic());
  }
}

TEST_CASE("an image without any packet names the tool that made it") {
  const Scratch scratch;
  write_image(scratch / "in.png", flag());
  convert_frames(scratch / "in.png", scratch / "out.png");
  CHECK(exiftool(scratch, "-XMP-xmp:CreatorTool out.png") == "Cameo " CAMEO_VERSION "\n");
}

TEST_CASE("a video says in every container what it is, keeps its own tags and plays on") {
  const Scratch scratch;
  for (const std::string name : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi"}) {
    CAPTURE(name);
    const bool webm = name == "a.webm";
    ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 -metadata title=Mine -metadata comment=Own " +
                               (webm ? "-c:v libvpx-vp9 " : "") + name);
    convert_frames(scratch / name, scratch / ("out-" + name));
    const Declaration found = read_declaration(scratch / ("out-" + name));
    CHECK(found.digital_source_type == kComposite);
    CHECK(found.tool == "Cameo");
    CHECK(found.version == CAMEO_VERSION);
    if (name != "a.avi") CHECK(found.watermark == "00c0ffee");  // which has no tag of that name
    CHECK(contains(found.comment, "Own; Synthetic media"));
    CHECK(stored(scratch / ("out-" + name)).title == "Mine");
    const Outcome probe = run_shell(
        "ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 out-" +
            name,
        scratch.path());
    CHECK(probe.out == "5\n");
    CHECK(probe.err.empty());
    CHECK_FALSE(std::filesystem::exists(scratch / (".out-" + name + ".segments")));
  }
  for (const char* name : {"out-a.mp4", "out-a.mov"})
    CHECK(exiftool(scratch, std::string("-XMP-iptcExt:DigitalSourceType ") + name) ==
          std::string(kComposite) + "\n");
  for (const char* name : {"out-a.mkv", "out-a.webm"})
    CHECK(contains(
        run_shell(std::string("ffprobe -v error -show_entries format_tags ") + name, scratch.path())
            .out,
        "DIGITAL_SOURCE_TYPE=" + std::string(kComposite)));
}

TEST_CASE("the packet of an MP4 is carried on, and one that nothing was drawn in is not marked") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 a.mp4");
  write_text(scratch / "x.xmp", kForeign);
  REQUIRE(run_shell("exiftool -q -tagsfromfile x.xmp -xmp a.mp4", scratch.path()).code == 0);
  convert_frames(scratch / "a.mp4", scratch / "b.mp4");
  CHECK(exiftool(scratch, "-XMP-photoshop:City b.mp4") == "Springfield\n");
  convert_frames(scratch / "a.mp4", scratch / "c.mkv", Changed::No);
  CHECK_FALSE(read_declaration(scratch / "c.mkv").synthetic());
  // Marked again, each is said once.
  convert_frames(scratch / "b.mp4", scratch / "d.mp4");
  CHECK(exiftool(scratch, "-XMP-iptcExt:AISystemUsed d.mp4") == "Cameo\n");
  const std::string comment = read_declaration(scratch / "d.mp4").comment;
  CHECK(comment.find("Synthetic") == comment.rfind("Synthetic"));
}

TEST_CASE("an image that is written by itself is declared where its format can say so") {
  const Scratch scratch;
  const std::vector<std::string> consents{"12"};
  write_declared_image(scratch / "a.jpg", flag(), {.consents = consents});
  write_declared_image(scratch / "a.bmp", flag(), {.consents = consents});
  CHECK(read_declaration(scratch / "a.jpg").synthetic());
  CHECK(read_declaration(scratch / "a.jpg").consents == consents);
  CHECK_FALSE(read_declaration(scratch / "a.bmp").synthetic());
}

TEST_CASE("types of synthetic media are told from others") {
  CHECK(is_synthetic_type(kComposite));
  CHECK(is_synthetic_type("trainedAlgorithmicMedia"));
  CHECK_FALSE(is_synthetic_type("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"));
  CHECK_FALSE(is_synthetic_type(""));
  CHECK(declared_already({.digital_source_type = "x/algorithmicMedia", .tool = "T"}) ==
        "is declared synthetic already (x/algorithmicMedia, by T)");
  CHECK(contains(declared_already({.c2pa = true}), "C2PA"));
  CHECK(declared_already({}).empty());
}

TEST_CASE("what is no image and no video has no declaration but an error that names it") {
  const Scratch scratch;
  write_text(scratch / "a.png", "no image");
  write_text(scratch / "a.mp4", "no video");
  for (const char* name : {"a.png", "a.mp4", "none.mp4"})
    CHECK(contains(message_of([&] { read_declaration(scratch / name); }), name));
  CHECK_FALSE(declaration_of(scratch / "a.png").has_xmp);
}

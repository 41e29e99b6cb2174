// SPDX-License-Identifier: MIT
#include "pipeline/media/video_encoder.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

/// Passes all frames on, encoded.
void pass(const fs::path& input, const fs::path& output, const SinkOptions& options = {}) {
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  while (auto frame = source->next()) {
    REQUIRE(frame->error == "");
    sink->write(*frame, Changed::Yes);
  }
  sink->finish();
}

SinkOptions encoding(const VideoWriterOptions& encode) {
  SinkOptions options;
  options.encode = encode;
  options.overwrite = true;
  return options;
}

}  // namespace

TEST_CASE("FFV1 encodes images of odd sizes and subsampled chroma") {
  const Scratch scratch;
  for (const char* size : {"479x66", "66x479", "641x481"}) {
    CAPTURE(size);
    ffmpeg(scratch.path(),
           moving(size) + "-frames:v 1 -c:v ffv1 -level 1 -pix_fmt yuv420p -y in.mkv");
    pass(scratch / "in.mkv", scratch / "out.mkv", encoding({.codec = "ffv1"}));
    VideoReader in(scratch / "in.mkv"), out(scratch / "out.mkv");
    CHECK(cv::norm(in.next()->pixels, out.next()->pixels, cv::NORM_INF) <= 1);
  }
}

TEST_CASE("each codec whose encoder is here writes as many frames as it gets, stamps kept") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64") + "-frames:v 7 -c:v ffv1 in.mkv");
  struct Case {
    const char *codec, *encoder, *name;
  };
  int tried = 0;
  for (const auto& c : {Case{"h264", "libx264", "h264"}, Case{"h265", "libx265", "hevc"},
                        Case{"av1", "libaom-av1", "av1"}, Case{"vp9", "libvpx-vp9", "vp9"},
                        Case{"ffv1", "ffv1", "ffv1"}, Case{"prores", "prores_ks", "prores"}}) {
    if (avcodec_find_encoder_by_name(c.encoder) == nullptr) continue;
    CAPTURE(c.codec);
    ++tried;
    pass(scratch / "in.mkv", scratch / "out.mkv",
         encoding({.preset = "ultrafast", .codec = c.codec}));
    const StoredFile in = stored(scratch / "in.mkv");
    const StoredFile out = stored(scratch / "out.mkv");
    CHECK(out.streams.at(0).codec == c.name);
    CHECK(out.streams.at(0).stamps == in.streams.at(0).stamps);
    VideoReader reader(scratch / "out.mkv");
    int frames = 0;
    while (reader.next()) ++frames;
    CHECK(frames == 7);
  }
  CHECK(tried >= 2);
}

TEST_CASE("depth, chroma subsampling and alpha are kept where the encoder can") {
  const Scratch scratch;
  struct Case {
    const char *pixels, *codec, *kept;
    int depth;
  };
  for (const auto& c :
       {Case{"yuv420p10le", "h264", "yuv420p10le", CV_16U},
        Case{"yuv422p", "h264", "yuv422p", CV_8U}, Case{"yuv444p", "h264", "yuv444p", CV_8U},
        Case{"yuv422p10le", "h264", "yuv422p10le", CV_16U},
        Case{"yuv420p12le", "h264", "yuv420p10le", CV_16U},
        Case{"yuva420p", "ffv1", "yuva420p", CV_8U}, Case{"yuv420p", "h264", "yuv420p", CV_8U}}) {
    CAPTURE(c.pixels);
    ffmpeg(scratch.path(),
           moving("96x64") + "-frames:v 2 -c:v ffv1 -pix_fmt " + c.pixels + " in.mkv");
    CHECK(open_source(scratch / "in.mkv")->next()->pixels.depth() == c.depth);
    pass(scratch / "in.mkv", scratch / "out.mkv", encoding({.codec = c.codec}));
    CHECK(VideoReader(scratch / "out.mkv").info().pixel_format == c.kept);
  }
  ffmpeg(scratch.path(), moving("96x64") + "-frames:v 2 -c:v ffv1 -pix_fmt yuva420p in.mkv");
  CHECK(contains(message_of([&] { pass(scratch / "in.mkv", scratch / "a.mkv"); }),
                 "libx264 cannot keep the alpha channel"));
  CHECK(!fs::exists(scratch / "a.mkv"));
  pass(scratch / "in.mkv", scratch / "out.mkv", encoding({.drop_streams = true}));
  CHECK(!VideoReader(scratch / "out.mkv").info().alpha);
  pass(scratch / "in.mkv", scratch / "out.mkv",
       encoding({.pixel_format = "yuv420p10le", .drop_streams = true}));
  CHECK(VideoReader(scratch / "out.mkv").info().pixel_format == "yuv420p10le");
}

TEST_CASE("colour tags are the source's, and what is unspecified stays so") {
  const Scratch scratch;
  struct Case {
    const char* flags;
    VideoColor color;
  };
  const VideoColor hdr{.matrix = 9,
                       .primaries = 9,
                       .transfer = 16,
                       .range = ColorRange::Limited,
                       .chroma_location = AVCHROMA_LOC_TOPLEFT};
  for (const auto& c : {Case{"", {}}, Case{"-pix_fmt yuv420p10le -colorspace bt2020nc "
                                           "-color_primaries bt2020 -color_trc smpte2084 "
                                           "-color_range tv -chroma_sample_location topleft",
                                           hdr}}) {
    CAPTURE(c.flags);
    ffmpeg(scratch.path(), moving("96x64") + "-frames:v 2 -c:v libx264 " + c.flags + " in.mp4");
    const VideoInfo in = VideoReader(scratch / "in.mp4").info();
    pass(scratch / "in.mp4", scratch / "out.mp4", encoding({}));
    const VideoInfo out = VideoReader(scratch / "out.mp4").info();
    CHECK(out.color.matrix == c.color.matrix);
    CHECK(out.color.primaries == c.color.primaries);
    CHECK(out.color.transfer == c.color.transfer);
    CHECK(out.color.range == in.color.range);
    CHECK(out.color.chroma_location == in.color.chroma_location);
    CHECK(out.notes.size() == (c.color.transfer == 16 ? 1U : 0U));
  }
}

TEST_CASE("interlaced video is named, with its field order") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64") +
                             "-frames:v 3 -vf setfield=bff -c:v mpeg2video -flags +ildct+ilme "
                             "-top 0 in.mkv");
  const auto notes = VideoReader(scratch / "in.mkv").info().notes;
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "interlaced, bottom field first"));
}

TEST_CASE("the order of fields is kept by encoders that have fields, and its loss is told") {
  const Scratch scratch;
  struct Case {
    const char *encoder, *file;
    bool kept;
  };
  int tried = 0;
  for (const bool top : {true, false}) {
    ffmpeg(scratch.path(), moving("96x64") + "-frames:v 3 -vf setfield=" + (top ? "tff" : "bff") +
                               " -c:v mpeg2video -flags +ildct+ilme -top " + (top ? "1" : "0") +
                               " in.mkv");
    const FieldOrder order = top ? FieldOrder::TopFirst : FieldOrder::BottomFirst;
    CHECK(VideoReader(scratch / "in.mkv").info().field_order == order);
    for (const auto& c : {Case{"libx264", "out.mp4", true}, Case{"libx264", "out.mkv", true},
                          Case{"ffv1", "out.mkv", true}, Case{"prores_ks", "out.mov", true},
                          Case{"mpeg4", "out.mkv", true}, Case{"libx265", "out.mkv", false},
                          Case{"libvpx-vp9", "out.webm", false}}) {
      if (avcodec_find_encoder_by_name(c.encoder) == nullptr) continue;
      ++tried;
      CAPTURE(std::string(c.encoder));
      CAPTURE(std::string(c.file));
      CAPTURE(top);
      std::vector<std::string> notes;
      SinkOptions options = encoding({.encoder = c.encoder});
      options.note = [&](std::string_view line) { notes.emplace_back(line); };
      pass(scratch / "in.mkv", scratch / c.file, options);
      const VideoInfo out = VideoReader(scratch / c.file).info();
      CHECK((out.field_order == order) == c.kept);
      const auto told = std::count_if(notes.begin(), notes.end(), [](const std::string& note) {
        return contains(note, "the order of fields is not kept");
      });
      CHECK(told == (c.kept ? 0 : 1));
    }
  }
  CHECK(tried >= 4);
}

TEST_CASE("a sample aspect ratio that the source does not say stays unsaid") {
  const Scratch scratch;
  for (const char* suffix : {".mp4", ".mkv"}) {
    CAPTURE(suffix);
    const std::string in = std::string("in") + suffix;
    const std::string out = std::string("out") + suffix;
    ffmpeg(scratch.path(), moving("96x64") + "-frames:v 2 -vf setsar=0 -c:v libx264 " + in);
    CHECK(VideoReader(scratch / in).info().pixel_aspect.num == 0);
    pass(scratch / in, scratch / out);
    CHECK(VideoReader(scratch / out).info().pixel_aspect.num == 0);
    CHECK(stored(scratch / out).streams.at(0).aspect.num == 0);
    ffmpeg(scratch.path(), moving("96x64") + "-frames:v 2 -vf setsar=1 -c:v libx264 " + in);
    pass(scratch / in, scratch / out, encoding({}));
    CHECK(VideoReader(scratch / out).info().pixel_aspect.num == 1);
  }
}

TEST_CASE("AV1 ends, into each container, whether its frames wait in segments or not") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64") + "-frames:v 7 -c:v ffv1 in.mkv");
  for (const char* encoder : {"libsvtav1", "libaom-av1"}) {
    if (avcodec_find_encoder_by_name(encoder) == nullptr) continue;
    for (const char* name : {"out.mkv", "out.mp4"})
      for (const char* key : {"", "k"}) {
        CAPTURE(encoder);
        CAPTURE(name);
        CAPTURE(key);
        SinkOptions options = encoding({.preset = "ultrafast", .encoder = encoder});
        options.resume_key = key;
        pass(scratch / "in.mkv", scratch / name, options);
        const StoredFile out = stored(scratch / name);
        CHECK(out.streams.at(0).codec == "av1");
        VideoReader reader(scratch / name);
        int frames = 0;
        while (reader.next()) ++frames;
        CHECK(frames == 7);
      }
  }
}

TEST_CASE("AV1 that is given up ends, too") {
  const Scratch scratch;
  if (avcodec_find_encoder_by_name("libsvtav1") == nullptr) return;
  VideoWriter writer(scratch / "out.mkv", {.preset = "ultrafast", .encoder = "libsvtav1"});
  writer.write(noise(64, 96, CV_8UC3));
}

TEST_CASE("light levels that the frames tell are kept, whether they wait in segments or not") {
  const Scratch scratch;
  if (avcodec_find_encoder_by_name("libx265") == nullptr) return;
  ffmpeg(scratch.path(),
         moving("96x64") +
             "-frames:v 3 -pix_fmt yuv420p10le -c:v libx265 -x265-params "
             "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:"
             "'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
             "L(10000000,1)':max-cll=1000,400 in.mp4");
  for (const char* key : {"", "k"})
    for (const char* name : {"out.mkv", "out.mp4"}) {
      CAPTURE(key);
      CAPTURE(name);
      SinkOptions options = encoding({.preset = "ultrafast", .codec = "h265"});
      options.resume_key = key;
      pass(scratch / "in.mp4", scratch / name, options);
      CHECK(stored(scratch / name).streams.at(0).light == 2);
    }
}

TEST_CASE("a size that grows to even is told") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("97x64") + "-frames:v 2 -c:v ffv1 -pix_fmt yuv444p in.mkv");
  std::vector<std::string> notes;
  SinkOptions options = encoding({.codec = "h264", .pixel_format = "yuv420p"});
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  pass(scratch / "in.mkv", scratch / "out.mkv", options);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "takes even sizes only: 97x64 becomes 98x64"));
}

// SPDX-License-Identifier: MIT
#include "tools/idle_options.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <numeric>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "pipeline/media/image_format.h"
#include "pipeline/media/ranges.h"
#include "pipeline/media/source.h"

namespace cameo {
namespace {

/// What a command is about, as far as options depend on it.
struct Case {
  bool from_video = false, to_video = false, to_image = false;
  bool lossy_images = false;  // JPEG or WebP may be written
  bool masked = true, reference = false;
  bool wanted = false, unwanted = false;
  std::string_view codec, encoder;
  std::filesystem::path input;

  bool to_folder() const { return !to_video && !to_image; }
  bool encodes(std::initializer_list<std::string_view> names) const {
    const std::string_view chosen = encoder.empty() ? codec : encoder;
    return std::find(names.begin(), names.end(), chosen) != names.end();
  }
};

/// An option that does nothing in some cases, and what it is for.
struct IdleOption {
  std::string_view name;
  bool (*idle)(const Case&);
  std::string_view hint;
};

constexpr std::string_view kVideo =
    "is for an output video (.mp4 .mov .mkv .avi .webm), and this command writes images";
constexpr std::string_view kStreams = "is for a video made from a video";
constexpr std::string_view kMasked =
    "is for --converter masked; adjust draws the whole square of each face";
constexpr std::string_view kNoReference =
    "is unknown to faceswap of February 2018; leave out --reference";
constexpr std::string_view kNoPresets = "is for h264, h265, av1 and vp9; this codec has no presets";

bool no_video(const Case& c) {
  return !c.to_video;
}
bool no_streams(const Case& c) {
  return !c.to_video || !c.from_video;
}
bool adjust(const Case& c) {
  return !c.masked;
}
/// Whether the input is images whose suffixes are all written as well.
bool keeps_formats(const Case& c) {
  if (c.from_video) return false;
  const std::vector<std::filesystem::path> images = images_of(c.input);
  return !images.empty() &&
         std::all_of(images.begin(), images.end(), [](const auto& file) { return is_image(file); });
}

constexpr std::array kIdle{
    IdleOption{"codec", no_video, kVideo},
    IdleOption{"encoder", no_video, kVideo},
    IdleOption{"crf", no_video, kVideo},
    IdleOption{"encoder-preset", no_video, kVideo},
    IdleOption{"pixel-format", no_video, kVideo},
    IdleOption{"no-audio", no_streams, kStreams},
    IdleOption{"drop-streams", no_streams, kStreams},
    IdleOption{"codec", [](const Case& c) { return !c.encoder.empty(); },
               "is decided by --encoder already"},
    IdleOption{"crf", [](const Case& c) { return c.encodes({"ffv1"}); },
               "is for codecs that lose something, and FFV1 is lossless"},
    IdleOption{"encoder-preset",
               [](const Case& c) {
                 return c.encodes({"ffv1", "prores", "prores_ks", "mpeg4"});
               },
               kNoPresets},
    IdleOption{"image-format", [](const Case& c) { return !c.to_folder(); },
               "is for frames written into a folder; here the output's suffix is the format"},
    IdleOption{"image-format", keeps_formats,
               "is for a video's frames; images keep their names and formats, or take that of an "
               "output's suffix, one by one"},
    IdleOption{"quality", [](const Case& c) { return c.to_video; },
               "is for JPEG and WebP images; a video's is --crf"},
    IdleOption{"quality", [](const Case& c) { return !c.lossy_images; },
               "is for JPEG and WebP images; name an output of such a suffix, or --image-format "
               "jpg for a video's frames"},
    IdleOption{"detect-every", [](const Case& c) { return !c.from_video; },
               "is for videos; of images each is searched"},
    IdleOption{"mask", adjust, kMasked},
    IdleOption{"erosion", adjust, kMasked},
    IdleOption{"blur", adjust, kMasked},
    IdleOption{"feather", adjust, kMasked},
    IdleOption{"far-side", adjust, kMasked},
    IdleOption{"seamless", adjust, kMasked},
    IdleOption{"detail", adjust, kMasked},
    IdleOption{"examples", adjust, kMasked},
    IdleOption{"detail", [](const Case& c) { return c.reference; }, kNoReference},
    IdleOption{"examples", [](const Case& c) { return c.reference; }, kNoReference},
    IdleOption{"far-side", [](const Case& c) { return c.reference; }, kNoReference},
    IdleOption{"color", [](const Case& c) { return c.reference && c.masked; },
               "has no part in --converter masked of faceswap of February 2018; leave out "
               "--reference"},
    IdleOption{"threshold", [](const Case& c) { return !c.wanted && !c.unwanted; },
               "is a distance to references, of which none are given; name some with --wanted"},
    IdleOption{"margin", [](const Case& c) { return !c.wanted || !c.unwanted; },
               "compares the references of --wanted with those of --unwanted; give both"},
};

bool is_lossy(const std::filesystem::path& name) {
  const ImageFormat format = format_of_name(name);
  return format == ImageFormat::Jpeg || format == ImageFormat::Webp;
}

Case case_of(const ConvertOptions& options, const FinderOptions& finding) {
  Case c{
      .from_video = !is_images(options.input),
      .to_video = is_video_name(options.output) && !std::filesystem::is_directory(options.output)};
  c.to_image =
      !c.to_video && is_image(options.output) && !std::filesystem::is_directory(options.output);
  // A folder of images may hold JPEG files.
  c.lossy_images = c.to_image     ? is_lossy(options.output)
                   : c.from_video ? is_lossy("image." + options.image_format)
                                  : !c.to_video;
  c.masked = options.converter == ConverterKind::Masked;
  c.reference = finding.reference;
  c.wanted = !finding.filter.wanted.empty();
  c.unwanted = !finding.filter.unwanted.empty();
  c.codec = options.encode.codec;
  c.encoder = options.encode.encoder;
  c.input = options.input;
  return c;
}

/// Numbers of the input's frames, rising; none if they are not known.
std::vector<std::int64_t> frame_numbers(const ConvertOptions& options, std::int64_t frames) {
  std::vector<std::int64_t> numbers;
  if (!is_images(options.input)) {
    if (frames == 0) frames = open_source(options.input)->count();
    numbers.resize(static_cast<std::size_t>(std::max<std::int64_t>(frames, 0)));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
  }
  for (const std::filesystem::path& image : images_of(options.input))
    if (const auto number = frame_number(utf8_name(image))) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string text_of(const FrameRange& range) {
  std::string first = std::to_string(range.first);
  if (range.last == range.first) return first;
  return first + "-" + (range.last == FrameRange{}.last ? "max" : std::to_string(range.last));
}

}  // namespace

void check_idle_options(const Flags& flags, const ConvertOptions& options,
                        const FinderOptions& finding) {
  const Case now = case_of(options, finding);
  for (const IdleOption& option : kIdle)
    check(!flags.on_line(std::string(option.name)) || !option.idle(now), ErrorCode::Usage,
          "convert: --", option.name, " would do nothing: it ", option.hint);
}

std::string ranges_without_frames(const ConvertOptions& options, std::int64_t frames) {
  std::vector<FrameRange> ranges = parse_ranges(options.ranges);
  for (const ComposeRange& range : options.compose_ranges)
    ranges.insert(ranges.end(), range.frames.begin(), range.frames.end());
  if (ranges.empty()) return {};
  const std::vector<std::int64_t> numbers = frame_numbers(options, frames);
  if (numbers.empty()) return {};
  std::string none;
  for (const FrameRange& range : ranges) {
    const auto next = std::lower_bound(numbers.begin(), numbers.end(), range.first);
    if (next == numbers.end() || *next > range.last) none += " " + text_of(range);
  }
  if (none.empty()) return {};
  return "no frame lies in" + none + ": those of " + options.input.string() + " are " +
         std::to_string(numbers.front()) + " to " + std::to_string(numbers.back());
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "pipeline/media/frame_rate.h"
#include "pipeline/media/ranges.h"
#include "tools/cli/color_words.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/stage_table.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/swapper_flags.h"
#include "tools/encode_flags.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

/// Options that ConvertOptions holds in another form.
struct Extra {
  std::string preset;
  bool hard_edge = false;
  int smooth = -1;
  bool profile = false;
  std::string frame_rate;
};

void add_mask_flags(Flags& flags, ConvertOptions& options, Extra& extra) {
  MaskOptions& mask = options.compose.mask;
  flags.choose("-c,--color", options.compose.color, color_words(),
               "Color transfer from the original face to the swapped one");
  flags.choose("-M,--mask", mask.kind,
               {{"rect", MaskKind::Rect},
                {"facehull", MaskKind::FaceHull},
                {"facehullandrect", MaskKind::FaceHullAndRect},
                {"learned", MaskKind::Learned},
                {"learned-facehull", MaskKind::LearnedFaceHull}},
               "Mask: a shape, the network's own (learned), or what both it and the hull cover");
  flags.add("-e,--erosion", &mask.erosion, "Mask erosion, pixels; negative dilates")
      .range(-200, 200);
  flags.add("--blur", &mask.blur, "Mask box blur after erosion, pixels").range(0, 200);
  flags.add("--feather", &mask.feather, "Mask feather width, as a fraction of the face; 0 for none")
      .range(0, 0.5);
  flags
      .add("--sharpen", &options.compose.sharpen,
           "Amount of unsharp masking of the drawn face; 0: none")
      .range(0, 5);
  flags.add("--seamless", &options.compose.seamless, "Poisson cloning instead of alpha blending");
  flags.add("--hard-edge", &extra.hard_edge, "Hard mask edge, with --converter adjust");
}

void add_flags(Flags& flags, ConvertOptions& options, Extra& extra) {
  flags.add("-i,--input", &options.input, "Input image, folder of images or video").required();
  flags
      .add("-o,--output", &options.output,
           "Output image or video by its suffix; a folder without one")
      .required();
  flags.choose("--converter", options.converter,
               {{"masked", ConverterKind::Masked}, {"adjust", ConverterKind::Adjust}},
               "Converter: masked by landmarks, adjust by box for faces of extract --mode crop");
  flags.add("--preset", &extra.preset, "Settings of faceswap of February 2018: article")
      .words({"article"});
  flags.implies("preset", "article",
                {{"converter", "adjust"},
                 {"reference", true},
                 {"upsample", 1},
                 {"max-side", 0},
                 {"smooth", 0},
                 {"blur", 2},
                 {"feather", 0}});
  add_mask_flags(flags, options, extra);
  flags.add("-R,--frame-ranges", &options.ranges, "Frame ranges to convert: 10-50 90-max");
  flags.add("--discard", &options.discard, "Drop frames outside --frame-ranges");
  flags.add("--faces", &options.faces,
            "Input faces file; default INPUT.faces.json where it exists");
  flags.add("--search", &options.search, "Detect faces again even if INPUT.faces.json exists");
  flags
      .add("--smooth", &extra.smooth,
           "Landmark smoothing radius, frames; -1 for the input's default")
      .range(-1, 100);
  flags
      .add("-j,--threads", &options.threads,
           "Number of threads for alignment and blending; 0 for one a core")
      .range(0, 256);
  flags.add("--profile", &extra.profile, "Print the seconds of work and of waiting of each stage");
  flags.add("--frame-rate", &extra.frame_rate,
            "Frame rate of a video made from images: 25, 23.976, 30000/1001, ntsc");
  flags.add("--quality", &options.image.quality, "Quality of JPEG and WebP images, 100 is best")
      .range(1, 100);
  add_encode_flags(flags, options.encode, options.image_format);
}

void resolve_options(ConvertOptions& options, const Extra& extra, bool reference,
                     const Flags& flags) {
  options.compose.reference = reference;
  options.compose.smooth_mask = !extra.hard_edge;
  if (extra.smooth >= 0) options.smooth = extra.smooth;
  if (!extra.frame_rate.empty()) {
    check(std::filesystem::is_directory(options.input) && is_video_name(options.output),
          ErrorCode::Usage,
          "convert: --frame-rate is for a video made from a folder of images; a video keeps the "
          "time stamps that it has");
    options.encode.rate = parse_frame_rate(extra.frame_rate);
  }
  options.overwrite = flags.common().overwrite;
  options.dry_run = flags.common().dry_run;
}

Json dropouts_json(const std::vector<Dropout>& dropouts) {
  Json all = Json::array();
  for (const Dropout& frame : dropouts)
    all.push_back({{"frame", frame.name}, {"index", frame.index}, {"track", frame.track}});
  return all;
}

/// "12-14 20": frames one after another as a range.
std::string ranges_of(const std::vector<Dropout>& dropouts) {
  std::string text;
  for (std::size_t i = 0; i < dropouts.size();) {
    std::size_t last = i;
    while (last + 1 < dropouts.size() && dropouts[last + 1].index == dropouts[last].index + 1)
      ++last;
    text += (text.empty() ? "" : " ") + dropouts[i].name;
    if (last > i) text += "-" + dropouts[last].name;
    i = last + 1;
  }
  return text;
}

void show(const ConvertReport& report, const ConvertOptions& options, bool json, bool profile) {
  const Json all{{"frames", report.frames},
                 {"written", report.written},
                 {"converted", report.converted},
                 {"faces", report.faces},
                 {"without_face", report.without_face},
                 {"outside_ranges", report.outside},
                 {"searched", report.searched},
                 {"failed", report.failed},
                 {"dropouts", dropouts_json(report.dropouts)},
                 {"faces_file", report.faces_file.string()},
                 {"seconds", report.seconds},
                 {"stages", stage_json(report.stages, report.seconds)},
                 {"output", options.output.string()}};
  if (json) {
    std::cout << json_text(all) << '\n';
    return;
  }
  std::cout << report.faces << " faces swapped in " << report.converted << " of " << report.frames
            << " frames: " << (report.written > 0 ? options.output.string() : "nothing written")
            << '\n';
  if (profile) std::cout << stage_table(report.stages, report.seconds);
}

/// What a user would not expect of a conversion that ended.
void warn_of(const ConvertReport& report, bool filtered, Log& log) {
  for (const std::string& line : report.failed) log.warn(line);
  if (!report.dropouts.empty())
    log.warn("a face that is seen before and after was not found, and nothing was swapped, in " +
             std::to_string(report.dropouts.size()) + " frames: " + ranges_of(report.dropouts));
  if (!report.faces_file.empty() && filtered)
    log.warn("faces came from " + report.faces_file.string() +
             " as they are: --wanted and --unwanted applied to " + std::to_string(report.searched) +
             " frames only; extract with them, or use --search");
  if (report.written > 0 && report.outside == report.frames)
    log.warn("no frame lies in --frame-ranges: all were written unchanged");
}

}  // namespace

int convert_command(Args args) {
  ConvertOptions options;
  Extra extra;
  SwapperFlags models;
  FinderFlags finding;
  Flags flags("convert", "Swaps faces in images and videos.");
  models.add_to(flags);
  add_flags(flags, options, extra);
  finding.add_to(flags);
  flags.needs(options.input);
  flags.needs(options.faces);
  flags.works_dry();
  flags.also([&] {
    check(!models.matches_latents() || !finding.options().reference, ErrorCode::Usage,
          "convert: --match-latents and --reference exclude each other; faceswap of February 2018 "
          "matched no latents");
    check(!is_learned(options.compose.mask.kind) || options.converter == ConverterKind::Masked,
          ErrorCode::Usage,
          "convert: --mask learned and learned-facehull are for --converter masked");
    check(options.compose.sharpen == 0 ||
              (options.converter == ConverterKind::Masked && !finding.options().reference),
          ErrorCode::Usage, "convert: --sharpen is for --converter masked, without --reference");
    resolve_options(options, extra, finding.options().reference, flags);
    check_sink(options.output, options.input, {.overwrite = options.overwrite});
    parse_ranges(options.ranges);
  });
  return flags.run(args, [&](Log& log) {
    const OpenModels opened = models.open(flags.common(), finding.options().reference, log);
    const ConvertWatch watch{
        .progress =
            [&](std::string_view stage, std::int64_t done, std::int64_t count) {
              log.progress(std::string(stage), static_cast<long>(done), static_cast<long>(count));
              return interrupted() == 0;
            },
        .note = [&](std::string_view line) { log.info(line); }};
    const ConvertReport report = convert(options, opened.models, finding.lazily(log), watch);
    log.end_progress();
    if (options.dry_run) {
      std::cout << flags.effective();
      return Exit::Ok;
    }
    warn_of(report, finding.options().filter.any(), log);
    if (report.written > 0) {
      flags.save_beside(options.output);
    } else if (!report.stopped) {
      check(report.outside > 0, ErrorCode::Input, options.input.string(), ": none of ",
            report.frames, " frames can be read");
      fail(ErrorCode::Usage, options.input.string(), ": none of ", report.frames,
           " frames lies in the ranges, so nothing was written");
    }
    show(report, options, flags.common().json, extra.profile);
    check(report.faces > 0 || report.stopped || report.frames == report.outside, ErrorCode::NoFace,
          options.input.string(), ": no face to swap in ", report.frames - report.outside,
          " frames");
    return report.failed.empty() && report.dropouts.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

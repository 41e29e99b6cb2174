// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/media/ranges.h"
#include "tools/cli/color_words.h"
#include "tools/cli/device.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

/// Options that ConvertOptions holds in another form.
struct Extra {
  std::string preset;
  bool turned_round = false;
  bool match_latents = false;
  bool hard_edge = false;
  int smooth = -1;
};

void add_mask_flags(Flags& flags, ConvertOptions& options, Extra& extra) {
  MaskOptions& mask = options.compose.mask;
  flags.choose("-c,--color", options.compose.color, color_words(),
               "Match the drawn face's colours to the covered one's");
  flags.choose("-M,--mask", mask.kind,
               {{"rect", MaskKind::Rect},
                {"facehull", MaskKind::FaceHull},
                {"facehullandrect", MaskKind::FaceHullAndRect}},
               "What the drawn face may change");
  flags.add("-e,--erosion", &mask.erosion, "Shrink the mask by so many pixels; negative grows it")
      .range(-200, 200);
  flags.add("--blur", &mask.blur, "Then blur it over so many pixels").range(0, 200);
  flags.add("--feather", &mask.feather, "Fade inwards over this share of the face").range(0, 0.5);
  flags.add("--seamless", &options.compose.seamless, "Fit gradients instead of weighting");
  flags.add("--hard-edge", &extra.hard_edge, "With --converter adjust: do not fade at the edge");
}

void add_flags(Flags& flags, ConvertOptions& options, Extra& extra) {
  flags.add("-i,--input", &options.input, "Image, folder or video").required();
  flags.add("-o,--output", &options.output, "The same by its suffix; none makes a folder")
      .required();
  flags.add("-m,--model", &options.model, "Folder that training wrote").required();
  flags.add("-s,--swap", &extra.turned_round, "The other way round: draw A's face into B's frames");
  flags.choose("--converter", options.converter,
               {{"masked", ConverterKind::Masked}, {"adjust", ConverterKind::Adjust}},
               "By landmarks, or by box for faces of extract --mode crop");
  flags.add("--preset", &extra.preset, "article: all as the article's program did")
      .words({"article"});
  flags.implies("preset", "article",
                {{"converter", "adjust"},
                 {"faithful", true},
                 {"upsample", 1},
                 {"max-side", 0},
                 {"smooth", 0},
                 {"blur", 2},
                 {"feather", 0}});
  flags.add("--align-code", &extra.match_latents,
            "Move the covered person's code onto the drawn one's: if both show the same range of "
            "poses and expressions");
  add_mask_flags(flags, options, extra);
  flags.add("-R,--frame-ranges", &options.ranges, "Change only these frames: 10-50 90-max");
  flags.add("--discard", &options.discard, "Leave the other frames out");
  flags.add("--faces", &options.faces, "What was found; else INPUT.faces.json if it is there");
  flags.add("--search", &options.search, "Look for faces anew, though INPUT.faces.json is there");
  flags.add("--smooth", &extra.smooth, "Frames on each side to smooth landmarks over; -1: by input")
      .range(-1, 100);
  flags.add("-b,--batch", &options.batch, "Faces that are drawn at a time").range(1, 256);
  flags.add("--crf", &options.encode.crf, "Quality of a video, 0 is best").range(0, 51);
  flags.add("--encoder-preset", &options.encode.preset, "Of x264: slower is smaller")
      .words({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
              "veryslow", "placebo"});
}

void resolve_options(ConvertOptions& options, const Extra& extra, bool reference,
                     const Flags& flags) {
  options.compose.reference = reference;
  options.compose.smooth_mask = !extra.hard_edge;
  options.side = extra.turned_round ? Side::A : Side::B;
  if (extra.smooth >= 0) options.smooth = extra.smooth;
  options.overwrite = flags.common().overwrite;
  options.dry_run = flags.common().dry_run;
}

void show(const ConvertReport& report, const ConvertOptions& options, bool json) {
  const Json all{{"frames", report.frames},
                 {"written", report.written},
                 {"converted", report.converted},
                 {"faces", report.faces},
                 {"without_face", report.without_face},
                 {"outside_ranges", report.outside},
                 {"searched", report.searched},
                 {"failed", report.failed},
                 {"faces_file", report.faces_file.string()},
                 {"seconds", report.seconds},
                 {"output", options.output.string()}};
  if (json) {
    std::cout << json_text(all) << '\n';
    return;
  }
  std::cout << report.faces << " faces drawn in " << report.converted << " of " << report.frames
            << " frames: " << (report.written > 0 ? options.output.string() : "nothing written")
            << '\n';
}

/// What a user would not expect of a conversion that ended.
void warn_of(const ConvertReport& report, bool filtered, Log& log) {
  for (const std::string& line : report.failed) log.warn(line);
  if (!report.faces_file.empty() && filtered)
    log.warn("faces came from " + report.faces_file.string() +
             " as they are: --wanted and --unwanted held for " + std::to_string(report.searched) +
             " frames only; extract with them, or give --search");
  if (report.written > 0 && report.outside == report.frames)
    log.warn("no frame lies in the ranges: all were written as they are");
}

}  // namespace

int convert_command(Args args) {
  ConvertOptions options;
  Extra extra;
  FinderFlags finding;
  Flags flags("convert", "Draws the other person's face into the frames of an input.");
  add_flags(flags, options, extra);
  finding.add_to(flags);
  flags.needs(options.input);
  flags.needs(options.model);
  flags.needs(options.faces);
  flags.works_dry();
  flags.also([&] {
    check(!extra.match_latents || !finding.options().reference, ErrorCode::Usage,
          "convert: --align-code and --faithful exclude each other; the article's program aligned "
          "no codes");
    resolve_options(options, extra, finding.options().reference, flags);
    check_sink(options.output, options.input, {.overwrite = options.overwrite});
    parse_ranges(options.ranges);
  });
  return flags.run(args, [&](Log& log) {
    const auto swapper =
        open_swapper(options.model, {options.side, options.batch, extra.match_latents},
                     open_device(flags.common(), log));
    const ConvertWatch watch{.progress =
                                 [&](std::int64_t done, std::int64_t count) {
                                   log.progress("converting", done, count);
                                   return interrupted() == 0;
                                 },
                             .note = [&](std::string_view line) { log.info(line); }};
    const ConvertReport report = convert(options, *swapper, finding.lazily(log), watch);
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
    show(report, options, flags.common().json);
    check(report.faces > 0 || report.stopped || report.frames == report.outside, ErrorCode::NoFace,
          options.input.string(), ": no face to draw in ", report.frames, " frames");
    return report.failed.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

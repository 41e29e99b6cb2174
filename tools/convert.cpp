// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "pipeline/media/ranges.h"
#include "tools/cli/device.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/compose_flags.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

/// Options that ConvertOptions holds in another form.
struct Extra {
  std::string preset;
  bool turned_round = false;
  std::optional<bool> match_latents;
  bool hard_edge = false;
  int smooth = -1;
};

void add_flags(Flags& flags, ConvertOptions& options, Extra& extra, ComposeFlags& composing) {
  flags.add("-i,--input", &options.input, "Input image, folder of images or video").required();
  flags
      .add("-o,--output", &options.output,
           "Output image or video by its suffix; a folder without one")
      .required();
  flags.add("-m,--model", &options.model, "Model folder written by training").required();
  flags.add("-s,--swap", &extra.turned_round, "Swap direction: put face A into frames of B");
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
                 {"feather", 0},
                 {"far-side", 0}});
  flags
      .add("--match-latents", &extra.match_latents,
           "Shift A's latent statistics to B's, so that the result looks more like B (default: if "
           "the last training mirrored faces, and not with --reference; --match-latents=false: "
           "never)")
      .old_name("align-code");
  composing.add_to(flags);
  flags.add("--hard-edge", &extra.hard_edge, "Hard mask edge, with --converter adjust");
  flags.add("-R,--frame-ranges", &options.ranges, "Frame ranges to convert: 10-50 90-max");
  flags.add("--discard", &options.discard, "Drop frames outside --frame-ranges");
  flags.add("--faces", &options.faces,
            "Input faces file; default INPUT.faces.json where it exists");
  flags.add("--search", &options.search, "Detect faces again even if INPUT.faces.json exists");
  flags
      .add("--smooth", &extra.smooth,
           "Landmark smoothing radius, frames; -1 for the input's default")
      .range(-1, 100);
  flags.add("-b,--batch", &options.batch, "Batch size of the network, faces").range(1, 256);
  flags.add("--crf", &options.encode.crf, "Constant rate factor of the output video, 0 is best")
      .range(0, 51);
  flags.add("--encoder-preset", &options.encode.preset, "x264 preset; slower is smaller")
      .words({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
              "veryslow", "placebo"});
}

void check_compose(const ConvertOptions& options, bool reference) {
  const ComposeOptions& compose = options.compose;
  const bool masked = options.converter == ConverterKind::Masked;
  check(!is_learned(compose.mask.kind) || masked, ErrorCode::Usage,
        "convert: --mask learned is for --converter masked");
  check(compose.sharpen + compose.grain + compose.blur + compose.compression == 0 ||
            (masked && !reference),
        ErrorCode::Usage,
        "convert: --sharpen and --match-grain, -blur and -compression are for --converter masked, "
        "without --reference");
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
  std::cout << report.faces << " faces swapped in " << report.converted << " of " << report.frames
            << " frames: " << (report.written > 0 ? options.output.string() : "nothing written")
            << '\n';
}

/// What a user would not expect of a conversion that ended.
void warn_of(const ConvertReport& report, bool filtered, Log& log) {
  for (const std::string& line : report.failed) log.warn(line);
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
  ComposeFlags composing(options.compose);
  FinderFlags finding;
  Flags flags("convert", "Swaps faces in images and videos.");
  add_flags(flags, options, extra, composing);
  finding.add_to(flags);
  flags.needs(options.input);
  flags.needs(options.model);
  flags.needs(options.faces);
  flags.works_dry();
  flags.also([&] {
    check(!extra.match_latents.value_or(false) || !finding.options().reference, ErrorCode::Usage,
          "convert: --match-latents and --reference exclude each other; faceswap of February 2018 "
          "matched no latents");
    check_compose(options, finding.options().reference);
    resolve_options(options, extra, finding.options().reference, flags);
    check_sink(options.output, options.input, {.overwrite = options.overwrite});
    parse_ranges(options.ranges);
  });
  return flags.run(args, [&](Log& log) {
    if (!extra.match_latents)
      extra.match_latents = !finding.options().reference && matches_by_default(options.model, log);
    log.info(*extra.match_latents ? "latents are matched" : "latents are not matched");
    const auto swapper =
        open_swapper(options.model, {options.side, options.batch, *extra.match_latents},
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
          options.input.string(), ": no face to swap in ", report.frames - report.outside,
          " frames");
    return report.failed.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

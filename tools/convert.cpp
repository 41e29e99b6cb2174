// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/version.h"
#include "model/file/model_file.h"
#include "pipeline/mark/label.h"
#include "pipeline/mark/output_marks.h"
#include "pipeline/mark/signature.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/frame_rate.h"
#include "pipeline/media/ranges.h"
#include "pipeline/media/written_files.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/ranges_file.h"
#include "tools/cli/stage_table.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/compose_flags.h"
#include "tools/encode_flags.h"
#include "tools/idle_options.h"
#include "tools/sign_flags.h"
#include "tools/swapper_flags.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

/// Options that ConvertOptions holds in another form.
struct Extra {
  std::string preset;
  bool hard_edge = false;
  int smooth = -1;
  bool profile = false;
  bool no_resume = false;
  bool no_watermark = false;
  std::string frame_rate;
  std::filesystem::path ranges;
};

void add_places(Flags& flags, ConvertOptions& options) {
  flags.add("-i,--input", &options.input, "Input image, folder of images or video").required();
  flags
      .add("-o,--output", &options.output,
           "Output image or video by its suffix; a folder without one")
      .required();
}

void add_flags(Flags& flags, ConvertOptions& options, Extra& extra, ComposeFlags& composing) {
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
  composing.add_to(flags);
  flags.add("--hard-edge", &extra.hard_edge, "Hard mask edge, with --converter adjust");
  flags.add("-R,--frame-ranges", &options.ranges, "Frame ranges to convert: 10-50 90-max");
  flags.add("--ranges", &extra.ranges,
            "TOML file of options for ranges of frames: [[range]] frames = \"10-50\", color = "
            "\"lab\", skip = true");
  flags.add("--discard", &options.discard, "Drop frames outside --frame-ranges");
  flags.add("--faces", &options.faces,
            "Input faces file; default INPUT.faces.json where it exists");
  flags.add("--crops", &options.crops,
            "Folder of extracted faces: swap only those whose file is still there");
  flags.add("--search", &options.search, "Detect faces again even if INPUT.faces.json exists");
  flags
      .add("--smooth", &extra.smooth,
           "Landmark smoothing radius, frames; -1 for the input's default")
      .range(-1, 100);
  flags
      .add("--detect-every", &options.detect_every,
           "Frames of a video from one detection to the next, followed between; 1: detect in every "
           "frame, 0: by the frame rate")
      .range(0, 1000);
  flags.add("--no-resume", &extra.no_resume,
            "Do not keep what a killed conversion has done; without it, the same command goes on");
  flags
      .add("-j,--threads", &options.threads,
           "Number of threads for alignment, blending and image encoding; 0 for one a core")
      .range(0, 256);
  flags.add("--profile", &extra.profile, "Print the seconds of work and of waiting of each stage");
  flags.add("--frame-rate", &extra.frame_rate,
            "Frame rate of a video made from images: 25, 23.976, 30000/1001, ntsc");
  flags.add("--quality", &options.image.quality, "Quality of JPEG and WebP images, 100 is best")
      .range(1, 100);
  add_encode_flags(flags, options.encode, options.image_format);
  flags.add("--no-watermark", &extra.no_watermark,
            "Leave out the invisible watermark, for intermediates; the metadata says so");
  flags.add("--label", &options.label, "Text drawn into a corner of each changed frame");
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

/// Options that would do nothing, which a user would not expect.
void check_idle(const ConvertOptions& options, const Extra& extra, bool filtered) {
  check(!extra.hard_edge || options.converter == ConverterKind::Adjust, ErrorCode::Usage,
        "convert: --hard-edge is for --converter adjust");
  check(!options.discard || !options.ranges.empty(), ErrorCode::Usage,
        "convert: --discard drops the frames outside --frame-ranges, of which there are none");
  check(!filtered || options.faces.empty(), ErrorCode::Usage,
        "convert: --wanted and --unwanted are applied when faces are searched, not to those of "
        "--faces; extract with them, or leave out --faces");
  check(options.crops.empty() || !options.search, ErrorCode::Usage,
        "convert: --crops goes by the faces file of an extraction, --search by none");
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
  if (!options.label.empty()) check_label(options.label);
  if (!extra.ranges.empty()) options.compose_ranges = read_ranges(extra.ranges);
  options.overwrite = flags.common().overwrite;
  options.dry_run = flags.common().dry_run;
}

/// Text that is another whenever another output would come of the command.
std::string resume_key(const Flags& flags, const SwapperFlags& models) {
  std::string key = "cameo " CAMEO_VERSION "\n";
  for (const std::filesystem::path& model : models.files())
    key += source_fingerprint(model_file(model)) + "\n";
  for (const std::filesystem::path& folder : models.example_folders())
    key += source_fingerprint(folder) + "\n";
  constexpr std::array<std::string_view, 13> kOfNoMatter{
      "sign",     "certificate", "c2pa",    "timestamp", "json",    "quiet",    "verbose",
      "progress", "profile",     "threads", "config",    "dry-run", "overwrite"};
  std::istringstream lines(flags.effective());
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find_first_of(" ="));
    const bool matters =
        std::find(kOfNoMatter.begin(), kOfNoMatter.end(), name) == kOfNoMatter.end();
    if (matters) key += line + "\n";
  }
  return key;
}

/// Warns of models trained on aligned faces. Faces were only ever cut by boxes for the article's
/// networks; one that sees another part of a face was not trained on such.
void warn_of_boxes(const OpenModels& opened, Log& log) {
  for (const auto& swapper : opened.swappers)
    if (swapper->coverage() != kFaceCoverage) {
      log.warn(
          "--converter adjust (of --preset article) cuts faces by their boxes, and a model was "
          "trained on aligned ones, as extract writes them by itself: leave it out");
      return;
    }
}

/// Whether examples may lend detail to any frame.
bool may_add_detail(const ConvertOptions& options) {
  if (options.converter != ConverterKind::Masked) return false;
  return options.compose.detail > 0 || !options.compose_ranges.empty();
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
                 {"resumed", report.resumed},
                 {"searched", report.searched},
                 {"unfiltered", report.unfiltered},
                 {"failed", report.failed},
                 {"dropouts", dropouts_json(report.dropouts)},
                 {"complete", !report.stopped},
                 {"faces_file", report.faces_file.string()},
                 {"seconds", report.seconds},
                 {"stages", stage_json(report.stages, report.seconds)},
                 {"output", options.output.string()}};
  if (json) {
    std::cout << json_text(all) << '\n';
    return;
  }
  const std::string where = is_suspended(report, options)
                                ? "stopped; run the same command again to go on"
                            : report.written > 0 ? options.output.string()
                                                 : "nothing written";
  std::cout << report.faces << " faces swapped in " << report.converted << " of " << report.frames
            << " frames: " << where << '\n';
  if (profile) std::cout << stage_table(report.stages, report.seconds);
}

/// What a user would not expect of a conversion that ended.
void warn_of(const ConvertReport& report, Log& log) {
  for (const std::string& line : report.failed) log.warn(line);
  if (!report.dropouts.empty())
    log.warn("a face that is seen before and after was not found, and nothing was swapped, in " +
             std::to_string(report.dropouts.size()) + " frames: " + ranges_of(report.dropouts));
  if (report.unfiltered > 0)
    log.warn(std::to_string(report.unfiltered) +
             " frames are new or changed since faces were extracted, and the filter of the "
             "extraction did not apply to them: everybody in them was swapped; give --wanted or "
             "--unwanted, or extract again first");
  if (report.resumed > 0)
    log.info("went on after " + std::to_string(report.resumed) +
             " frames of a run that was killed; faces are counted from there");
  if (report.written > 0 && report.outside == report.frames)
    log.warn("no frame lies in --frame-ranges: all were written unchanged");
}

ConvertWatch watch_with(Log& log) {
  return {.progress =
              [&log](std::string_view stage, std::int64_t done, std::int64_t count) {
                log.progress(std::string(stage), static_cast<long>(done), static_cast<long>(count));
                return interrupted() == 0;
              },
          .note = [&log](std::string_view line) { log.info(line); }};
}

/// Signs what was written; false if something was not signed as wanted. A signature of what was
/// there before goes.
bool sign(const SignFlags& signing, const ConvertReport& report, const ConvertOptions& options,
          Log& log) {
  if (report.written == 0 || is_suspended(report, options)) return true;
  std::error_code ignored;
  if (options.overwrite) std::filesystem::remove(signature_file(options.output), ignored);
  return signing.sign(options.output, options.input, log);
}

/// Throws Error if a run that came to its end wrote nothing.
void check_written(const ConvertReport& report, const ConvertOptions& options) {
  if (report.written > 0 || report.stopped) return;
  check(report.outside > 0, ErrorCode::Input, options.input.string(), ": none of ", report.frames,
        " frames can be read and written");
  fail(ErrorCode::Usage, options.input.string(), ": none of ", report.frames,
       " frames lies in the ranges, so nothing was written");
}

/// Resolves the options and checks them, before any work and in a dry run too.
void check_options(const Flags& flags, ConvertOptions& options, const Extra& extra,
                   const SwapperFlags& models, const FinderFlags& finding) {
  check(!models.matches_latents() || !finding.options().reference, ErrorCode::Usage,
        "convert: --match-latents and --reference exclude each other; faceswap of February 2018 "
        "matched no latents");
  check_compose(options, finding.options().reference);
  check_idle_options(flags, options, finding.options());
  check_idle(options, extra, finding.options().filter.any());
  resolve_options(options, extra, finding.options().reference, flags);
  // Whom another filter let through is not who is wanted now.
  if (finding.options().filter.any()) options.search = true;
  // Whether a run that was killed is gone on with is known when the models are.
  const bool killed = !extra.no_resume && was_killed(options.output);
  check_sink(options.output, options.input, {.overwrite = options.overwrite || killed});
  parse_ranges(options.ranges);
}

}  // namespace

int convert_command(Args args) {
  ConvertOptions options;
  Extra extra;
  SwapperFlags models;
  ComposeFlags composing(options.compose);
  FinderFlags finding;
  SignFlags signing;
  Flags flags("convert", "Swaps faces in images and videos.");
  add_places(flags, options);
  models.add_to(flags);
  add_flags(flags, options, extra, composing);
  signing.add_to(flags);
  finding.add_to(flags);
  flags.needs(options.input);
  flags.needs(options.faces);
  flags.needs(options.crops);
  flags.needs(extra.ranges);
  flags.works_dry();
  flags.also([&] {
    check_options(flags, options, extra, models, finding);
    signing.check();
  });
  return flags.run(args, [&](Log& log) {
    const std::string outside = ranges_without_frames(options);
    if (!outside.empty()) log.warn(outside);
    const OpenModels opened =
        models.open(flags.common(), finding.options().reference, may_add_detail(options), log);
    if (options.converter == ConverterKind::Adjust) warn_of_boxes(opened, log);
    options.consents = models.consents();
    if (!options.dry_run) signing.prepare(options.output, options.input, log);
    options.keeps_manifest = signing.keeps_manifest();
    const std::string key = resume_key(flags, models);
    if (!extra.no_resume) options.resume_key = key;
    if (!extra.no_watermark) options.watermark = asset_id(key + source_fingerprint(options.input));
    const ConvertReport report =
        convert(options, opened.models, finding.lazily(log), watch_with(log));
    log.end_progress();
    if (options.dry_run) {
      std::cout << flags.effective();
      return Exit::Ok;
    }
    warn_of(report, log);
    // Few containers know how many frames they have.
    if (outside.empty() && !report.stopped)
      if (const std::string line = ranges_without_frames(options, report.frames); !line.empty())
        log.warn(line);
    check_written(report, options);
    const bool is_signed = sign(signing, report, options, log);
    if (report.written > 0 && !is_suspended(report, options)) flags.save_beside(options.output);
    show(report, options, flags.common().json, extra.profile);
    check(
        report.faces > 0 || report.stopped || report.resumed > 0 || report.frames == report.outside,
        ErrorCode::NoFace, options.input.string(), ": no face to swap in ",
        report.frames - report.outside, " frames");
    return report.failed.empty() && report.dropouts.empty() && is_signed ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

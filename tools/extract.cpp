// SPDX-License-Identifier: MIT
#include "pipeline/extract.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/stage_table.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void add_flags(Flags& flags, ExtractOptions& options, std::string& preset, bool& profile) {
  flags.add("-i,--input", &options.inputs, "Input images, folders of images, videos").required();
  flags.add("-o,--output", &options.output, "Output folder for the faces").required();
  flags.add("--preset", &preset, "Settings of faceswap of February 2018: article")
      .words({"article"});
  flags.choose("--mode", options.mode, {{"align", CropMode::Align}, {"crop", CropMode::Crop}},
               "Cropping: align to the landmarks, or crop to the detector's box");
  flags.add("-z,--size", &options.size, "Width and height of an extracted face, pixels")
      .range(32, 2048);
  flags.add("-N,--every", &options.every_nth, "Frame step: extract from every n-th frame").range(1);
  flags
      .add("--detect-every", &options.detect_every,
           "Frames of a video from one detection to the next, followed between; 1: detect in every "
           "frame, 0: by the frame rate")
      .range(0, 1000);
  flags.add("--faces", &options.faces_file, "Output faces file, instead of INPUT.faces.json");
  flags.add(
      "--from-faces", &options.known_faces,
      "Faces file (or faceswap's alignments.json) to crop by, frame by frame of the same name, "
      "instead of detection, whose options then do nothing");
  flags.add("-j,--threads", &options.threads, "Number of threads of a stage; 0 for one a core")
      .range(0, 256);
  flags.add("--profile", &profile, "Print the seconds of work and of waiting of each stage");
}

/// Least, middle and largest of the distances to the wanted person; nothing without a filter.
Json spread(std::vector<double> distances) {
  if (distances.empty()) return nullptr;
  std::sort(distances.begin(), distances.end());
  return {{"least", distances.front()},
          {"median", distances[distances.size() / 2]},
          {"largest", distances.back()}};
}

Json as_json(const ExtractReport& report, const ExtractOptions& options) {
  Json all{{"output", options.output.string()},
           {"frames", report.frames},
           {"frames_with_face", report.frames_with_face},
           {"faces", report.faces},
           {"interpolated", report.interpolated},
           {"rejected", report.rejected},
           {"resumed_frames", report.resumed},
           {"distances", spread(report.distances)},
           {"unreadable", Json::array()},
           {"faces_files", Json::array()},
           {"seconds",
            {{"read", report.seconds.read},
             {"detect", report.seconds.detect},
             {"landmarks", report.seconds.landmarks},
             {"filter", report.seconds.filter},
             {"write", report.seconds.write},
             {"total", report.seconds.total}}},
           {"stages", stage_json(report.stages, report.seconds.total)}};
  for (const Unreadable& frame : report.unreadable)
    all["unreadable"].push_back({{"name", frame.name}, {"why", frame.why}});
  for (const fs::path& file : report.faces_files) all["faces_files"].push_back(file.string());
  return all;
}

std::string in_words(const Json& distances, const FilterOptions& filter) {
  const auto two_digits = [](double number) { return std::to_string(number).substr(0, 4); };
  std::string text =
      filter.wanted.empty() ? "distances to the unwanted person" : "distances to the wanted person";
  for (const auto& [name, distance] : distances.items())
    text += (name == "least" ? ": " : ", ") + name + " " + two_digits(distance);
  return text + "; --threshold is " + two_digits(filter.threshold);
}

void show(const ExtractReport& report, const ExtractOptions& options, bool profile, Log& log) {
  std::cout << report.faces << " faces in " << report.frames_with_face << " of " << report.frames
            << " frames: " << options.output.string() << '\n';
  if (report.interpolated > 0)
    std::cout << report.interpolated
              << " of them interpolated between others: for conversion, not for training\n";
  if (report.rejected > 0) std::cout << report.rejected << " faces rejected by the filter\n";
  if (profile) std::cout << stage_table(report.stages, report.seconds.total);
  if (const Json distances = spread(report.distances); !distances.is_null())
    log.info(in_words(distances, options.finder.filter));
}

ExtractWatch watch_with(Log& log) {
  return {.progress =
              [&log](const ExtractWatch::Progress& at) {
                log.progress(std::string(at.stage) + " " + at.input.filename().string(),
                             static_cast<long>(at.done), static_cast<long>(at.count),
                             std::to_string(at.faces) + " faces");
                return interrupted() == 0;
              },
          .note = [&log](std::string_view line) { log.info(line); }};
}

}  // namespace

int extract_command(Args args) {
  ExtractOptions options;
  std::string preset;
  FinderFlags finding;
  Flags flags("extract", "Extracts aligned faces from images and videos for training.");
  bool profile = false;
  add_flags(flags, options, preset, profile);
  finding.add_to(flags);
  flags.implies("preset", "article",
                {{"mode", "crop"}, {"reference", true}, {"upsample", 1}, {"max-side", 0}});
  flags.also([&] {
    options.finder = finding.options();
    options.overwrite = flags.common().overwrite;
    for (const fs::path& input : options.inputs) require_there(input);
    if (!flags.common().dry_run) return;
    options.dry_run = true;
    extract(options);
  });
  return flags.run(args, [&](Log& log) {
    const ExtractReport report = extract(options, watch_with(log));
    log.end_progress();
    for (const Unreadable& frame : report.unreadable) {
      const bool named = frame.why.find(frame.name) != std::string::npos;
      log.warn(named ? frame.why : frame.name + ": " + frame.why);
    }
    flags.save_beside(options.output);
    if (flags.common().json)
      std::cout << json_text(as_json(report, options)) << '\n';
    else
      show(report, options, profile, log);
    check(report.frames > 0 || report.unreadable.empty(), ErrorCode::Input, "extract: none of ",
          report.unreadable.size(), " frames can be read");
    check(report.faces > 0 || report.stopped, ErrorCode::NoFace, "extract: no face in ",
          report.frames, " frames; ",
          report.rejected > 0 ? "the filter left none (see --threshold)"
                              : "--upsample 1 finds smaller ones");
    return report.unreadable.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

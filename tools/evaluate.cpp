// SPDX-License-Identifier: MIT
#include "pipeline/measure/evaluate.h"

#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "model/file/model_file.h"
#include "pipeline/measure/named_frames.h"
#include "pipeline/measure/sheet.h"
#include "pipeline/media/image.h"
#include "pipeline/media/ranges.h"
#include "tools/cli/config_file.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/machine.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Sheet {
  fs::path file;
  int rows = 6;
};

/// The folder written to, and the model whose work is measured.
struct Places {
  fs::path folder, model;
};

void add_flags(Flags& flags, EvaluateOptions& options, Sheet& sheet, Places& places) {
  flags.add("-i,--swapped", &options.swapped, "Converted frames: folder of images, or video")
      .required();
  flags.add("--truth", &options.truth,
            "Ground-truth swaps, the same way; default: none, as for real footage");
  flags
      .add("--original", &options.original,
           "Original frames: folder of images of the same names, or video")
      .required();
  flags.add("--masks", &options.masks, "Face masks, the same way; default: the landmarks' hull");
  flags.choose(
      "--region", options.region, {{"face", Region::Face}, {"drawn", Region::Drawn}},
      "Region to measure: the whole masks, or their part inside the network's square; always "
      "drawn without --masks");
  flags.add("-m,--model", &places.model,
            "Model that converted the frames, for the size of its square");
  flags.add("--original-faces", &options.original_faces,
            "Faces file of the original frames; default: beside their folder");
  flags.add("--source-faces", &options.source_faces, "Faces file of the source's footage");
  flags.add("--source-crops", &options.source_crops, "Folder of the source's extracted faces");
  flags.add("-o,--output", &places.folder, "Output folder for report.json, report.md, frames.csv")
      .required();
  flags.choose("-c,--color", options.compose.color, color_words(),
               "Color transfer for the pasted face, as in the conversion");
  flags.add("--sheet", &sheet.file,
            "Output image of original, swap and, with --truth, ground truth side by side");
  flags.add("--sheet-rows", &sheet.rows, "Rows of --sheet").range(1, 100);
}

/// The frames of its source that a video holds, by the settings that its conversion left beside it;
/// none: all.
std::vector<FrameRange> ranges_kept(const fs::path& video) {
  const fs::path settings = Flags::settings_beside(video, "convert");
  if (!fs::is_regular_file(video) || !fs::is_regular_file(settings)) return {};
  std::vector<std::string> ranges;
  bool discarded = false;
  for (const NamedSetting& setting : read_config(settings, "convert")) {
    if (const auto* flag = std::get_if<bool>(&setting.value); flag && setting.name == "discard")
      discarded = *flag;
    const auto* words = std::get_if<std::vector<std::string>>(&setting.value);
    if (words != nullptr && setting.name == "frame-ranges") ranges = *words;
  }
  return discarded ? parse_ranges(ranges) : std::vector<FrameRange>{};
}

/// null: there is no truth to be like.
Json as_json(const std::optional<ImageMetrics>& likeness) {
  if (!likeness) return nullptr;
  return {{"face_psnr", likeness->psnr},
          {"face_ssim", likeness->ssim},
          {"face_ms_ssim", likeness->ms_ssim}};
}

Json as_json(const std::optional<Identity>& identity) {
  if (!identity) return "skipped";
  return {{"to_source", identity->to_source}, {"to_target", identity->to_target}};
}

Json as_json(const FrameMeasures& figures) {
  Json all;
  for (const Measure& measure : measures()) {
    const std::optional<double>& figure = figures.*measure.value;
    all[measure.name] = figure ? Json(*figure) : Json();
  }
  return all;
}

bool has_truth(const EvaluateReport& report) {
  return report.mean.swap.has_value();
}

const char* sharpness_reference(const EvaluateReport& report) {
  return has_truth(report) ? "exact swap" : "original";
}

const char* name_of(Region region) {
  return region == Region::Face ? "face" : "drawn";
}

Json as_json(const EvaluateReport& report) {
  const EvaluateRow& mean = report.mean;
  return {
      {"frames", report.frames.size()},
      {"region", name_of(report.region)},
      {"swap", as_json(mean.swap)},
      {"unchanged", as_json(mean.unchanged)},
      {"nearest_paste", mean.pasted || !has_truth(report) ? as_json(mean.pasted) : Json("skipped")},
      {"identity",
       {{"swap", as_json(mean.identity)},
        {"unchanged", as_json(mean.identity_unchanged)},
        {"exact_swap", as_json(mean.identity_truth)},
        {"exact_face", as_json(mean.identity_truth_face)}}},
      {"measures", as_json(mean.measures)},
      {"measures_of_exact_swap", has_truth(report) ? as_json(mean.truth_measures) : Json()},
      {"dropout_rate", report.dropout_rate ? Json(*report.dropout_rate) : Json()},
      {"sharpness_reference", sharpness_reference(report)},
      {"failed", report.failed},
      {"notes", report.notes}};
}

/// A row of the page's first table; without ground truth it has no PSNR and SSIM.
std::string row(const char* name, bool with_truth, const std::optional<ImageMetrics>& likeness,
                const std::optional<Identity>& identity) {
  std::string cells = std::string("| ") + name + " |";
  const auto add = [&](bool known, double figure, int digits) {
    cells += ' ' + (known ? fixed(figure, digits) : "-") + " |";
  };
  const ImageMetrics l = likeness.value_or(ImageMetrics{});
  const Identity i = identity.value_or(Identity{});
  if (with_truth) {
    add(likeness.has_value(), l.psnr, 2);
    add(likeness.has_value(), l.ssim, 3);
    add(likeness.has_value(), l.ms_ssim, 3);
  }
  add(identity.has_value(), i.to_source, 3);
  add(identity.has_value(), i.to_target, 3);
  return cells + '\n';
}

std::string as_page(const EvaluateReport& report) {
  const EvaluateRow& mean = report.mean;
  const bool truth = has_truth(report);
  std::string page = std::string("| ") +
                     (report.region == Region::Face ? "Whole face" : "Drawn part of the face") +
                     ", mean of " + std::to_string(report.frames.size()) + " frames |" +
                     (truth ? " PSNR, dB | SSIM | MS-SSIM |" : "") +
                     " distance to source | distance to target |\n" +
                     (truth ? "|---|---|---|---|---|---|\n" : "|---|---|---|\n");
  page += row("swap", truth, mean.swap, mean.identity);
  page += row("unchanged", truth, mean.unchanged, mean.identity_unchanged);
  if (truth) {
    page += row("exact swap", truth, std::nullopt, mean.identity_truth);
    page += row("exact swap's face in the original frame", truth, std::nullopt,
                mean.identity_truth_face);
    page += row("nearest training face, pasted", truth, mean.pasted, std::nullopt);
  }
  page += truth ? "\n| Measure (best value) | swap | exact swap |\n|---|---|---|\n"
                : "\n| Measure (best value) | swap |\n|---|---|\n";
  for (const Measure& measure : measures()) {
    const std::optional<double>&figure = mean.measures.*measure.value,
          &of_truth = mean.truth_measures.*measure.value;
    if (!figure && !of_truth) continue;  // such as jitter of frames that are no clip
    const auto cell = [&](const std::optional<double>& known) {
      return ' ' + (known ? fixed(*known, measure.digits) : "-") + " |";
    };
    page += std::string("| ") + measure.title + " |" + cell(figure);
    if (truth) page += cell(of_truth);
    page += '\n';
  }
  if (report.dropout_rate)
    page +=
        "\n* drop-out rate, share of the frames with somebody wanted in which no face is known: " +
        fixed(*report.dropout_rate, 4);
  page += std::string("\n* sharpness is a share of the ") + sharpness_reference(report) + "'s";
  for (const std::string& note : report.notes) page += "\n* " + note;
  for (const std::string& failure : report.failed) page += "\n* left out: " + failure;
  return page + "\n";
}

constexpr int kMostCell = 960;  // pixels: three full-HD frames side by side fill a 4K screen

/// Rows spread evenly over the frames, which are shown as large as they are up to kMostCell.
void draw_sheet(const Sheet& sheet, const EvaluateOptions& options, const EvaluateReport& report) {
  if (sheet.file.empty()) return;
  NamedFrames original(options.original, "original frames");
  NamedFrames swapped(options.swapped, "swapped frames", options.swapped_ranges);
  std::optional<NamedFrames> truth;
  if (has_truth(report)) truth.emplace(options.truth, "exact swaps");
  const std::size_t count = report.frames.size();
  const std::size_t rows = std::min<std::size_t>(count, static_cast<std::size_t>(sheet.rows));
  std::vector<std::vector<cv::Mat>> cells;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::string& stem = report.frames[r * count / rows].name;
    cells.push_back({original.read(stem), swapped.read(stem)});
    if (truth) cells.back().push_back(truth->read(stem));
  }
  std::vector<std::string> titles{"A", "swap"};
  if (has_truth(report)) titles.emplace_back("exact swap");
  const cv::Mat& first = cells.front().front();
  const int cell = std::clamp(std::max(first.cols, first.rows), SheetOptions{}.cell, kMostCell);
  write_image(sheet.file, contact_sheet(titles, cells, {.cell = cell}));
}

}  // namespace

int evaluate_command(Args args) {
  EvaluateOptions options;
  Sheet sheet;
  Places places;
  const fs::path& output = places.folder;
  Flags flags("evaluate", "Measures converted frames, against ground truth where there is one.");
  add_flags(flags, options, sheet, places);
  for (const fs::path* input :
       {&options.swapped, &options.truth, &options.original, &options.masks,
        &options.original_faces, &options.source_faces, &options.source_crops, &places.model})
    flags.needs(*input);
  flags.makes(output);
  flags.makes(sheet.file);
  flags.also([&] {
    check(sheet.file.empty() || is_image(sheet.file), ErrorCode::Usage, "evaluate: --sheet ",
          sheet.file.string(), ": no image format goes by this suffix");
    check(options.source_faces.empty() == options.source_crops.empty(), ErrorCode::Usage,
          "evaluate: --source-faces and --source-crops go together");
  });
  return flags.run(args, [&](Log& log) {
    options.models = {models_folder()};
    options.swapped_ranges = ranges_kept(options.swapped);
    if (!places.model.empty())
      options.coverage = read_model_info(model_file(places.model)).network.coverage;
    const EvaluateReport report = evaluate(options, [&](std::int64_t done, std::int64_t count) {
      log.progress("evaluating", static_cast<long>(done), static_cast<long>(count));
      return interrupted() == 0;
    });
    log.end_progress();
    for (const std::string& line : report.notes) log.info(line);
    for (const std::string& line : report.failed) log.warn(line);
    make_folder(output);
    const Json all = as_json(report);
    write_text(output / "report.json", json_text(all) + '\n');
    write_text(output / "report.md", as_page(report));
    write_text(output / "frames.csv", evaluate_csv(report));
    draw_sheet(sheet, options, report);
    flags.save_beside(output);
    std::cout << (flags.common().json ? json_text(all) + '\n' : as_page(report));
    return report.failed.empty() ? Exit::Ok : Exit::Partial;
  });
}

}  // namespace cameo

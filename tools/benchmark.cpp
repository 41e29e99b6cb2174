// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/version.h"
#include "kernels/system_info.h"
#include "model/infer/swapper.h"
#include "model/net/presets.h"
#include "pipeline/convert.h"
#include "pipeline/extract.h"
#include "pipeline/face/crop.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "synth/synth.h"
#include "tools/cli/device.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/machine.h"
#include "tools/cli/stage_table.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSeed = 1;
constexpr int kDrawnHeight = 480;

struct Settings {
  std::vector<std::string> sizes{"240p", "480p", "1080p"};
  std::string preset = "light128";
  int frames = 120;
  int runs = 3;
};

/// A folder for the clips and what becomes of them; goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "cameo-benchmark-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, ErrorCode::Input, pattern,
          ": cannot be made; set TMPDIR to a folder that can be written");
    folder_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  fs::path folder_;
};

/// Median run of a task.
struct Result {
  std::string task, size, device;
  std::int64_t frames = 0;
  double seconds = 0;
  std::vector<StageReport> stages;
  double rate() const { return seconds > 0 ? static_cast<double>(frames) / seconds : 0; }
};

template <class Run>
Result median_of(int runs, Run&& run) {
  std::vector<Result> results;
  results.reserve(static_cast<std::size_t>(runs));
  for (int i = 0; i < runs; ++i) results.push_back(run());
  std::sort(results.begin(), results.end(),
            [](const Result& a, const Result& b) { return a.seconds < b.seconds; });
  return results[results.size() / 2];
}

int height_of(const std::string& size) {
  return std::stoi(size);  // 1080p
}

cv::Size frame_size(const std::string& size) {
  const int height = height_of(size);
  const int width = (height * 16 / 9 + 1) / 2 * 2;
  return {width, height};
}

/// A benchmark on a clip that is drawn once and scaled to each size.
class Benchmark {
 public:
  Benchmark(const Settings& settings, const Common& common, Log& log)
      : settings_(settings), common_(common), log_(log) {}

  std::vector<Result> run() {
    draw();
    for (const std::string& size : settings_.sizes) {
      write_clip(size);
      results_.push_back(median_of(settings_.runs, [&] { return extraction(size); }));
      for (const std::string& device : devices()) results_.push_back(conversion(size, device));
    }
    return std::move(results_);
  }

 private:
  fs::path clip(const std::string& size) const { return folder_ / (size + ".mp4"); }

  void tell(const std::string& what) const {
    check(interrupted() == 0, "benchmark: interrupted");
    log_.info(what);
  }

  std::vector<std::string> devices() const {
    if (common_.device != "auto") return {common_.device};
    std::vector<std::string> all{"cpu"};
    const std::size_t gpus = query_gpus().gpus.size();
    for (std::size_t i = 0; i < gpus; ++i) all.push_back("cuda:" + std::to_string(i));
    return all;
  }

  void draw() const {
    tell("rendering " + std::to_string(settings_.frames) + " frames of a drawn actor");
    const cv::Size size = frame_size(std::to_string(kDrawnHeight) + "p");
    synth::synthesize({.out = (folder_ / "drawn").string(),
                       .frames = settings_.frames,
                       .seed = kSeed,
                       .width = size.width,
                       .height = size.height,
                       .scene = {.motion = synth::Motion::Clip}});
  }

  void write_clip(const std::string& size) const {
    VideoWriter writer(clip(size), {.rate = {30, 1}});
    for (int i = 0; i < settings_.frames; ++i) {
      writer.write(
          resized(read_image(folder_ / ("drawn/" + synth::frame_name(i))), frame_size(size)));
    }
    writer.finish();
  }

  Result extraction(const std::string& size) const {
    tell("extracting from " + size);
    ExtractOptions options;
    options.inputs = {clip(size)};
    options.output = folder_ / ("faces-" + size);
    options.finder.models = {models_folder()};
    options.overwrite = true;
    const ExtractReport report = extract(options);
    check(report.faces > 0, ErrorCode::NoFace, "benchmark: no face in ", report.frames,
          " frames of ", size, "; smaller faces than the detector's are of no use here");
    return {.task = "extract",
            .size = size,
            .device = "cpu",
            .frames = report.frames,
            .seconds = report.seconds.total,
            .stages = report.stages};
  }

  Result conversion(const std::string& size, const std::string& device) const {
    Common on = common_;
    on.device = device;
    const auto swapper =
        untrained_swapper(preset(settings_.preset).network, kSeed, {}, open_device(on, log_));
    return median_of(settings_.runs, [&]() -> Result {
      tell("converting " + size + " on " + device);
      const ConvertReport report = convert({.input = clip(size),
                                            .output = folder_ / ("swapped-" + size + ".mp4"),
                                            .overwrite = true},
                                           *swapper, SearchFaces());
      return {.task = "convert",
              .size = size,
              .device = device,
              .frames = report.frames,
              .seconds = report.seconds,
              .stages = report.stages};
    });
  }

  const Settings& settings_;
  const Common& common_;
  Log& log_;
  TemporaryFolder folder_;
  std::vector<Result> results_;
};

Json as_json(const Settings& settings, const std::vector<Result>& results) {
  const Machine machine = query_machine();
  Json all{{"version", CAMEO_VERSION},
           {"cpu", machine.cpu},
           {"cores", machine.cores},
           {"gpus", Json::array()},
           {"seed", kSeed},
           {"preset", settings.preset},
           {"parameters", preset(settings.preset).network.parameters()},
           {"frames", settings.frames},
           {"runs", settings.runs},
           {"results", Json::array()}};
  for (const auto& gpu : query_gpus().gpus) all["gpus"].push_back(gpu.name);
  for (const Result& result : results) {
    const cv::Size size = frame_size(result.size);
    all["results"].push_back({{"task", result.task},
                              {"size", result.size},
                              {"width", size.width},
                              {"height", size.height},
                              {"device", result.device},
                              {"frames", result.frames},
                              {"seconds", result.seconds},
                              {"frames_per_second", result.rate()},
                              {"stages", stage_json(result.stages, result.seconds)}});
  }
  return all;
}

void show(const Settings& settings, const std::vector<Result>& results, bool stages) {
  const Machine machine = query_machine();
  std::cout << "cameo " CAMEO_VERSION ", " << machine.cpu << ", " << machine.cores
            << " cores; preset " << settings.preset << ", " << settings.frames
            << " frames of a drawn actor, seed " << kSeed << "; median of " << settings.runs
            << " runs\n\n";
  std::vector<std::vector<std::string>> rows{{"task", "size", "device", "frames/s"}};
  for (const Result& result : results)
    rows.push_back({result.task, result.size, result.device, fixed(result.rate(), 1)});
  std::cout << table(rows);
  if (!stages) return;
  for (const Result& result : results)
    std::cout << '\n'
              << result.task << ' ' << result.size << " on " << result.device << '\n'
              << stage_table(result.stages, result.seconds);
}

}  // namespace

int benchmark_command(Args args) {
  Settings settings;
  bool stages = false;
  Flags flags("benchmark", "Measures the speed of extraction and conversion on this machine.");
  flags.add("--sizes", &settings.sizes, "Frame sizes: 240p 480p 1080p")
      .words({"240p", "480p", "720p", "1080p", "2160p"});
  std::vector<std::string> names;
  for (const Preset& one : presets()) names.push_back(one.name);
  flags.add("-t,--preset", &settings.preset, "Preset of the network to convert with").words(names);
  flags.add("-n,--frames", &settings.frames, "Number of frames of the clip").range(2, 100000);
  flags.add("--runs", &settings.runs, "Number of runs, of which the median counts").range(1, 99);
  flags.add("--stages", &stages, "Print a table of the stages of each run");
  return flags.run(args, [&](Log& log) {
    const std::vector<Result> results = Benchmark(settings, flags.common(), log).run();
    if (flags.common().json)
      std::cout << json_text(as_json(settings, results)) << '\n';
    else
      show(settings, results, stages);
    return Exit::Ok;
  });
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/error.h"
#include "bench/ops.h"
#include "bench/support.h"
#include "model/net/presets.h"
#include "pipeline/convert.h"
#include "pipeline/extract.h"
#include "synth/synth.h"

namespace cameo::bench {
namespace {

constexpr int kFrames = 48, kWidth = 640, kHeight = 360;
constexpr double kFound = 0.95;  // share of the frames that must yield a face
constexpr int kRuns = 3;

/// A folder of drawn frames, and room for what becomes of them; goes away with the object.
class Clip {
 public:
  Clip() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cameo-bench-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, ErrorCode::Input, pattern, ": cannot be made");
    folder_ = pattern;
    synth::SynthOptions options{.out = frames().string(),
                                .frames = kFrames,
                                .width = kWidth,
                                .height = kHeight,
                                .scene = {.motion = synth::Motion::Clip}};
    synth::synthesize(options);
    std::filesystem::remove(frames() / "truth.json");
  }
  ~Clip() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;

  std::filesystem::path frames() const { return folder_ / "frames"; }
  std::filesystem::path faces() const { return folder_ / "faces"; }
  std::filesystem::path swapped() const { return folder_ / "swapped"; }

 private:
  std::filesystem::path folder_;
};

const Clip& clip() {
  static const Clip drawn;
  return drawn;
}

ExtractReport extract_all() {
  return extract({.inputs = {clip().frames()}, .output = clip().faces(), .overwrite = true});
}

bool enough(benchmark::State& state, std::int64_t frames) {
  if (static_cast<double>(frames) >= kFound * kFrames) return true;
  state.SkipWithError(("a face in " + std::to_string(frames) + " frames only").c_str());
  return false;
}

template <class Report, class Run>
Report median_run(Run run, double (*seconds)(const Report&)) {
  std::vector<Report> reports(kRuns);
  for (Report& report : reports) report = run();
  std::sort(reports.begin(), reports.end(),
            [&](const Report& p, const Report& q) { return seconds(p) < seconds(q); });
  return reports[kRuns / 2];
}

void extraction(benchmark::State& state) {
  if (!enough(state, extract_all().frames_with_face)) return;
  ExtractSeconds s;
  for ([[maybe_unused]] const auto& once : state) {
    s = median_run<ExtractReport>(extract_all, [](const ExtractReport& r) {
          return r.seconds.total;
        }).seconds;
    state.SetIterationTime(s.total);
  }
  state.counters["frames/s"] = kFrames / s.total;
  state.counters["read_s"] = s.read;
  state.counters["detect_s"] = s.detect;
  state.counters["landmarks_s"] = s.landmarks;
  state.counters["write_s"] = s.write;
}

void conversion(benchmark::State& state, const Preset& preset) {
  if (!enough(state, extract_all().frames_with_face)) return;
  const auto swapper = untrained_swapper(preset.network, 1);
  const ConvertOptions options{
      .input = clip().frames(), .output = clip().swapped(), .overwrite = true};
  const auto run = [&] { return convert(options, *swapper, SearchFaces()); };
  if (!enough(state, run().converted)) return;
  double seconds = 0;
  for ([[maybe_unused]] const auto& once : state) {
    seconds =
        median_run<ConvertReport>(run, [](const ConvertReport& r) { return r.seconds; }).seconds;
    state.SetIterationTime(seconds);
  }
  state.counters["frames/s"] = kFrames / seconds;
}

}  // namespace

void add_pipeline() {
  add("extract/48 frames 640x360", extraction);
  for (const char* name : {"original", "light"})
    add("convert/48 frames 640x360/" + std::string(name),
        [=](benchmark::State& state) { conversion(state, preset(name)); });
}

}  // namespace cameo::bench

// SPDX-License-Identifier: MIT
// Robustness, invisibility, false positives and cost of the watermark, as tables in Markdown:
//   cameo-bench-watermark [--drawn N] [--clips N] [--frames N] [--unmarked N] [PATH...]
//
// --drawn: marked drawn pictures, half actors, half textures [200]; --clips: drawn clips [4];
// --frames: frames of each clip [24]; --unmarked: pictures for false positives [5000]. A PATH is an
// image, a folder of images or a video: images join the tables as a set of their own, videos the
// clips, and with them half of the unmarked pictures are random parts of images and frames.
// Everything but the times is the same for the same arguments.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/random.h"
#include "bench/watermark_attacks.h"
#include "pipeline/mark/watermark_detector.h"
#include "pipeline/media/image.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo::bench {
namespace {

struct Options {
  int drawn = 200, clips = 4, frames = 24, unmarked = 5000;
  std::vector<std::filesystem::path> paths;
};

struct Clip {
  std::string name;
  std::vector<cv::Mat> frames;
};

WatermarkPayload payload_of(std::uint64_t number) {
  Random random(number, 1U << 20U);
  const std::uint64_t high = random.bits();
  return {.asset = (high << 32U | random.bits()) & kMostAsset};
}

double psnr(const cv::Mat& a, const cv::Mat& b) {
  const double mse = cv::norm(a, b, cv::NORM_L2SQR) / static_cast<double>(a.total() * 3);
  return 10 * std::log10(255.0 * 255.0 / std::max(mse, 1e-9));
}

/// What the detector made of one marked picture or clip.
struct Reading {
  double score = 0;
  bool tried = false;  // not if too little was left to look for a watermark
  bool found = false, right = false;
  bool wrong = false;  // another payload than the one embedded
  int bit_errors = 0;  // of 127, before correction
};

Reading read(const cv::Mat& residuals, const WatermarkPayload& payload, const Carriers& carriers) {
  const MarkHit hit = find_mark(residuals, carriers);
  const std::array<float, kBchLength> soft = read_bits(residuals, carriers, hit.placement);
  const BchWord word = bch_encode(pack(payload));
  Reading out{.score = hit.score, .tried = true, .found = hit.score >= kSureMarkThreshold};
  for (std::size_t i = 0; i < kBchLength; ++i) out.bit_errors += (soft[i] < 0) != word[i] ? 1 : 0;
  const std::optional<BchDecoded> decoded = bch_decode_soft(soft);
  if (hit.score < kMarkThreshold || !decoded) return out;
  out.right = decoded->data == pack(payload);
  out.wrong = !out.right && unpack(decoded->data).version == kMarkVersion;
  out.found = out.found || out.right || out.wrong;
  return out;
}

void print_readings(const std::string& name, std::vector<Reading> readings) {
  std::erase_if(readings, [](const Reading& one) { return !one.tried; });
  if (readings.empty()) return;
  const auto count = static_cast<double>(readings.size());
  const auto share = [&](auto member) {
    return 100 * static_cast<double>(std::count_if(readings.begin(), readings.end(), member)) /
           count;
  };
  double errors = 0;
  int most = 0;
  for (const Reading& one : readings) {
    errors += one.bit_errors;
    most = std::max(most, one.bit_errors);
  }
  std::sort(readings.begin(), readings.end(),
            [](const Reading& a, const Reading& b) { return a.score < b.score; });
  std::printf("| %s | %.1f | %.1f | %.1f | %.1f | %d | %.1f | %.1f |\n", name.c_str(),
              share([](const Reading& r) { return r.found; }),
              share([](const Reading& r) { return r.right; }),
              share([](const Reading& r) { return r.wrong; }), errors / count, most,
              readings[readings.size() / 2].score, readings.front().score);
  std::fflush(stdout);
}

void print_head(const std::string& title) {
  std::printf("\n%s\n\n", title.c_str());
  std::printf(
      "| attack | found, %% | payload right, %% | payload wrong, %% | bit errors, mean | most | "
      "score, median | least |\n|---|---|---|---|---|---|---|---|\n");
}

using Pictures = std::function<cv::Mat(std::uint64_t number)>;

/// The attacks on `count` pictures.
void robustness(const std::string& title, int count, const Pictures& picture) {
  const Carriers carriers(kPublicMarkKey);
  const auto size = static_cast<std::size_t>(count);
  std::vector<std::vector<Reading>> readings(attacks().size(), std::vector<Reading>(size));
  std::vector<double> ratios(size);
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < size; ++i) {
    const cv::Mat original = picture(i);
    cv::Mat marked = original.clone();
    Watermark(payload_of(i)).embed(marked);
    ratios[i] = psnr(original, marked);
    for (std::size_t j = 0; j < attacks().size(); ++j) {
      const cv::Mat attacked = attacks()[j].apply(marked, i);
      if (!can_be_marked(attacked.size())) continue;
      readings[j][i] = read(mark_residual(attacked), payload_of(i), carriers);
    }
  }
  const double mean = std::accumulate(ratios.begin(), ratios.end(), 0.0) / count;
  char line[120];
  std::snprintf(line, sizeof line, "%d pictures, PSNR %.2f dB, least %.2f", count, mean,
                *std::min_element(ratios.begin(), ratios.end()));
  print_head(title + ": " + line);
  for (std::size_t j = 0; j < attacks().size(); ++j) print_readings(attacks()[j].name, readings[j]);
}

std::vector<cv::Mat> read_video(const std::filesystem::path& file, int frames) {
  std::vector<cv::Mat> out;
  VideoReader reader(file);
  while (static_cast<int>(out.size()) < frames) {
    std::optional<VideoReader::Image> image = reader.next();
    if (!image) break;
    out.push_back(image->pixels);
  }
  return out;
}

std::vector<cv::Mat> coded(const std::vector<cv::Mat>& frames, int crf) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "cameo-bench-watermark.mp4";
  VideoWriter writer(file, {.crf = crf});
  for (const cv::Mat& frame : frames) writer.write(frame);
  writer.finish();
  std::vector<cv::Mat> out = read_video(file, static_cast<int>(frames.size()));
  std::filesystem::remove(file);
  return out;
}

std::vector<cv::Mat> halved(const std::vector<cv::Mat>& frames) {
  std::vector<cv::Mat> out;
  for (const cv::Mat& frame : frames) {
    cv::Mat small;
    cv::resize(frame, small, {frame.cols / 4 * 2, frame.rows / 4 * 2}, 0, 0, cv::INTER_AREA);
    out.push_back(small);
  }
  return out;
}

/// Videos by x264, read from one frame and from all of them.
void clips(const std::vector<Clip>& all, const std::string& title) {
  const Carriers carriers(kPublicMarkKey);
  std::vector<std::vector<Reading>> one(4);
  std::vector<std::vector<Reading>> pooled(4);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Watermark watermark(payload_of(i));
    std::vector<cv::Mat> frames;
    for (const cv::Mat& frame : all[i].frames) {
      frames.push_back(frame.clone());
      watermark.embed(frames.back());
    }
    const std::vector<cv::Mat> versions[] = {coded(frames, 18), coded(frames, 23),
                                             coded(frames, 28), coded(halved(frames), 23)};
    for (std::size_t j = 0; j < 4; ++j) {
      if (!can_be_marked(versions[j].front().size())) continue;
      cv::Mat sum = mark_residual(versions[j].front());
      one[j].push_back(read(sum, payload_of(i), carriers));
      for (std::size_t k = 1; k < versions[j].size(); ++k) sum += mark_residual(versions[j][k]);
      pooled[j].push_back(read(sum, payload_of(i), carriers));
    }
  }
  print_head(title + ": " + std::to_string(all.size()));
  const char* const names[] = {"x264 crf 18", "x264 crf 23", "x264 crf 28", "half size, crf 23"};
  for (std::size_t j = 0; j < 4; ++j) {
    print_readings(std::string(names[j]) + ", first frame", one[j]);
    print_readings(std::string(names[j]) + ", all frames", pooled[j]);
  }
}

/// Probability that noise passes the error correction (0.009, of 6,000 tries) and has the version
/// (1 of 256).
constexpr double kNoiseReads = 4e-5;

/// Results on pictures that bear no mark, and how likely one is found by a Gumbel distribution
/// fitted to the scores by their moments: a score is the greatest of many correlations.
void false_positives(const std::string& title, int count, const Pictures& picture) {
  std::vector<WatermarkResult> results(static_cast<std::size_t>(count));
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = detect_watermark(picture(i));
  double sum = 0;
  double squares = 0;
  double greatest = 0;
  int found = 0;
  int passed = 0;  // the threshold for readable ones
  for (const WatermarkResult& result : results) {
    sum += result.score;
    squares += result.score * result.score;
    greatest = std::max(greatest, result.score);
    found += result.found ? 1 : 0;
    passed += result.score >= kMarkThreshold ? 1 : 0;
  }
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  const double beta = deviation * std::sqrt(6.0) / std::numbers::pi;
  const double mode = mean - std::numbers::egamma * beta;
  const auto tail = [&](double score) { return -std::expm1(-std::exp((mode - score) / beta)); };
  std::printf("| %s | %d | %d | %d | %.3f | %.3f | %.2f | %.1e | %.1e | %.1e |\n", title.c_str(),
              count, found, passed, mean, deviation, greatest, tail(kMarkThreshold),
              tail(kSureMarkThreshold),
              tail(kMarkThreshold) * kNoiseReads + tail(kSureMarkThreshold));
  std::fflush(stdout);
}

template <class F>
double milliseconds(int runs, const F& f) {
  std::vector<double> all;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    all.push_back(taken.count());
  }
  std::nth_element(all.begin(), all.begin() + runs / 2, all.end());
  return all[static_cast<std::size_t>(runs) / 2];
}

void cost() {
  std::printf("\n| on one core, medians | embed, ms | add to a detector, ms | search, ms |\n");
  std::printf("|---|---|---|---|\n");
  for (const cv::Size size : {cv::Size(854, 480), cv::Size(1920, 1080), cv::Size(3840, 2160)}) {
    cv::Mat frame;
    cv::resize(drawn_actor(1), frame, size, 0, 0, cv::INTER_CUBIC);
    Watermark watermark(payload_of(0));
    watermark.embed(frame);
    const double embed = milliseconds(25, [&] { watermark.embed(frame); });
    WatermarkDetector unmarked(1);
    const double add = milliseconds(9, [&] { unmarked.add(frame); });
    const double search = milliseconds(3, [&] { unmarked.result(); });
    std::printf("| %d x %d | %.2f | %.1f | %.0f |\n", size.width, size.height, embed, add, search);
  }
}

Clip drawn_clip(std::uint64_t seed, int frames) {
  Clip out{"drawn " + std::to_string(seed), {}};
  const synth::Actor actor = synth::random_actor(seed);
  for (int i = 0; i < frames; ++i) {
    const synth::Performance now = synth::scene(seed, i, {.motion = synth::Motion::Clip});
    out.frames.push_back(synth::render(actor, now, {.width = 640, .height = 360}));
  }
  return out;
}

Options options_of(const std::vector<std::string>& words) {
  Options out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    int* const number = words[i] == "--drawn"      ? &out.drawn
                        : words[i] == "--clips"    ? &out.clips
                        : words[i] == "--frames"   ? &out.frames
                        : words[i] == "--unmarked" ? &out.unmarked
                                                   : nullptr;
    if (number == nullptr) {
      out.paths.emplace_back(words[i]);
      continue;
    }
    check(i + 1 < words.size(), ErrorCode::Usage, words[i], ": a number is missing");
    *number = std::stoi(words[++i]);
  }
  return out;
}

void run(const Options& options) {
  std::vector<cv::Mat> images;
  std::vector<Clip> given;
  for (const std::filesystem::path& path : options.paths) {
    if (is_video_name(path)) {
      given.push_back({path.filename().string(), read_video(path, options.frames)});
      continue;
    }
    const auto source = open_source(path);
    while (const std::optional<Frame> frame = source->next()) {
      if (frame->error.empty() && can_be_marked(frame->pixels.size()))
        images.push_back(frame->pixels);
    }
  }
  cost();
  const auto drawn = [](std::uint64_t i) { return i % 2 == 0 ? drawn_actor(i) : drawn_picture(i); };
  if (options.drawn > 0) robustness("Drawn", options.drawn, drawn);
  if (!images.empty()) {
    robustness("Given", static_cast<int>(images.size()),
               [&](std::uint64_t i) { return images[static_cast<std::size_t>(i)]; });
  }
  std::vector<Clip> drawn_clips;
  drawn_clips.reserve(static_cast<std::size_t>(std::max(options.clips, 0)));
  for (int i = 0; i < options.clips; ++i)
    drawn_clips.push_back(drawn_clip(100 + static_cast<std::uint64_t>(i), options.frames));
  if (!drawn_clips.empty()) clips(drawn_clips, "Drawn clips");
  if (!given.empty()) clips(given, "Given clips");
  if (options.unmarked <= 0) return;
  std::printf(
      "\n| unmarked | pictures | found | score >= %.1f | mean score | deviation | greatest | "
      "fitted: "
      ">= %.1f | >= %.1f | found |\n|---|---|---|---|---|---|---|---|---|---|\n",
      kMarkThreshold, kMarkThreshold, kSureMarkThreshold);
  for (const Clip& clip : given) {
    for (std::size_t i = 0; i < clip.frames.size(); i += 8) images.push_back(clip.frames[i]);
  }
  const int half = images.empty() ? options.unmarked : options.unmarked / 2;
  false_positives("drawn", half, [](std::uint64_t i) { return drawn_picture(1'000'000 + i); });
  if (images.empty()) return;
  false_positives("given", options.unmarked - half, [&](std::uint64_t i) {
    return random_part(images[static_cast<std::size_t>(i) % images.size()], i);
  });
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) {
  try {
    cv::setNumThreads(1);
    cameo::bench::run(cameo::bench::options_of({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/staged_pipeline.h"
#include "pipeline/compose/masked.h"
#include "pipeline/convert_faces.h"
#include "pipeline/face/smooth.h"
#include "pipeline/media/ranges.h"

namespace cameo {
namespace {

/// A frame on its way through the stages.
struct Job {
  Frame frame;
  bool inside = true;             // of the ranges
  std::vector<MaskedFace> faces;  // of the masked converter: aligned, ...
  std::vector<DrawnFace> drawn;   // ... and as the network rendered them
  int swapped = 0;                // faces
};

using Pipeline = StagedPipeline<Job>;

class Conversion {
 public:
  Conversion(const ConvertOptions& options, Swapper& swapper, const FindFaces& find,
             const ConvertWatch& watch)
      : options_(options),
        swapper_(swapper),
        find_(find),
        watch_(watch),
        ranges_(parse_ranges(options.ranges)) {
    check(options.smooth.value_or(0) >= 0, ErrorCode::Usage, "convert: smoothing over ",
          options.smooth.value_or(0), " frames");
    if (options.converter == ConverterKind::Masked) check_mask_options(swapper, options.compose);
    check_sink(options.output, options.input, sink_options());
    source_ = open_source(options.input);
    faces_.emplace(options, watch);
    report_.faces_file = faces_->file();
    stepwise_ = options.converter == ConverterKind::Masked && !options.compose.reference;
  }

  ConvertReport run() {
    if (options_.dry_run) {
      report_.frames = source_->count();
      return report_;
    }
    search();
    if (report_.stopped) return report_;
    sink_ = open_sink(options_.output, options_.input, *source_, sink_options());
    swap();
    if (report_.written > 0) sink_->finish();
    return report_;
  }

 private:
  SinkOptions sink_options() const {
    return {.overwrite = options_.overwrite,
            .every_frame = !options_.discard,
            .encode = options_.encode,
            .hooks = options_.hooks};
  }

  bool inside(const Frame& frame) const {
    if (ranges_.empty()) return true;
    const auto number = source_->is_video() ? frame.index : frame_number(frame.name);
    return number && in_ranges(ranges_, *number);
  }

  bool progress(std::string_view stage, std::int64_t done) const {
    return !watch_.progress || watch_.progress(stage, done, source_->count());
  }

  void search();
  void find_in(const Frame& frame);
  void swap();
  std::size_t frames_in_flight(int threads) const;
  std::unique_ptr<Job> read();
  template <class Work>
  void guarded(Job& job, Work&& work);
  void prepare(Job& job);
  void draw(Pipeline::Group& group);
  void draw_alone(Job& job);
  void draw_together(std::span<Job* const> jobs);
  void blend(Job& job);
  bool write(Job& job);

  const ConvertOptions& options_;
  Swapper& swapper_;
  const FindFaces& find_;
  const ConvertWatch& watch_;
  std::vector<FrameRange> ranges_;
  std::unique_ptr<FrameSource> source_;
  std::unique_ptr<FrameSink> sink_;
  std::optional<ConvertFaces> faces_;
  std::map<std::string, std::string> not_searched_;  // frames in which detection failed, and why
  bool stepwise_ = true;  // alignment, network and blending are stages of their own
  ConvertReport report_;
};

// All frames before the first one is drawn: landmarks are smoothed over those that follow, too.
void Conversion::search() {
  const auto unknown = [&](const Frame& frame) {
    return frame.error.empty() && inside(frame) && !faces_->knows(frame.name);
  };
  const auto source = prefetch(open_source(options_.input));
  while (auto frame = source->next()) {
    if (unknown(*frame)) find_in(*frame);
    report_.stopped = !progress("detecting faces", frame->index + 1);
    if (report_.stopped) return;
  }
  const int radius = options_.smooth.value_or(source->is_video() ? kSmoothFrames : 0);
  faces_->smooth(radius);
}

// What goes wrong becomes the frame's error, since one frame ends no run.
void Conversion::find_in(const Frame& frame) {
  if (report_.searched++ == 0 && !faces_->file().empty() && watch_.note)
    watch_.note(frame.name + " is not in " + faces_->file().string() +
                ": such frames are searched now, without the filter that the file was made with");
  try {
    FrameFaces found = find_(frame);
    found.name = frame.name;
    found.index = frame.index;
    faces_->add(std::move(found));
  } catch (const Error& e) {
    if (e.code() != ErrorCode::Failed) throw;  // no fault of the frame: a model that is missing
    not_searched_[frame.name] = frame_error(frame, e);
  } catch (const std::exception& e) {
    not_searched_[frame.name] = frame_error(frame, e);
  }
}

// Bounded by memory, too: a frame of 8K takes 100 MB, and is there twice while it is blended.
std::size_t Conversion::frames_in_flight(int threads) const {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  constexpr std::size_t kLeast = 3;
  constexpr std::size_t kMostImages = 32;
  const std::size_t wanted = 3 * static_cast<std::size_t>(threads) +
                             4 * static_cast<std::size_t>(std::max(swapper_.batch(), 1));
  const VideoInfo* video = source_->video();
  if (video == nullptr) return std::clamp(wanted, kLeast, kMostImages);
  const std::size_t frame =
      2 * 3 * static_cast<std::size_t>(video->width) * static_cast<std::size_t>(video->height);
  return std::clamp(kBytes / std::max<std::size_t>(frame, 1), kLeast, std::max(wanted, kLeast));
}

void Conversion::swap() {
  const int threads = options_.threads > 0
                          ? options_.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Pipeline pipeline(frames_in_flight(threads));
  pipeline.source("read", [this] { return read(); });
  pipeline.stage("align", threads, [this](Job& job) { prepare(job); });
  const auto full = [most = static_cast<std::size_t>(std::max(swapper_.batch(), 1))](
                        const Pipeline::Group& group, const Job& next) {
    std::size_t faces = next.faces.size();
    for (const auto& job : group) faces += job->faces.size();
    return faces > most;
  };
  pipeline.groups("swap", full, [this](Pipeline::Group& group) { draw(group); });
  pipeline.stage("blend", threads, [this](Job& job) { blend(job); });
  pipeline.run("write", [this](Job& job) { return write(job); });
  report_.stages = pipeline.reports();
}

std::unique_ptr<Job> Conversion::read() {
  auto frame = source_->next();
  if (!frame) return nullptr;
  auto job = std::make_unique<Job>();
  job->inside = inside(*frame);
  job->frame = std::move(*frame);
  return job;
}

/// Does the work unless the frame has failed before; what goes wrong becomes the frame's error.
template <class Work>
void Conversion::guarded(Job& job, Work&& work) {
  if (!job.frame.error.empty()) return;
  try {
    work();
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Device) throw;
    job.frame.error = frame_error(job.frame, e);
  } catch (const std::exception& e) {
    job.frame.error = frame_error(job.frame, e);
  }
}

void Conversion::prepare(Job& job) {
  const auto failed = not_searched_.find(job.frame.name);
  if (job.frame.error.empty() && failed != not_searched_.end()) job.frame.error = failed->second;
  if (!job.inside || !stepwise_) return;
  guarded(job, [&] {
    const FaceSquare square{.side = swapper_.size(), .coverage = swapper_.coverage()};
    job.faces =
        prepare_masked(job.frame.pixels, faces_->of(job.frame.name), square, options_.compose);
  });
}

// A batch that fails is tried again face by face, so that the others are kept.
void Conversion::draw(Pipeline::Group& group) {
  std::vector<Job*> jobs;
  for (const auto& job : group)
    if (job->inside && job->frame.error.empty()) jobs.push_back(job.get());
  if (!stepwise_) {
    for (Job* job : jobs) draw_alone(*job);
    return;
  }
  const auto each = [&] {
    for (Job* job : jobs) guarded(*job, [&] { draw_together({&job, 1}); });
  };
  if (jobs.size() < 2) return each();
  try {
    draw_together(jobs);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Device) throw;
    each();
  } catch (const std::exception&) {
    each();
  }
}

// Converters whose faces depend on each other, or that work on the whole frame.
void Conversion::draw_alone(Job& job) {
  guarded(job, [&] {
    const std::span<const Face> faces = faces_->of(job.frame.name);
    job.swapped = options_.converter == ConverterKind::Masked
                      ? convert_masked(job.frame.pixels, faces, swapper_, options_.compose)
                      : convert_adjust(job.frame.pixels, faces, swapper_, options_.compose);
  });
}

void Conversion::draw_together(std::span<Job* const> jobs) {
  std::vector<cv::Mat> squares;
  for (const Job* job : jobs)
    for (const MaskedFace& face : job->faces) squares.push_back(face.read);
  std::vector<DrawnFace> drawn = run_swapper(swapper_, squares);
  auto next = drawn.begin();
  for (Job* job : jobs) {
    const auto count = static_cast<std::ptrdiff_t>(job->faces.size());
    job->drawn.assign(std::make_move_iterator(next), std::make_move_iterator(next + count));
    next += count;
  }
}

void Conversion::blend(Job& job) {
  guarded(job, [&] {
    for (std::size_t i = 0; i < job.drawn.size(); ++i)
      put_back_masked(job.frame.pixels, job.faces[i], job.drawn[i], options_.compose);
    job.swapped += static_cast<int>(job.drawn.size());
  });
  job.faces.clear();
  job.drawn.clear();
}

bool Conversion::write(Job& job) {
  ++report_.frames;
  if (!job.frame.error.empty()) {
    report_.failed.push_back(job.frame.error);
  } else {
    report_.faces += job.swapped;
    ++(!job.inside ? report_.outside : job.swapped > 0 ? report_.converted : report_.without_face);
    if (job.inside || !options_.discard) {
      sink_->write(job.frame, job.swapped > 0 ? Changed::Yes : Changed::No);
      ++report_.written;
    }
  }
  report_.stopped = !progress("converting", report_.frames);
  return !report_.stopped;
}

}  // namespace

ConvertReport convert(const ConvertOptions& options, Swapper& swapper, const FindFaces& find,
                      const ConvertWatch& watch) {
  const double start = steady_seconds();
  ConvertReport report = Conversion(options, swapper, find, watch).run();
  report.seconds = steady_seconds() - start;
  return report;
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/staged_pipeline.h"
#include "pipeline/compose/masked.h"
#include "pipeline/convert_batch.h"
#include "pipeline/convert_faces.h"
#include "pipeline/convert_sink.h"
#include "pipeline/face/smooth.h"
#include "pipeline/face/track.h"
#include "pipeline/mark/label.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/ranges.h"

namespace cameo {
namespace {

/// A face on its way, and the model that draws it.
struct JobFace {
  MaskedFace face;
  DrawnFace drawn;
  std::size_t model = 0;
};

/// A frame on its way through the stages.
struct Job {
  Frame frame;
  bool inside = true;      // of the ranges
  bool skipped = false;    // by the options of its range
  ComposeOptions compose;  // of this frame
  std::vector<JobFace> faces;
  int swapped = 0;  // faces
  EncodedFrame encoded;
  std::exception_ptr thrown;  // by the encoding: ends the run once the frames before are written
  Changed changed() const { return swapped > 0 ? Changed::Yes : Changed::No; }
};

using Pipeline = StagedPipeline<Job>;

class Conversion {
 public:
  Conversion(const ConvertOptions& options, std::span<const PersonModel> models,
             const ConvertWatch& watch)
      : options_(options),
        models_(models.begin(), models.end()),
        watch_(watch),
        ranges_(parse_ranges(options.ranges)),
        schedule_(options.compose, options.compose_ranges) {
    check(!models_.empty(), "convert: no model was given");
    check(options.smooth.value_or(0) >= 0, ErrorCode::Usage, "convert: smoothing over ",
          options.smooth.value_or(0), " frames");
    for (const PersonModel& model : models_)
      for (const ComposeOptions& compose : schedule_.all())
        if (options.converter == ConverterKind::Masked) check_mask_options(*model.swapper, compose);
    if (!options.label.empty()) check_label(options.label);
    source_ = open_source(options.input);
    Declaration found = declaration_of(options.input);
    if (options.keeps_manifest) found.c2pa = false;
    note_declared(options.input.string(), found);
    if (const std::string line = source_->note(); !line.empty() && watch.note) watch.note(line);
    faces_.emplace(options, watch);
    check(options.crops.empty() || !faces_->file().empty(), ErrorCode::Usage,
          options.crops.string(),
          ": tells which faces of a faces file are to be swapped, and there is none for ",
          options.input.string(), "; extract first, or name it with --faces");
    for (const PersonModel& model : models_)
      if (model.person) faces_->check_person(*model.person);
    report_.faces_file = faces_->file();
    const std::string faces_fingerprint =
        report_.faces_file.empty() ? "" : source_fingerprint(report_.faces_file);
    sink_options_ = sink_options_of(options, faces_fingerprint, watch.note);
    check_sink(options.output, options.input, sink_options_);
    stepwise_ = options.converter == ConverterKind::Masked && !options.compose.reference;
  }

  ConvertReport run(const SearchFaces& search) {
    if (options_.dry_run) {
      report_.frames = source_->count();
      return report_;
    }
    check_streams(options_.output, options_.input, *source_, sink_options_);
    report_.stopped = !faces_->search(search, searched(), *source_);
    report_.searched = faces_->searched();
    report_.unfiltered = faces_->unfiltered();
    report_.stages = faces_->stages();
    if (report_.stopped) return report_;
    faces_->smooth(options_.smooth.value_or(source_->is_video() ? kSmoothFrames : 0));
    sink_ = open_sink(options_.output, options_.input, *source_, sink_options_);
    go_on();
    swap();
    finish();
    const FrameChoice wanted = choice();
    for (const Dropout& frame : faces_->missed())
      if (wanted(frame.index)) report_.dropouts.push_back(frame);
    return report_;
  }

 private:
  void finish();
  void note_declared(const std::string& name, const Declaration& found);
  void go_on();
  FrameChoice choice() const;
  FrameChoice searched() const;
  bool inside(const Frame& frame) const;
  bool detailed() const { return any_examples(models_); }
  void swap();
  std::unique_ptr<Job> read();
  template <class Work>
  void guarded(Job& job, Work&& work);
  void prepare(Job& job);
  void draw(Pipeline::Group& group);
  void draw_alone(Job& job);
  void draw_together(std::span<Job* const> jobs);
  void add_details(Job& job);
  void blend(Job& job);
  bool is_written(const Job& job) const;
  void encode(Job& job) const;
  bool write(Job& job);
  void count(const Job& job);

  const ConvertOptions& options_;
  std::vector<PersonModel> models_;
  const ConvertWatch& watch_;
  std::vector<FrameRange> ranges_;
  ComposeSchedule schedule_;
  std::unique_ptr<FrameSource> source_;
  std::unique_ptr<FrameSink> sink_;
  std::optional<ConvertFaces> faces_;
  SinkOptions sink_options_;
  bool declared_ = false;  // of the input: told
  bool stepwise_ = true;   // alignment, network and blending are stages of their own
  ConvertReport report_;
};

void Conversion::finish() {
  if (is_suspended(report_, options_)) return sink_->suspend();
  if (report_.stopped) sink_->end_early();
  if (report_.written == 0) return;
  sink_->finish();
  faces_->forget_search();
}

/// Tells, once, of an input that says itself what is about to be said of the output.
void Conversion::note_declared(const std::string& name, const Declaration& found) {
  const std::string line = declared_already(found);
  if (declared_ || !watch_.note || line.empty()) return;
  declared_ = true;
  watch_.note(name + ": " + line);
}

/// Passes over the frames that a run which was killed has written.
void Conversion::go_on() {
  const std::int64_t done = sink_->frames_done();
  if (done == 0) return;
  source_ = open_source(options_.input, [this](std::int64_t i) { return !sink_->is_done(i); });
  report_.resumed = done;
  report_.frames = done;
  const auto wanted = choice();
  std::int64_t left = done;
  for (std::int64_t i = 0; left > 0; ++i) {
    if (!sink_->is_done(i)) continue;
    --left;
    if (wanted(i) || !options_.discard) ++report_.written;
  }
}

bool Conversion::inside(const Frame& frame) const {
  if (ranges_.empty()) return true;
  const auto number = source_->is_video() ? frame.index : frame_number(frame.name);
  return number && in_ranges(ranges_, *number);
}

FrameChoice Conversion::choice() const {
  return source_->is_video() ? frames_in(ranges_) : images_in(ranges_, options_.input);
}

/// With the frames around: a gap of a track that a range cuts is filled from its two ends.
FrameChoice Conversion::searched() const {
  const auto around = static_cast<std::int64_t>(std::ceil(kLongestGap * source_->rate()));
  return source_->is_video() ? frames_in(widened(ranges_, around)) : choice();
}

void Conversion::swap() {
  const int threads = options_.threads > 0
                          ? options_.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::size_t batch = largest_batch(models_);
  Pipeline pipeline(frames_in_flight(source_->video(), threads, batch));
  pipeline.source("read", [this] { return read(); });
  pipeline.stage("align", threads, [this](Job& job) { prepare(job); });
  const auto full = [batch](const Pipeline::Group& group, const Job& next) {
    std::size_t faces = next.faces.size();
    for (const auto& job : group) faces += job->faces.size();
    return faces > batch;
  };
  pipeline.groups("swap", full, [this](Pipeline::Group& group) { draw(group); });
  if (detailed() && stepwise_)
    pipeline.stage("detail", threads, [this](Job& job) { add_details(job); });
  pipeline.stage("blend", threads, [this](Job& job) { blend(job); });
  pipeline.stage("encode", threads, [this](Job& job) { encode(job); });
  pipeline.run("write", [this](Job& job) { return write(job); });
  add_reports(report_.stages, pipeline.reports());
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
  if (!job.inside) return;
  // A frame that its options skip is one without a face.
  const auto number =
      source_->is_video() ? job.frame.index : frame_number(job.frame.name).value_or(-1);
  const auto compose = schedule_.at(number, job.frame.index);
  job.skipped = !compose;
  if (job.skipped) return;
  job.compose = *compose;
  job.compose.pixel_aspect = job.frame.pixel_aspect;
  if (!detailed()) job.compose.detail = 0;
  if (job.frame.error.empty()) job.frame.error = faces_->fault_of(job.frame.name);
  if (!stepwise_) return;
  guarded(job, [&] {
    for (const Face& face : faces_->of(job.frame.name)) {
      const auto model = model_for(models_, faces_->person_of(face));
      if (!model) continue;
      auto prepared =
          prepare_masked(job.frame.pixels, {&face, 1}, *models_[*model].swapper, job.compose);
      for (MaskedFace& one : prepared) job.faces.push_back({std::move(one), {}, *model});
    }
  });
}

// A batch that fails is tried again face by face, so that the others are kept.
void Conversion::draw(Pipeline::Group& group) {
  std::vector<Job*> jobs;
  for (const auto& job : group)
    if (job->inside && !job->skipped && job->frame.error.empty()) jobs.push_back(job.get());
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
    for (std::size_t i = 0; i < models_.size(); ++i) {
      std::vector<Face> faces;
      for (const Face& face : faces_->of(job.frame.name))
        if (model_for(models_, faces_->person_of(face)) == i) faces.push_back(face);
      Swapper& swapper = *models_[i].swapper;
      job.swapped += options_.converter == ConverterKind::Masked
                         ? convert_masked(job.frame.pixels, faces, swapper, job.compose)
                         : convert_adjust(job.frame.pixels, faces, swapper, job.compose);
    }
  });
}

void Conversion::draw_together(std::span<Job* const> jobs) {
  for (std::size_t i = 0; i < models_.size(); ++i) {
    std::vector<JobFace*> faces;
    std::vector<cv::Mat> squares;
    for (Job* job : jobs) {
      for (JobFace& face : job->faces) {
        if (face.model != i) continue;
        faces.push_back(&face);
        squares.push_back(face.face.read);
      }
    }
    std::vector<DrawnFace> drawn = run_swapper(*models_[i].swapper, squares);
    for (std::size_t k = 0; k < faces.size(); ++k) faces[k]->drawn = std::move(drawn[k]);
  }
}

void Conversion::add_details(Job& job) {
  guarded(job, [&] {
    for (JobFace& face : job.faces)
      if (const DetailExamples* examples = models_[face.model].examples)
        add_detail(face.drawn, face.face, *examples, job.compose);
  });
}

void Conversion::blend(Job& job) {
  if (!job.faces.empty()) job.frame.keep_original();
  guarded(job, [&] {
    for (JobFace& face : job.faces)
      put_back_masked(job.frame.pixels, face.face, face.drawn, job.compose);
    job.swapped += static_cast<int>(job.faces.size());
  });
  job.faces.clear();
}

void Conversion::count(const Job& job) {
  if (!job.frame.error.empty()) report_.failed.push_back(job.frame.error);
  report_.faces += job.swapped;
  if (!job.inside)
    ++report_.outside;
  else if (job.swapped > 0)
    ++report_.converted;
  else if (job.frame.error.empty())
    ++report_.without_face;
}

bool Conversion::is_written(const Job& job) const {
  const bool whole = job.frame.error.empty() || (source_->is_video() && !job.frame.pixels.empty());
  return whole && (job.inside || !options_.discard);
}

/// Of several images, one that its format cannot hold is reported, and the others are written.
void Conversion::encode(Job& job) const {
  if (!is_written(job)) return;
  try {
    job.encoded = sink_->encode(job.frame, job.changed());
  } catch (const UnfitFrame& e) {
    if (source_->count() == 1) job.thrown = std::current_exception();
    job.frame.error = frame_error(job.frame, e);
    job.swapped = 0;
  } catch (...) {
    job.thrown = std::current_exception();
  }
}

bool Conversion::write(Job& job) {
  if (job.thrown) std::rethrow_exception(job.thrown);
  if (job.frame.metadata && !job.frame.metadata->xmp.empty()) {
    const std::vector<unsigned char>& xmp = job.frame.metadata->xmp;
    note_declared(job.frame.name, declared_in_xmp(std::string(xmp.begin(), xmp.end())));
  }
  // What stands for the missing rest of a video is none of its frames.
  if (!job.frame.pixels.empty() || !source_->is_video()) ++report_.frames;
  if (is_written(job)) {
    sink_->write(job.frame, job.changed(), job.encoded);
    ++report_.written;
  }
  count(job);
  report_.stopped =
      watch_.progress && !watch_.progress("converting", report_.frames, source_->count());
  return !report_.stopped;
}

}  // namespace

ConvertReport convert(const ConvertOptions& options, std::span<const PersonModel> models,
                      const SearchFaces& search, const ConvertWatch& watch) {
  const double start = steady_seconds();
  ConvertReport report = Conversion(options, models, watch).run(search);
  report.seconds = steady_seconds() - start;
  return report;
}

ConvertReport convert(const ConvertOptions& options, Swapper& swapper, const SearchFaces& search,
                      const ConvertWatch& watch) {
  const PersonModel everybody{.person = {}, .swapper = &swapper};
  return convert(options, {&everybody, 1}, search, watch);
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/extract.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/stopwatch.h"
#include "pipeline/extract_input.h"
#include "pipeline/extract_settings.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop_files.h"
#include "pipeline/face/image_faces.h"
#include "pipeline/face/known_faces.h"
#include "pipeline/media/image.h"
#include "pipeline/media/pixel_depth.h"
#include "pipeline/search.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

// Of frames under way: enough that threads seldom wait.
constexpr std::size_t kFramesPerThread = 4, kLeastFrames = 3, kMostBytes = std::size_t{1} << 29;

/// A frame on its way through the stages.
struct Job {
  Frame frame;
  FrameFaces found;
  std::vector<std::vector<unsigned char>> crops;  // encoded, one a face
};

using Pipeline = StagedPipeline<Job>;

/// Whether a face is fit to train on: one that nothing in its frame confirms is not.
bool to_crop(const Face& face) {
  return face.found != Found::Interpolated;
}

/// A whole run.
class Extraction {
 public:
  Extraction(const ExtractOptions& options, const ExtractWatch& watch)
      : options_(options), watch_(watch), files_(options.output) {
    check_options(options);
    threads_ = options.threads > 0
                   ? options.threads
                   : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    settings_ = settings_of(options);
    std::set<fs::path> seen;
    for (const auto& input : options.inputs)
      if (seen.insert(tidy_path(input)).second) inputs_.push_back(plan(input));
  }

  ExtractReport run() {
    {
      const Stopwatch watch(report_.seconds.total);
      const bool work = std::any_of(inputs_.begin(), inputs_.end(),
                                    [](const ExtractInput& input) { return !input.finished; });
      if (work && options_.known_faces.empty()) open_finder();
      if (work && !options_.known_faces.empty())
        known_.emplace(options_.known_faces, inputs_.front().path);
      for (auto& input : inputs_) {
        if (report_.stopped) break;
        if (options_.dry_run)
          count_only(input);
        else
          extract_input(input);
      }
    }
    if (finder_) {
      const FindSeconds spent = finder_->seconds();
      report_.seconds.detect = spent.detect;
      report_.seconds.landmarks = spent.landmarks;
      report_.seconds.filter = spent.filter;
    }
    for (const StageReport& stage : report_.stages) {
      if (stage.name.ends_with("read")) report_.seconds.read += stage.busy;
      if (stage.name == "crop" || stage.name == "write") report_.seconds.write += stage.busy;
    }
    return std::move(report_);
  }

 private:
  ExtractInput plan(const fs::path& path);
  void open_finder();
  void count_only(const ExtractInput& input);
  void open_faces_file(ExtractInput& input);
  void extract_input(ExtractInput& input);
  void work_on(ExtractInput& input);
  bool follows(const FrameSource& source) const;
  void search_video(ExtractInput& input);
  std::unique_ptr<FrameSource> open_frames(const ExtractInput& input, bool searched);
  void make_faces(ExtractInput& input, FrameSource& source, bool searched);
  std::size_t place_of(std::int64_t index) const;
  bool go_on(const ExtractInput& input, std::string_view stage, std::int64_t done,
             std::int64_t count) const;
  template <class Work>
  void guarded(Job& job, Work&& work) const;
  void crop(Job& job, const std::vector<FrameFaces>* searched) const;
  std::vector<unsigned char> crop_file(const Frame& frame, const Face& face) const;
  void finish(ExtractInput& input, Job& job, bool video, bool searched);
  void save(ExtractInput& input);
  void save_after_fault(ExtractInput& input);
  void count(const FrameFaces& frame);
  void note(std::string line) {
    if (watch_.note) watch_.note(line);
    report_.notes.push_back(std::move(line));
  }

  const ExtractOptions& options_;
  const ExtractWatch& watch_;
  CropFiles files_;
  int threads_ = 1;
  std::string settings_;
  std::vector<ExtractInput> inputs_;
  std::optional<Finder> finder_;         // unless faces are known
  std::optional<KnownFaces> known_;      // instead
  std::int64_t unknown_ = 0;             // frames that are not among them
  std::optional<FacesJournal> journal_;  // of the input that is being worked on
  std::vector<std::int64_t> listed_;     // frames that its faces file has, in its order
  std::int64_t made_ = 0;                // faces of all inputs so far
  ExtractReport report_;
};

ExtractInput Extraction::plan(const fs::path& path) {
  ExtractInput input = plan_input(options_, settings_, path);
  for (const std::string& line : input.notes) note(line);
  if (input.earlier)
    for (const auto& name : crops_of(input.file)) files_.keep(name);
  return input;
}

void Extraction::open_finder() {
  StageReport load{.name = "load models", .items = 1};
  {
    const Stopwatch watch(load.busy);
    finder_.emplace(describing_if_possible(options_.finder), threads_);
  }
  add_reports(report_.stages, {load});
  for (const auto& warning : finder_->warnings()) note(warning);
}

void Extraction::count_only(const ExtractInput& input) {
  const std::int64_t count = open_source(input.path)->count();
  report_.frames += (count + options_.every_nth - 1) / options_.every_nth;
  report_.faces_files.push_back(input.faces_path);
}

// Beside the input if that place may be written, else in the output folder.
void Extraction::open_faces_file(ExtractInput& input) {
  const bool elsewhere =
      !options_.faces_file.empty() || input.faces_path == fallback_of(options_, input.path);
  try {
    check(elsewhere || !marked_read_only(input.faces_path.parent_path()), ErrorCode::Input,
          input.faces_path.parent_path().string(), ": this folder is read-only");
    journal_.emplace(input.faces_path, input.file);
  } catch (const Error&) {
    if (elsewhere) throw;
    input.faces_path = fallback_of(options_, input.path);
    note(input.path.string() + ": its faces file goes to " + input.faces_path.string() +
         ", since nothing can be written beside it; convert needs --faces " +
         input.faces_path.string());
    journal_.emplace(input.faces_path, input.file);
  }
}

void Extraction::extract_input(ExtractInput& input) {
  report_.resumed += static_cast<std::int64_t>(input.file.frames.size());
  if (input.finished)
    note(input.path.string() + ": was extracted before with these settings, nothing to do");
  else
    work_on(input);
  // Of a video it is known only now which faces are kept.
  for (const auto& frame : input.file.frames) count(frame);
  report_.faces_files.push_back(input.faces_path);
  const auto& failed = input.file.unreadable;
  report_.unreadable.insert(report_.unreadable.end(), failed.begin(), failed.end());
}

void Extraction::work_on(ExtractInput& input) {
  // First: if it cannot be opened, all stays as it was.
  const auto opened = open_source(input.path);
  if (std::string line = opened->note(); !line.empty()) note(std::move(line));
  const bool video = follows(*opened);
  made_ += static_cast<std::int64_t>(crops_of(input.file).size());
  make_folder(options_.output);
  open_faces_file(input);
  for (const auto& name : input.to_remove) files_.replace(name);
  if (video) search_video(input);  // a fault in it leaves the journal
  try {
    const auto source = report_.stopped ? nullptr : open_frames(input, video);
    if (source != nullptr) make_faces(input, *source, video);
  } catch (...) {
    save_after_fault(input);
    throw;
  }
  input.file.complete = !report_.stopped;
  if (!video) input.file.searched = input.file.complete;
  save(input);
}

bool Extraction::follows(const FrameSource& source) const {
  return finder_ && follows_faces(source, *finder_);
}

void Extraction::search_video(ExtractInput& input) {
  const SearchOptions options{.input = input.path,
                              .every_nth = options_.every_nth,
                              .detect_every = options_.detect_every,
                              .journal = &*journal_};
  const SearchWatch watch{
      .progress = [&](std::int64_t done,
                      std::int64_t count) { return go_on(input, "searching", done, count); },
      .comparing = [&](std::int64_t done,
                       std::int64_t count) { return go_on(input, "comparing", done, count); },
      .stages =
          [&](const std::vector<StageReport>& stages) { add_reports(report_.stages, stages); }};
  input.file = search(options, *finder_, std::move(input.file), watch);
  report_.stopped = !input.file.searched;
}

/// Frames whose faces are to be made; searched: they are known, else those frames that remain.
/// Null if there are none.
std::unique_ptr<FrameSource> Extraction::open_frames(const ExtractInput& input, bool searched) {
  const auto to_do = [](const FrameFaces& frame) {
    return std::any_of(frame.faces.begin(), frame.faces.end(),
                       [](const Face& face) { return to_crop(face) && face.crop.empty(); });
  };
  // Copies: the list changes while threads ask.
  listed_.clear();
  std::vector<std::int64_t> chosen;
  for (const auto& frame : input.file.frames) {
    listed_.push_back(frame.index);
    if (!searched || to_do(frame)) chosen.push_back(frame.index);
  }
  if (searched && chosen.empty()) return nullptr;
  std::sort(chosen.begin(), chosen.end());
  const auto wanted = [chosen = std::move(chosen), searched,
                       n = options_.every_nth](std::int64_t index) {
    const bool listed = std::binary_search(chosen.begin(), chosen.end(), index);
    return searched ? listed : index % n == 0 && !listed;
  };
  return open_source(input.path, wanted);
}

void Extraction::make_faces(ExtractInput& input, FrameSource& source, bool searched) {
  const std::size_t wanted = kFramesPerThread * static_cast<std::size_t>(threads_);
  Pipeline pipeline(frames_in_memory(source.video(), 3, kMostBytes, kLeastFrames, wanted),
                    threads_);
  pipeline.source("read", [&]() -> std::unique_ptr<Job> {
    auto frame = source.next();
    return frame ? std::make_unique<Job>(Job{std::move(*frame), {}, {}}) : nullptr;
  });
  if (!searched && finder_)
    pipeline.worker_stage("detect", [this](Job& job, int worker) {
      guarded(job, [&] { job.found = finder_->find(job.frame, worker); });
    });
  pipeline.stage("crop", threads_,
                 [&](Job& job) { crop(job, searched ? &input.file.frames : nullptr); });
  const std::string_view stage = searched ? "cropping" : "extracting";
  pipeline.run("write", [&](Job& job) {
    finish(input, job, source.is_video(), searched);
    report_.stopped = !go_on(input, stage, job.frame.index + 1, source.count());
    return !report_.stopped;
  });
  add_reports(report_.stages, pipeline.reports());
}

bool Extraction::go_on(const ExtractInput& input, std::string_view stage, std::int64_t done,
                       std::int64_t count) const {
  return !watch_.progress ||
         watch_.progress(
             {.input = input.path, .stage = stage, .done = done, .count = count, .faces = made_});
}

/// Where a searched file lists a frame.
std::size_t Extraction::place_of(std::int64_t index) const {
  const auto at = std::lower_bound(listed_.begin(), listed_.end(), index);
  check(at != listed_.end() && *at == index, "extract: no faces of frame ", index);
  return static_cast<std::size_t>(at - listed_.begin());
}

/// Does the work unless the frame has failed before; what goes wrong becomes the frame's error.
template <class Work>
void Extraction::guarded(Job& job, Work&& work) const {
  if (!job.frame.error.empty()) return;
  try {
    work();
  } catch (const std::exception& e) {
    job.frame.error = frame_error(job.frame, e);
  }
}

void Extraction::crop(Job& job, const std::vector<FrameFaces>* searched) const {
  guarded(job, [&] {
    if (known_) job.found = known_->of(job.frame);
    job.found.file_id = file_id(job.frame);
    const FrameFaces& found =
        searched != nullptr ? (*searched)[place_of(job.frame.index)] : job.found;
    for (const auto& face : found.faces)
      if (to_crop(face)) job.crops.push_back(crop_file(job.frame, face));
  });
}

// With the landmarks in it: training makes masks of them, wherever the file goes.
std::vector<unsigned char> Extraction::crop_file(const Frame& frame, const Face& face) const {
  const bool align = options_.mode == CropMode::Align;
  const double aspect = frame.pixel_aspect;
  const cv::Mat crop =
      align ? crop_aligned(frame.pixels, align_unit(face.landmarks, aspect), options_.size)
            : crop_box(frame.pixels, face.box, options_.size);
  const auto png = encode_image("face.png", to_8_bit(crop));
  const auto landmarks = align ? landmarks_aligned(face.landmarks, options_.size, aspect)
                               : landmarks_in_box(face.landmarks, face.box);
  return landmarks ? with_landmarks(png, *landmarks) : png;
}

void Extraction::finish(ExtractInput& input, Job& job, bool video, bool searched) {
  if (std::string line = pages_note(job.frame); !line.empty()) note(std::move(line));
  auto& failed = input.file.unreadable;
  std::erase_if(failed, [&](const Unreadable& f) { return f.index == job.frame.index; });
  if (!job.frame.error.empty()) {
    failed.push_back({job.frame.name, job.frame.error, job.frame.index});
    journal_->append(failed.back());
    return;
  }
  if (known_ && !known_->contains(job.frame.name) && unknown_++ == 0)
    note(job.frame.name + " is not in " + options_.known_faces.string() +
         ": no face is cropped from such frames");
  if (input.file.width == 0) {
    input.file.width = job.frame.pixels.cols;
    input.file.height = job.frame.pixels.rows;
    input.file.pixel_aspect = job.frame.pixel_aspect;
    journal_->append_head(input.file);
  }
  constexpr std::size_t kRoom = 40;  // for the frame's number and the face's, which order the names
  const std::string stem =
      video ? shortened_name(tidy_path(input.path).stem().string(), kRoom) + "_" + job.frame.name
            : fs::path(job.frame.name).stem().string();
  const auto names = files_.write(stem, job.crops);
  auto name = names.begin();
  FrameFaces& found = searched ? input.file.frames[place_of(job.frame.index)]
                               : input.file.frames.emplace_back(std::move(job.found));
  for (Face& face : found.faces)
    if (to_crop(face)) face.crop = *name++;
  journal_->append(found);
  made_ += static_cast<std::int64_t>(names.size());
}

void Extraction::count(const FrameFaces& frame) {
  ++report_.frames;
  report_.frames_with_face += frame.faces.empty() ? 0 : 1;
  report_.faces += static_cast<std::int64_t>(frame.faces.size());
  report_.interpolated +=
      std::count_if(frame.faces.begin(), frame.faces.end(), std::not_fn(to_crop));
  report_.rejected += static_cast<std::int64_t>(frame.rejected.size());
  for (const auto& face : frame.faces)
    if (face.distance) report_.distances.push_back(*face.distance);
  for (const auto& face : frame.rejected)
    if (face.distance) report_.distances.push_back(*face.distance);
}

void Extraction::save(ExtractInput& input) {
  std::set<std::int64_t> failed;
  for (const auto& frame : input.file.unreadable) failed.insert(frame.index);
  std::erase_if(input.file.frames, [&](const auto& f) { return failed.contains(f.index); });
  const auto before = [](const auto& a, const auto& b) { return a.index < b.index; };
  std::sort(input.file.frames.begin(), input.file.frames.end(), before);
  std::sort(input.file.unreadable.begin(), input.file.unreadable.end(), before);
  journal_.reset();
  write_faces(input.faces_path, input.file);
}

// So that a later run goes on from here. The fault before is the one to tell, whatever happens now.
void Extraction::save_after_fault(ExtractInput& input) {
  try {
    save(input);
  } catch (const std::exception& e) {
    note(std::string(e.what()) + "; the next run goes on from the frames that it lists");
  }
}

}  // namespace

ExtractReport extract(const ExtractOptions& options, const ExtractWatch& watch) {
  return Extraction(options, watch).run();
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/extract.h"

#include <algorithm>
#include <omp.h>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/stopwatch.h"
#include "pipeline/extract_settings.h"
#include "pipeline/face/crop_files.h"
#include "pipeline/face/known_faces.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFramesPerThread = 4;  // of a batch: enough that threads seldom wait

/// A frame on its way through the threads.
struct Job {
  Frame frame;
  FrameFaces found;
  std::vector<std::vector<unsigned char>> crops;  // encoded, one a face
  double write_seconds = 0;
};

/// One input with its faces file, perhaps of an earlier run.
struct Input {
  fs::path path;
  fs::path faces_path;
  FacesFile file;
  bool finished = false;               // by an earlier run
  std::vector<std::string> to_remove;  // faces of an earlier run that is to be done again
};

/// Names of the faces that were cut out; only plain ones, so that none leads out of the folder.
std::vector<std::string> crops_of(const FacesFile& file) {
  std::vector<std::string> names;
  for (const auto& frame : file.frames)
    for (const auto& face : frame.faces)
      if (!face.crop.empty() && fs::path(face.crop).filename() == face.crop)
        names.push_back(face.crop);
  return names;
}

/// Whether it was made from this input, however that was spelt.
bool is_of(const FacesFile& file, const Input& input) {
  return tidy_path(file.source) == tidy_path(input.path);
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
    batch_ = static_cast<std::size_t>(threads_) * kFramesPerThread;
    settings_ = settings_of(options);
    std::set<fs::path> seen;
    for (const auto& input : options.inputs)
      if (seen.insert(tidy_path(input)).second) inputs_.push_back(plan(input));
  }

  ExtractReport run() {
    {
      const Stopwatch watch(report_.seconds.total);
      const bool work = std::any_of(inputs_.begin(), inputs_.end(),
                                    [](const Input& input) { return !input.finished; });
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
    return std::move(report_);
  }

 private:
  Input plan(const fs::path& path);
  fs::path fallback_of(const Input& input) const;
  std::vector<std::string> replaced_faces(const Input& input, const fs::path& file) const;
  void take_earlier(Input& input, const fs::path& file);
  void open_finder();
  FrameFaces faces_of(const Frame& frame, int worker);
  void count_only(const Input& input);
  void open_faces_file(Input& input);
  void extract_input(Input& input);
  void search(Input& input);
  std::unique_ptr<FrameSource> open_frames(const Input& input) const;
  void search_frames(Input& input, FrameSource& source);
  std::vector<Job> read_batch(FrameSource& source);
  bool go_on(const Input& input, const Job& job, std::int64_t count) const;
  void work(Job& job, int worker);
  std::vector<unsigned char> crop_file(const Frame& frame, const Face& face) const;
  void finish(Input& input, Job& job, bool video);
  void save(Input& input);
  void save_after_fault(Input& input);
  void count(const FrameFaces& frame);
  void note(std::string line) {
    if (watch_.note) watch_.note(line);
    report_.notes.push_back(std::move(line));
  }

  const ExtractOptions& options_;
  const ExtractWatch& watch_;
  CropFiles files_;
  int threads_ = 1;
  std::size_t batch_ = kFramesPerThread;
  std::string settings_;
  std::vector<Input> inputs_;
  std::optional<Finder> finder_;         // unless faces are known
  std::optional<KnownFaces> known_;      // instead
  std::int64_t unknown_ = 0;             // frames that are not among them
  std::optional<FacesJournal> journal_;  // of the input that is being worked on
  ExtractReport report_;
};

// In the output folder, where inputs of one name from several folders may meet.
fs::path Extraction::fallback_of(const Input& input) const {
  constexpr std::size_t kRoom = 20;  // for "-2.faces.json" and more digits
  const std::string name = shortened_name(tidy_path(input.path).filename().string(), kRoom);
  for (int attempt = 1;; ++attempt) {
    const std::string mark = attempt == 1 ? "" : "-" + std::to_string(attempt);
    fs::path file = options_.output / (name + mark + ".faces.json");
    if (!fs::exists(file) || is_of(read_faces(file), input)) return file;
  }
}

Input Extraction::plan(const fs::path& path) {
  check(fs::exists(path), ErrorCode::Input, path.string(), ": no such file or folder");
  check(tidy_path(path) != tidy_path(options_.output), ErrorCode::Usage, path.string(),
        ": is both an input and the folder for the faces");
  Input input{.path = path};
  input.faces_path = options_.faces_file.empty() ? faces_path(path) : options_.faces_file;
  input.file = {.source = path.string(),
                .source_id = source_fingerprint(path),
                .settings = settings_,
                .complete = false};
  std::vector<fs::path> places{input.faces_path};
  if (options_.faces_file.empty()) places.push_back(fallback_of(input));
  for (const auto& file : places) {
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    if (options_.overwrite)
      input.to_remove = replaced_faces(input, file);
    else
      take_earlier(input, file);
    break;
  }
  return input;
}

// Those that the new settings do not find would else stay and be trained on. Some may be gone: a
// user takes bad ones away.
std::vector<std::string> Extraction::replaced_faces(const Input& input,
                                                    const fs::path& file) const {
  try {
    const FacesFile earlier = read_faces(file);
    if (file == faces_path(input.path) || is_of(earlier, input)) return crops_of(earlier);
  } catch (const Error&) {
    // Whatever it is, it is to be replaced.
  }
  return {};
}

void Extraction::take_earlier(Input& input, const fs::path& file) {
  FacesFile earlier = read_faces(file);
  const bool same_input = is_source(earlier.source_id, input.path);
  check(same_input && earlier.settings == settings_, ErrorCode::Usage, file.string(), ": is of ",
        same_input ? "an extraction with other settings" : "another state of this input",
        "; give --overwrite to do it again, or another place for the faces file");
  const auto names = crops_of(earlier);
  const auto here =
      static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const auto& name) {
        return fs::exists(options_.output / name);
      }));
  if (here == 0 && !names.empty()) return;  // they went elsewhere, or all away
  if (here < names.size())
    note(file.string() + ": " + std::to_string(names.size() - here) + " of its " +
         std::to_string(names.size()) + " faces are gone from " + options_.output.string() +
         " and stay so; --overwrite makes them again");
  input.faces_path = file;
  input.finished = earlier.complete;
  earlier.source_id = input.file.source_id;
  input.file = std::move(earlier);
  for (const auto& name : names) files_.keep(name);
}

void Extraction::open_finder() {
  finder_.emplace(options_.finder, threads_);
  for (const auto& warning : finder_->warnings()) note(warning);
}

FrameFaces Extraction::faces_of(const Frame& frame, int worker) {
  return finder_ ? finder_->find(frame, worker) : known_->of(frame);
}

void Extraction::count_only(const Input& input) {
  const std::int64_t count = open_source(input.path)->count();
  report_.frames += (count + options_.every_nth - 1) / options_.every_nth;
  report_.faces_files.push_back(input.faces_path);
}

// Beside the input if that place may be written, else in the output folder.
void Extraction::open_faces_file(Input& input) {
  const bool elsewhere = !options_.faces_file.empty() || input.faces_path == fallback_of(input);
  try {
    check(elsewhere || !marked_read_only(input.faces_path.parent_path()), ErrorCode::Input,
          input.faces_path.parent_path().string(), ": this folder is read-only");
    journal_.emplace(input.faces_path, input.file);
  } catch (const Error&) {
    if (elsewhere) throw;
    input.faces_path = fallback_of(input);
    note(input.path.string() + ": its faces file goes to " + input.faces_path.string() +
         ", since nothing can be written beside it");
    journal_.emplace(input.faces_path, input.file);
  }
}

void Extraction::extract_input(Input& input) {
  for (const auto& frame : input.file.frames) count(frame);
  report_.resumed += static_cast<std::int64_t>(input.file.frames.size());
  if (input.finished)
    note(input.path.string() + ": was extracted before with these settings, nothing to do");
  else
    search(input);
  report_.faces_files.push_back(input.faces_path);
  const auto& failed = input.file.unreadable;
  report_.unreadable.insert(report_.unreadable.end(), failed.begin(), failed.end());
}

void Extraction::search(Input& input) {
  const auto source = open_frames(input);  // first: if it cannot be opened, all stays as it was
  if (std::string line = source->note(); !line.empty()) note(std::move(line));
  make_folder(options_.output);
  open_faces_file(input);
  for (const auto& name : input.to_remove) files_.replace(name);
  try {
    search_frames(input, *source);
  } catch (...) {
    save_after_fault(input);
    throw;
  }
  input.file.complete = !report_.stopped;
  save(input);
}

std::unique_ptr<FrameSource> Extraction::open_frames(const Input& input) const {
  std::set<std::int64_t> known;
  for (const auto& frame : input.file.frames) known.insert(frame.index);
  const auto wanted = [known = std::move(known), n = options_.every_nth](std::int64_t index) {
    return index % n == 0 && !known.contains(index);
  };
  return prefetch(open_source(input.path, wanted), batch_);
}

void Extraction::search_frames(Input& input, FrameSource& source) {
  for (bool more = true; more && !report_.stopped;) {
    std::vector<Job> jobs = read_batch(source);
    more = !jobs.empty();
    const auto count = static_cast<std::int64_t>(jobs.size());
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
    for (std::int64_t i = 0; i < count; ++i)
      work(jobs[static_cast<std::size_t>(i)], omp_get_thread_num());
    for (auto job = jobs.begin(); job != jobs.end() && !report_.stopped; ++job) {
      finish(input, *job, source.is_video());
      report_.stopped = !go_on(input, *job, source.count());
    }
  }
}

bool Extraction::go_on(const Input& input, const Job& job, std::int64_t count) const {
  return !watch_.progress || watch_.progress({.input = input.path,
                                              .done = job.frame.index + 1,
                                              .count = count,
                                              .faces = report_.faces});
}

std::vector<Job> Extraction::read_batch(FrameSource& source) {
  const Stopwatch watch(report_.seconds.read);
  std::vector<Job> jobs;
  while (jobs.size() < batch_) {
    auto frame = source.next();
    if (!frame) break;
    jobs.push_back({.frame = std::move(*frame)});
  }
  return jobs;
}

// Runs in a thread of its own: nothing may be thrown, so trouble becomes the frame's error.
void Extraction::work(Job& job, int worker) {
  if (!job.frame.error.empty()) return;
  try {
    job.found = faces_of(job.frame, worker);
    const Stopwatch watch(job.write_seconds);
    for (const auto& face : job.found.faces) job.crops.push_back(crop_file(job.frame, face));
  } catch (const std::exception& e) {
    job.frame.error = frame_error(job.frame, e);
  }
}

// With the landmarks in it: training makes masks of them, wherever the file goes.
std::vector<unsigned char> Extraction::crop_file(const Frame& frame, const Face& face) const {
  const bool align = options_.mode == CropMode::Align;
  const cv::Mat crop = align ? crop_aligned(frame.pixels, face.landmarks, options_.size)
                             : crop_box(frame.pixels, face.box, options_.size);
  const auto png = encode_image("face.png", to_8_bit(crop));
  const auto landmarks = align ? landmarks_aligned(face.landmarks, options_.size)
                               : landmarks_in_box(face.landmarks, face.box);
  return landmarks ? with_landmarks(png, *landmarks) : png;
}

void Extraction::finish(Input& input, Job& job, bool video) {
  report_.seconds.write += job.write_seconds;
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
  const Stopwatch watch(report_.seconds.write);
  if (input.file.width == 0) {
    input.file.width = job.frame.pixels.cols;
    input.file.height = job.frame.pixels.rows;
    journal_->append_head(input.file);
  }
  constexpr std::size_t kRoom = 40;  // for the frame's number and the face's, which order the names
  const std::string stem =
      video ? shortened_name(tidy_path(input.path).stem().string(), kRoom) + "_" + job.frame.name
            : fs::path(job.frame.name).stem().string();
  const auto names = files_.write(stem, job.crops);
  for (std::size_t k = 0; k < names.size(); ++k) job.found.faces[k].crop = names[k];
  journal_->append(job.found);
  count(job.found);
  input.file.frames.push_back(std::move(job.found));
}

void Extraction::count(const FrameFaces& frame) {
  ++report_.frames;
  report_.frames_with_face += frame.faces.empty() ? 0 : 1;
  report_.faces += static_cast<std::int64_t>(frame.faces.size());
  report_.rejected += static_cast<std::int64_t>(frame.rejected.size());
  for (const auto& face : frame.faces)
    if (face.distance) report_.distances.push_back(*face.distance);
  report_.distances.insert(report_.distances.end(), frame.rejected.begin(), frame.rejected.end());
}

void Extraction::save(Input& input) {
  const auto before = [](const auto& a, const auto& b) { return a.index < b.index; };
  std::sort(input.file.frames.begin(), input.file.frames.end(), before);
  std::sort(input.file.unreadable.begin(), input.file.unreadable.end(), before);
  journal_.reset();
  write_faces(input.faces_path, input.file);
}

// So that a later run goes on from here. The fault before is the one to tell, whatever happens now.
void Extraction::save_after_fault(Input& input) {
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

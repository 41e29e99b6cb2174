// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"
#include "pipeline/face/smooth.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/ranges.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// What is known of the input's faces before it is read.
struct KnownFaces {
  fs::path file;
  std::map<std::string, FrameFaces> by_name;
};

KnownFaces read_known(const fs::path& file, const FacesFile& faces) {
  KnownFaces known{.file = file};
  for (const FrameFaces& frame : faces.frames) known.by_name[frame.name] = frame;
  return known;
}

/// The faces file to go by. One that was named must fit; the one beside the input is passed over
/// with a note if it does not.
KnownFaces known_faces(const ConvertOptions& options, const ConvertWatch& watch) {
  const bool named = !options.faces.empty();
  if (!named && options.search) return {};
  const fs::path file = named ? options.faces : faces_path(options.input);
  if (!named && !fs::exists(file)) return {};
  const FacesFile faces = read_faces(file);
  const bool fits = faces.source_id.empty() || is_source(faces.source_id, options.input);
  if (fits) {
    if (watch.note) watch.note("taking the faces that are in " + file.string());
    return read_known(file, faces);
  }
  check(!named, ErrorCode::Input, file.string(), ": was made from another input than ",
        options.input.string(), "; extract from this one, or name no faces file");
  if (watch.note) {
    watch.note(file.string() +
               ": was made from another input or an older state of it; faces are "
               "detected again");
  }
  return {};
}

/// Whether the converter can work with what is known of these faces.
bool usable(const FrameFaces& frame, ConverterKind converter) {
  if (converter == ConverterKind::Adjust) return true;
  return std::all_of(frame.faces.begin(), frame.faces.end(),
                     [](const Face& face) { return face.landmarks.size() == kIbug68; });
}

/// One run over a sliding window of frames, as wide as smoothing needs.
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
    source_ = prefetch(open_source(options.input));
    known_ = known_faces(options, watch);
    report_.faces_file = known_.file;
    radius_ = options.smooth.value_or(source_->is_video() ? kSmoothFrames : 0);
  }

  ConvertReport run() {
    if (options_.dry_run) {
      report_.frames = source_->count();
      return report_;
    }
    sink_ = open_sink(options_.output, options_.input, *source_, sink_options());
    while (!report_.stopped && look_ahead()) {
      convert_one();
      slide();
      if (watch_.progress) report_.stopped = !watch_.progress(report_.frames, source_->count());
    }
    if (report_.stopped) sink_->end_early();
    if (report_.written > 0) sink_->finish();
    return report_;
  }

 private:
  SinkOptions sink_options() const {
    return {.overwrite = options_.overwrite,
            .every_frame = !options_.discard,
            .encode = options_.encode,
            .image_format = options_.image_format,
            .note = watch_.note,
            .hooks = options_.hooks};
  }

  bool inside(const Frame& frame) const {
    if (ranges_.empty()) return true;
    const auto number = source_->is_video() ? frame.index : frame_number(frame.name);
    return number && in_ranges(ranges_, *number);
  }

  FrameFaces faces_of(const Frame& frame) {
    if (!frame.error.empty() || !inside(frame)) return {.name = frame.name, .index = frame.index};
    const auto at = known_.by_name.find(frame.name);
    const bool known = at != known_.by_name.end() && usable(at->second, options_.converter);
    if (known) return at->second;
    if (report_.searched++ == 0 && !known_.file.empty() && watch_.note)
      watch_.note(frame.name + " is not in " + known_.file.string() +
                  ": such frames are searched now, without the filter that the file was made with");
    return find_(frame);
  }

  /// The frame's faces; what goes wrong becomes its error, since one frame ends no run.
  FrameFaces faces_or_error(Frame& frame) {
    try {
      return faces_of(frame);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::Failed) throw;  // no fault of the frame: a model that is missing
      frame.error = frame_error(frame, e);
    } catch (const std::exception& e) {
      frame.error = frame_error(frame, e);
    }
    return {.name = frame.name, .index = frame.index};
  }

  /// Fills the window up to the current frame's neighbours; false when there is no current one.
  bool look_ahead() {
    while (!ended_ && frames_.size() <= centre_ + static_cast<std::size_t>(radius_)) {
      std::optional<Frame> frame = source_->next();
      ended_ = !frame;
      if (ended_) break;
      window_.push_back(faces_or_error(*frame));
      frames_.push_back(std::move(*frame));
    }
    return centre_ < frames_.size();
  }

  /// Moves on by one frame and forgets the one that no later frame looks back to.
  void slide() {
    frames_[centre_].pixels.release();
    if (centre_ < static_cast<std::size_t>(radius_)) {
      ++centre_;
      return;
    }
    frames_.erase(frames_.begin());
    window_.erase(window_.begin());
  }

  void convert_one() {
    Frame& frame = frames_[centre_];
    ++report_.frames;
    const bool in_range = inside(frame);
    int drawn = 0;
    if (frame.error.empty() && in_range) drawn = compose(frame);
    if (!frame.error.empty()) {
      report_.failed.push_back(frame.error);
      return;
    }
    report_.faces += drawn;
    ++(!in_range ? report_.outside : drawn > 0 ? report_.converted : report_.without_face);
    if (!in_range && options_.discard) return;
    sink_->write(frame, drawn > 0 ? Changed::Yes : Changed::No);
    ++report_.written;
  }

  /// Swaps the frame's faces and returns how many; what goes wrong becomes the frame's error.
  int compose(Frame& frame) {
    try {
      const std::vector<Face> faces = smoothed_faces(window_, centre_, radius_);
      return options_.converter == ConverterKind::Masked
                 ? convert_masked(frame.pixels, faces, swapper_, options_.compose)
                 : convert_adjust(frame.pixels, faces, swapper_, options_.compose);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Device) throw;
      frame.error = frame_error(frame, e);
    } catch (const std::exception& e) {
      frame.error = frame_error(frame, e);
    }
    return 0;
  }

  const ConvertOptions& options_;
  Swapper& swapper_;
  const FindFaces& find_;
  const ConvertWatch& watch_;
  std::vector<FrameRange> ranges_;
  std::unique_ptr<FrameSource> source_;
  std::unique_ptr<FrameSink> sink_;
  KnownFaces known_;
  ConvertReport report_;
  int radius_ = 0;

  std::vector<Frame> frames_;       ///< the current frame with those around it
  std::vector<FrameFaces> window_;  ///< their faces
  std::size_t centre_ = 0;          ///< the current one among them
  bool ended_ = false;
};

}  // namespace

ConvertReport convert(const ConvertOptions& options, Swapper& swapper, const FindFaces& find,
                      const ConvertWatch& watch) {
  const double start = steady_seconds();
  ConvertReport report = Conversion(options, swapper, find, watch).run();
  report.seconds = steady_seconds() - start;
  return report;
}

}  // namespace cameo

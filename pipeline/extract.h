// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/staged_pipeline.h"
#include "pipeline/face/crop.h"
#include "pipeline/face/finder.h"

namespace cameo {

/// How a face is cropped.
enum class CropMode {
  Align,  ///< rotated and scaled onto the mean face by its landmarks
  Crop,   ///< the detector's box, resized
};

/// Stage 1: images, folders and videos -> faces on disk.
struct ExtractOptions {
  std::vector<std::filesystem::path> inputs;  ///< images, folders of images, videos
  std::filesystem::path output;               ///< folder of the faces, made if missing
  FinderOptions finder;
  CropMode mode = CropMode::Align;
  int size = kFaceSide;              ///< side of a face, in pixels
  int every_nth = 1;                 ///< frame step: frames 0, n, 2n, ...
  int detect_every = 0;              ///< SearchOptions::detect_every
  std::filesystem::path faces_file;  ///< instead of faces_path(input); with one input only
  /// Faces file to crop by, instead of detection: its frame of the same name tells a frame's faces,
  /// whatever input it was made from. With one input only.
  std::filesystem::path known_faces;
  int threads = 0;         ///< of each stage that has several; 0 for one a core
  bool overwrite = false;  ///< extract again and replace what an earlier run wrote
  bool dry_run = false;    ///< check inputs, models and references only
};

/// Seconds of work, summed over the threads, so they may exceed `total`.
struct ExtractSeconds {
  double read = 0;  ///< decoding, in all ways through the inputs
  double detect = 0;
  double landmarks = 0;
  double filter = 0;
  double write = 0;  ///< cropping, encoding, writing
  double total = 0;
};

/// Counts of an extraction. Zero faces is a result too, not an error.
struct ExtractReport {
  std::int64_t frames = 0;             ///< searched, including those of an earlier run
  std::int64_t frames_with_face = 0;   ///< with at least one face that was kept
  std::int64_t faces = 0;              ///< kept
  std::int64_t interpolated = 0;       ///< of `faces`: between others, not cropped
  std::int64_t rejected = 0;           ///< faces that the filter rejected
  std::int64_t resumed = 0;            ///< frames taken over from an earlier run
  std::vector<Unreadable> unreadable;  ///< those of an earlier run with them
  std::vector<double> distances;  ///< to the wanted person: kept and rejected, in order of frames
  std::vector<std::filesystem::path> faces_files;  ///< one an input
  std::vector<std::string> notes;                  ///< what a user should know, one line each
  ExtractSeconds seconds;
  std::vector<StageReport> stages;  ///< what each stage did, in the order of the work
  bool stopped = false;  ///< the watcher asked to end early; a later run goes on from there
};

/// Callbacks of a running extraction.
struct ExtractWatch {
  struct Progress {
    const std::filesystem::path& input;
    /// "extracting"; of a video "searching", "comparing" (some frames only), then "cropping"
    std::string_view stage;
    std::int64_t done;   ///< frames of this input
    std::int64_t count;  ///< of how many, 0 if not known
    std::int64_t faces;  ///< kept so far, of all inputs
  };
  /// After each frame. False ends the run with what is done, saved.
  std::function<bool(const Progress&)> progress;
  /// The report's notes, as soon as they are known.
  std::function<void(std::string_view line)> note;
};

/// Decoding, detection, cropping and writing run side by side, each on threads of its own; the
/// files depend neither on the threads nor on their number. Watchers are called by the calling
/// thread. Detects (or looks up, see ExtractOptions::known_faces), filters, crops and writes the
/// faces of all inputs, in order. Faces are PNG files `stem_k.png` (video: `stem_frame_k.png`), k
/// from 0, the largest face first; a name that another input has taken becomes `stem-2_k.png`. The
/// detections go into a faces file beside each input or, where that place cannot be written, into
/// the output folder. However a run ends, be it killed, that file can be read and lists only faces
/// that are (FacesJournal). An earlier run's faces file with equal settings for an equal input is
/// gone on from: finished, there is nothing to do but to tell again what could not be read; not
/// finished, that is tried again too. Faces that a user took away stay away, unless none is left:
/// then all are made again. With `overwrite` the faces that this input's earlier file lists go
/// first; others on disk are never replaced. Throws Error: ErrorCode::Usage for options that cannot
/// be met or an earlier run with other settings, ErrorCode::Input for an input that cannot be
/// opened, a missing model, an output that cannot be written, ErrorCode::NoFace for references
/// without a face. A frame that cannot be read never throws.
ExtractReport extract(const ExtractOptions& options, const ExtractWatch& watch = {});

}  // namespace cameo

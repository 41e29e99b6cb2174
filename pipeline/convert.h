// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/staged_pipeline.h"
#include "model/infer/swapper.h"
#include "pipeline/compose/converter.h"
#include "pipeline/compose/schedule.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/track.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "pipeline/search.h"

namespace cameo {

/// How decoded faces come back into the frame; which fits goes by how the training faces were cut.
enum class ConverterKind {
  Masked,  ///< by landmarks, for faces of align mode
  Adjust,  ///< by the detector's box, for faces of crop mode
};

/// Options of a conversion from input to output.
struct ConvertOptions {
  std::filesystem::path input;   ///< image, folder of images or video
  std::filesystem::path output;  ///< the same by its suffix; open_sink says which goes with what

  ConverterKind converter = ConverterKind::Masked;
  ComposeOptions compose;
  std::vector<ComposeRange> compose_ranges;  ///< other options for some frames

  std::vector<std::string> ranges;  ///< frames to change, see parse_ranges; none: all
  bool discard = false;             ///< leave out the other frames instead of copying them
  std::filesystem::path faces;      ///< faces file; empty: `<input>.faces.json` if it fits
  std::filesystem::path crops;      ///< folder: only faces whose crop is still there; empty: all
  bool search = false;              ///< detect again although a file beside the input fits
  int detect_every = 0;             ///< of a search: SearchOptions::detect_every
  std::optional<int> smooth;  ///< frames on each side; unset: kSmoothFrames for a video, else 0

  /// Text that changes with models and options; then a conversion of a video or a folder that
  /// is killed goes on where it was when it is run again with the same. What it needs lies hidden
  /// beside the output, and goes away at the end. Empty: nothing is kept.
  std::string resume_key;
  int threads = 0;  ///< of alignment, of blending and of encoding images; 0: one a core
  bool overwrite = false;
  bool dry_run = false;  ///< check everything, write nothing
  VideoWriterOptions
      encode;  ///< codec and quality of a video, streams to leave out; rate if made of images
  ImageWriteOptions image;            ///< quality of image files
  std::string image_format = "png";   ///< suffix of a video's frames in a folder
  OutputHooks hooks;                  ///< run on what was drawn on, before it is written
  std::string label;                  ///< drawn into a corner of changed frames, see draw_label
  std::vector<std::string> consents;  ///< SHA-256 of the models' consent notes, for the metadata
  /// The caller carries the input's C2PA manifest on, and says so itself.
  bool keeps_manifest = false;
  /// Asset id of the invisible watermark that changed frames get (add_marks). None: no
  /// watermark, which the metadata says.
  std::optional<std::uint64_t> watermark;
};

/// Counts of a conversion.
struct ConvertReport {
  std::int64_t frames = 0;  ///< read
  std::int64_t written = 0;
  std::int64_t converted = 0;     ///< frames with at least one face swapped
  std::int64_t faces = 0;         ///< swapped
  std::int64_t without_face = 0;  ///< inside the ranges, written as they were
  std::int64_t outside = 0;       ///< outside the ranges, written as they were or left out
  std::int64_t resumed = 0;       ///< of frames and written: by a run that was killed
  std::int64_t searched = 0;      ///< inside the ranges, in no faces file: searched
  /// Of those: frames whose input has a faces file that kept people out, which this search knows
  /// nothing of.
  std::int64_t unfiltered = 0;
  std::vector<std::string> failed;   ///< frames that could not be read or converted, and why
  std::vector<Dropout> dropouts;     ///< frames in which a kept face is missed, inside the ranges
  std::filesystem::path faces_file;  ///< the file that the faces came from; empty: none
  bool stopped = false;              ///< the watcher asked to end early
  double seconds = 0;
  std::vector<StageReport> stages;  ///< what each stage of the search and of the conversion did
};

/// Whether a run that stopped early left no output, so that one with the same options goes on.
inline bool is_suspended(const ConvertReport& report, const ConvertOptions& options) {
  return report.stopped && !options.resume_key.empty();
}

/// Callbacks of a running conversion.
struct ConvertWatch {
  /// After each frame: what is being done, to how many, of how many (0: not known). False ends the
  /// run after this frame, with a finished output of those that were converted.
  std::function<bool(std::string_view stage, std::int64_t done, std::int64_t count)> progress;
  /// Something a user should know, one line.
  std::function<void(std::string_view line)> note;
};

/// search() with a Finder that is opened when it is needed: a conversion whose faces are known
/// needs none.
using SearchFaces = std::function<FacesFile(const SearchOptions& options, FacesFile known,
                                            const SearchWatch& watch)>;

/// A person and the model that draws the face to put on them.
struct PersonModel {
  std::optional<int> person;  ///< Track::person; none: everybody whom no other entry names
  Swapper* swapper = nullptr;
  const DetailExamples* examples = nullptr;  ///< lend detail to what it draws; null: none do
};

/// Searches the frames that no faces file speaks of, which the watcher is told, smooths the
/// landmarks of a video along their tracks, and then swaps: reading, alignment, the network,
/// blending, encoding of images and writing run side by side, each on threads of its own, with
/// faces of several frames in a batch. The output depends neither on the threads nor on the batch.
/// A frame without a face is written as it was, an image byte for byte (FrameSink::write); one that
/// cannot be worked on is reported, and left out, or in a video written as it was, so that pictures
/// and sound stay together. What a face was drawn on is declared synthetic in its metadata
/// (add_declaration). models: whose faces are swapped, and by what; a face of a person whom none
/// names stays. The watcher is called by the calling thread, the swappers by another one, the hooks
/// by several at once. Throws Error: ErrorCode::Usage for options that cannot be met, before any
/// work; ErrorCode::Input if the input cannot be opened or the output not written; what the search
/// throws; ErrorCode::Device.
ConvertReport convert(const ConvertOptions& options, std::span<const PersonModel> models,
                      const SearchFaces& search, const ConvertWatch& watch = {});

/// The same with one model for everybody.
ConvertReport convert(const ConvertOptions& options, Swapper& swapper, const SearchFaces& search,
                      const ConvertWatch& watch = {});

}  // namespace cameo

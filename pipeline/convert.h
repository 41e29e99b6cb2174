// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/infer/swapper.h"
#include "pipeline/compose/converter.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"

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
  std::filesystem::path model;   ///< folder or file that training wrote
  Side side = Side::B;           ///< whose face is put in; A reverses the swap

  ConverterKind converter = ConverterKind::Masked;
  ComposeOptions compose;

  std::vector<std::string> ranges;  ///< frames to change, see parse_ranges; none: all
  bool discard = false;             ///< leave out the other frames instead of copying them
  std::filesystem::path faces;      ///< faces file; empty: `<input>.faces.json` if it fits
  bool search = false;              ///< detect again although a file beside the input fits
  std::optional<int> smooth;  ///< frames on each side; unset: kSmoothFrames for a video, else 0

  int batch = 1;  ///< batch size of the network
  bool overwrite = false;
  bool dry_run = false;              ///< check everything, write nothing
  VideoWriterOptions encode;         ///< codec and quality of a video, streams to leave out
  std::string image_format = "png";  ///< suffix of a video's frames in a folder
  OutputHooks hooks;                 ///< run on what was drawn on, before it is written
};

/// Counts of a conversion.
struct ConvertReport {
  std::int64_t frames = 0;  ///< read
  std::int64_t written = 0;
  std::int64_t converted = 0;        ///< frames with at least one face swapped
  std::int64_t faces = 0;            ///< swapped
  std::int64_t without_face = 0;     ///< inside the ranges, written as they were
  std::int64_t outside = 0;          ///< outside the ranges, written as they were or left out
  std::int64_t searched = 0;         ///< inside the ranges, in no faces file: searched
  std::vector<std::string> failed;   ///< frames that could not be read or converted, and why
  std::filesystem::path faces_file;  ///< the file that the faces came from; empty: none
  bool stopped = false;              ///< the watcher asked to end early
  double seconds = 0;
};

/// Callbacks of a running conversion.
struct ConvertWatch {
  /// After each frame: how many are done, of how many (0: not known). False ends the run after this
  /// frame, with a finished output.
  std::function<bool(std::int64_t done, std::int64_t count)> progress;
  /// Something a user should know, one line.
  std::function<void(std::string_view line)> note;
};

/// Detection of the faces of one frame.
using FindFaces = std::function<FrameFaces(const Frame&)>;

/// Converts frame by frame, in order: read, detect, swap, compose, write; a thread reads ahead.
/// find: for frames that no faces file speaks of, which the watcher is told. A frame without a face
/// is written as it was, an image byte for byte (FrameSink::write); one that cannot be read or
/// worked on is reported and left out. Throws Error: ErrorCode::Usage for options that cannot be
/// met, before any work; ErrorCode::Input if the input cannot be opened or the output not written;
/// what `find` throws with a code other than Failed; ErrorCode::Device.
ConvertReport convert(const ConvertOptions& options, Swapper& swapper, const FindFaces& find,
                      const ConvertWatch& watch = {});

}  // namespace cameo

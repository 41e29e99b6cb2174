// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/face/descriptor.h"
#include "pipeline/face/geometry.h"

namespace cameo {

/// How a face's place is known.
enum class Found {
  Detected,      ///< by the detector, in this frame
  Tracked,       ///< predicted between two frames where it was detected, and verified
  Interpolated,  ///< between two frames where it was found; this frame does not show it clearly
};

/// A face in a frame.
struct Face {
  cv::Rect box;                    ///< the detector's box, clipped to the frame
  double score = 0;                ///< the detector's confidence; larger is surer
  Landmarks landmarks;             ///< of any scheme; empty if they are not known
  std::optional<double> distance;  ///< to the wanted person, where there was a filter
  std::string crop;                ///< file name of the extracted face, empty if none was written
  int track = -1;                  ///< id of its Track; -1 for none, as in still images
  Found found = Found::Detected;
  double sharpness = 0;  ///< face_sharpness of a video's face; 0: not measured
  /// Of a face that prune_faces rejected in this frame alone: the track it had, -1 for none.
  std::optional<int> pruned;
};

/// All faces of one frame; a frame without one is kept.
struct FrameFaces {
  std::string name;        ///< base name of the image, or the number of a video's frame, six digits
  std::int64_t index = 0;  ///< position in the input, from 0
  double seconds = 0;      ///< time stamp of a video's frame; 0 for images
  bool cut = false;        ///< begins another shot than the frame before
  std::vector<int> left_out;   ///< tracks of kept faces that are more than a frame may have
  std::string file_id;         ///< source_fingerprint of an image's file; empty: video or not known
  std::vector<Face> faces;     ///< those that a filter let through, largest first
  std::vector<Face> rejected;  ///< those it kept out; of earlier releases only the distance
};

/// What a filter says of a person.
enum class Wanted {
  Yes,
  No,
  Borderline,  ///< near the threshold or the margin, or the faces of the track do not agree
};

/// One face followed through the frames of a shot.
struct Track {
  int id = 0;
  std::int64_t first = 0, last = 0;      ///< positions of its first and last frame in the input
  std::int64_t frames = 0;               ///< in how many it is known
  std::optional<Descriptor> descriptor;  ///< mean of its clearest faces, of length 1; if described
  std::optional<double> distance;        ///< to the wanted person, where there was a filter
  Wanted wanted = Wanted::Yes;
  bool kept = true;  ///< its faces are among FrameFaces::faces, not rejected
  int person = -1;   ///< number that clustering gave to who it is; -1 for none
};

/// A frame that could not be used, and why.
struct Unreadable {
  std::string name;
  std::string why;
  std::int64_t index = 0;  ///< position in the input, from 0
};

/// Faces of an input: the contents of a `.faces.json` file.
struct FacesFile {
  std::string source;         ///< the input as it was named
  std::string source_id;      ///< its source_fingerprint, or source_sha256 of earlier releases
  int width = 0, height = 0;  ///< of the first frame, in pixels
  double pixel_aspect = 1;    ///< width of a pixel to its height
  std::string settings;       ///< of the extraction, as text; equal settings give equal faces
  bool complete = true;       ///< false: the run was stopped, `frames` is a beginning
  bool searched = true;       ///< false: not all frames have been looked at, tracks are not known
  std::vector<FrameFaces> frames;
  std::vector<Unreadable> unreadable;  ///< those that failed; not among `frames`
  std::vector<Track> tracks;           ///< of a video, by id
};

/// `<input>.faces.json` beside the input (folder, image or video).
std::filesystem::path faces_path(const std::filesystem::path& input);

/// Writes atomically (temporary file, then rename), one frame a line.
/// Throws Error (ErrorCode::Input) if it cannot.
void write_faces(const std::filesystem::path& file, const FacesFile& faces);

/// A faces file that grows by a line a frame while its run lasts: a kill loses at most the line
/// that is being written. read_faces reads it, and write_faces in its place gives the file its
/// final form.
class FacesJournal {
 public:
  /// Begins the file with `faces`, what is known so far; atomically, as write_faces does.
  /// Throws Error (ErrorCode::Input) if it cannot.
  FacesJournal(std::filesystem::path file, const FacesFile& faces);

  /// Adds a frame, in place of what the file says of its index. Throws Error (ErrorCode::Input).
  void append(const FrameFaces& frame);
  void append(const Unreadable& frame);
  /// Says again all of `faces` but its frames: its size is known only with the first one.
  void append_head(const FacesFile& faces);
  /// Puts `faces` in the place of all that was said, atomically.
  void restart(const FacesFile& faces);

 private:
  void append_line(const std::string& line);

  std::filesystem::path file_;
  std::ofstream out_;
};

/// Reads what write_faces or FacesJournal wrote, or faceswap's alignments.json (base name -> list
/// of {x, y, w, h, landmarksXY}). The latter has no frame numbers: its frames are counted in
/// natural order of their names, and are to be matched by name. A list of landmarks that is missing
/// there leaves none. Throws Error (ErrorCode::Input if it cannot be read, ErrorCode::Format if it
/// holds something else, or faces of rotated frames, `r`).
FacesFile read_faces(const std::filesystem::path& file);

}  // namespace cameo

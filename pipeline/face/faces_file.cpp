// SPDX-License-Identifier: MIT
#include "pipeline/face/faces_file.h"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/files.h"
#include "pipeline/face/json_number.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
constexpr int kVersion = 1;
constexpr const char* kHint = "take a copy of the file, or move it away and extract again";

constexpr std::array kFound = {"detected", "tracked", "interpolated"};
constexpr std::array kWanted = {"yes", "no", "borderline"};

/// The enumerator that `word` stands for.
template <class Enum, std::size_t N>
Enum named(const std::array<const char*, N>& words, const std::string& word) {
  const auto at = std::find(words.begin(), words.end(), word);
  check(at != words.end(), ErrorCode::Format, "unknown word '", word, "'");
  return static_cast<Enum>(at - words.begin());
}

json to_json(const Face& face) {
  json points = json::array();
  for (const auto& p : face.landmarks) points.push_back({p.x, p.y});
  json out = {{"box", {face.box.x, face.box.y, face.box.width, face.box.height}},
              {"score", face.score},
              {"landmarks", std::move(points)}};
  if (face.distance) out["distance"] = *face.distance;
  if (!face.crop.empty()) out["crop"] = face.crop;
  if (face.track >= 0) out["track"] = face.track;
  if (face.track >= 0 || face.found != Found::Detected)
    out["found"] = kFound.at(static_cast<std::size_t>(face.found));
  if (face.sharpness > 0) out["sharpness"] = face.sharpness;
  if (face.pruned) out["pruned"] = *face.pruned;
  return out;
}

json to_json(const Track& track) {
  json out = {{"id", track.id},
              {"first", track.first},
              {"last", track.last},
              {"frames", track.frames},
              {"wanted", kWanted.at(static_cast<std::size_t>(track.wanted))},
              {"kept", track.kept}};
  if (track.person >= 0) out["person"] = track.person;
  if (track.distance) out["distance"] = *track.distance;
  if (track.descriptor) out["descriptor"] = *track.descriptor;
  return out;
}

json to_json(const FrameFaces& frame) {
  json faces = json::array();
  for (const auto& face : frame.faces) faces.push_back(to_json(face));
  json out = {{"name", frame.name}, {"index", frame.index}, {"faces", std::move(faces)}};
  if (frame.seconds != 0) out["seconds"] = frame.seconds;
  if (frame.cut) out["cut"] = true;
  if (!frame.left_out.empty()) out["left_out"] = frame.left_out;
  if (!frame.file_id.empty()) out["file_id"] = frame.file_id;
  for (const auto& face : frame.rejected) out["rejected"].push_back(to_json(face));
  return out;
}

json to_json(const Unreadable& frame) {
  return {{"name", frame.name}, {"index", frame.index}, {"why", frame.why}};
}

json head_of(const FacesFile& faces) {
  json head = {{"cameo_faces", kVersion},      {"source", faces.source},
               {"source_id", faces.source_id}, {"width", faces.width},
               {"height", faces.height},       {"settings", faces.settings},
               {"complete", faces.complete}};
  if (!faces.searched) head["searched"] = false;
  if (faces.pixel_aspect != 1) head["pixel_aspect"] = faces.pixel_aspect;
  for (const auto& track : faces.tracks) head["tracks"].push_back(to_json(track));
  return head;
}

/// File names need not be UTF-8; what is not is shown by a replacement character.
std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Landmarks landmarks_from(const json& points) {
  Landmarks out;
  out.reserve(points.size());
  for (const json& point : points)
    out.emplace_back(json_number<float>(point.at(0)), json_number<float>(point.at(1)));
  // Zeros stood for landmarks that are not known.
  const bool known =
      std::any_of(out.begin(), out.end(), [](const cv::Point2f& p) { return p != cv::Point2f(); });
  if (!known) out.clear();
  return out;
}

Face face_from(const json& in) {
  Face face;
  const json& box = in.at("box");
  face.box = {json_number<int>(box.at(0)), json_number<int>(box.at(1)), json_number<int>(box.at(2)),
              json_number<int>(box.at(3))};
  check(face.box.width >= 0 && face.box.height >= 0, ErrorCode::Format, "a face of ",
        face.box.width, "x", face.box.height, " pixels; ", kHint);
  face.score = in.at("score").get<double>();
  face.landmarks = landmarks_from(in.at("landmarks"));
  if (in.contains("distance")) face.distance = in.at("distance").get<double>();
  face.crop = in.value("crop", "");
  face.track = json_number(in, "track", -1);
  face.found = named<Found>(kFound, in.value("found", kFound.front()));
  face.sharpness = in.value("sharpness", 0.0);
  if (in.contains("pruned")) face.pruned = json_number<int>(in.at("pruned"));
  return face;
}

Track track_from(const json& in) {
  Track track{.id = json_number<int>(in.at("id")),
              .first = json_number<std::int64_t>(in.at("first")),
              .last = json_number<std::int64_t>(in.at("last")),
              .frames = json_number<std::int64_t>(in.at("frames")),
              .wanted = named<Wanted>(kWanted, in.at("wanted").get<std::string>()),
              .kept = in.at("kept").get<bool>(),
              .person = json_number(in, "person", -1)};
  if (in.contains("distance")) track.distance = in.at("distance").get<double>();
  if (in.contains("descriptor")) track.descriptor = in.at("descriptor").get<Descriptor>();
  return track;
}

/// A number was all that earlier releases wrote of a face that was kept out: its distance.
Face rejected_from(const json& in) {
  Face face;
  if (!in.is_number()) return face_from(in);
  face.distance = in.get<double>();
  return face;
}

FrameFaces frame_from(const json& in) {
  FrameFaces frame{.name = in.at("name").get<std::string>(),
                   .index = json_number<std::int64_t>(in.at("index")),
                   .seconds = in.value("seconds", 0.0)};
  check(frame.index >= 0, ErrorCode::Format, "a frame of index ", frame.index, "; ", kHint);
  for (const json& face : in.at("faces")) frame.faces.push_back(face_from(face));
  frame.cut = in.value("cut", false);
  for (const json& track : in.value("left_out", json::array()))
    frame.left_out.push_back(json_number<int>(track));
  frame.file_id = in.value("file_id", "");
  for (const json& face : in.value("rejected", json::array()))
    frame.rejected.push_back(rejected_from(face));
  return frame;
}

Unreadable unreadable_from(const json& in) {
  return {.name = in.at("name").get<std::string>(),
          .why = in.at("why").get<std::string>(),
          .index = json_number<std::int64_t>(in.at("index"))};
}

FacesFile from_head(const json& in) {
  const int version = json_number<int>(in.at("cameo_faces"));
  check(version == kVersion, ErrorCode::Format, "version ", version,
        ", this program reads version ", kVersion);
  FacesFile out{.source = in.at("source").get<std::string>(),
                .source_id = in.at(in.contains("source_id") ? "source_id" : "source_sha256"),
                .width = json_number<int>(in.at("width")),
                .height = json_number<int>(in.at("height")),
                .pixel_aspect = in.value("pixel_aspect", 1.0),
                .settings = in.value("settings", ""),
                .complete = in.value("complete", true),
                .searched = in.value("searched", true)};
  for (const json& frame : in.value("unreadable", json::array()))
    out.unreadable.push_back(unreadable_from(frame));
  for (const json& track : in.value("tracks", json::array()))
    out.tracks.push_back(track_from(track));
  return out;
}

/// A part of the file; the library's message about it becomes one of ours, with its place.
template <class Read>
auto part(const std::string& place, Read&& read) {
  try {
    return read();
  } catch (const json::exception&) {
    fail(ErrorCode::Format, place, " is damaged: a value is missing or of another kind; ", kHint);
  } catch (const Error& e) {
    fail(ErrorCode::Format, place, ": ", e.what());
  }
}

/// Takes the frames of a faces file out of what is parsed, one by one: as JSON they would need ten
/// times their memory. A fault in one of them is told when the rest is known to be sound.
struct FrameTaker {
  std::vector<FrameFaces> frames;
  std::exception_ptr fault;
  bool ours = false;    // our head was seen
  bool inside = false;  // the list of frames

  /// What the parser asks of each value: whether to keep it.
  bool keep(int depth, json::parse_event_t event, const json& value) {
    if (event == json::parse_event_t::key && depth == 1) {
      ours = ours || value == "cameo_faces";
      inside = ours && value == "frames";
    }
    if (!inside || depth != 2 || event != json::parse_event_t::object_end) return true;
    if (fault) return false;
    try {
      frames.push_back(part("entry " + std::to_string(frames.size() + 1) + " of its frames",
                            [&] { return frame_from(value); }));
    } catch (const Error&) {
      fault = std::current_exception();
    }
    return false;
  }
};

/// in: all but the frames that were taken out.
FacesFile from_ours(const json& in, FrameTaker& taker) {
  FacesFile out = part("its head", [&] { return from_head(in); });
  check(in.contains("frames") && in.at("frames").is_array(), ErrorCode::Format,
        "the list of its frames is missing; ", kHint);
  if (taker.fault) std::rethrow_exception(taker.fault);
  out.frames = std::move(taker.frames);
  for (const json& frame : in.at("frames"))
    out.frames.push_back(part("an entry of its frames", [&] { return frame_from(frame); }));
  return out;
}

/// Number of the line, from 1, that a byte lies in.
std::string line_at(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  return "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

json parsed(std::string_view text, FrameTaker& taker) {
  try {
    return json::parse(text, [&](int depth, json::parse_event_t event, json& value) {
      return taker.keep(depth, event, value);
    });
  } catch (const json::parse_error& e) {
    fail(ErrorCode::Format, line_at(text, e.byte == 0 ? 0 : e.byte - 1),
         " is damaged, or the file is cut off there; ", kHint);
  } catch (const json::exception&) {
    fail(ErrorCode::Format, "holds a number that is too large; ", kHint);
  }
}

/// A journal is one JSON value a line, the head first. Only the last line may be cut off.
bool is_journal(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  const json first = json::parse(text.substr(0, end), nullptr, false);
  return first.is_object() && first.contains("cameo_faces") && !first.contains("frames");
}

FacesFile from_journal(std::string_view text) {
  FacesFile out;
  std::map<std::int64_t, FrameFaces> frames;
  std::map<std::int64_t, Unreadable> unreadable;
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut off, for each line is ended by one write
    const std::string place = "line " + std::to_string(++number);
    const std::string_view row = text.substr(0, end);
    const json line = json::parse(row, nullptr, false);
    text.remove_prefix(end + 1);
    check(line.is_object(), ErrorCode::Format, place, " is damaged; ", kHint);
    if (line.contains("cameo_faces")) {
      out = part(place, [&] { return from_head(line); });
    } else if (line.contains("why")) {
      Unreadable frame = part(place, [&] { return unreadable_from(line); });
      frames.erase(frame.index);
      unreadable[frame.index] = std::move(frame);
    } else {
      FrameFaces frame = part(place, [&] { return frame_from(line); });
      unreadable.erase(frame.index);
      frames[frame.index] = std::move(frame);
    }
  }
  for (auto& [index, frame] : frames) out.frames.push_back(std::move(frame));
  for (auto& [index, frame] : unreadable) out.unreadable.push_back(std::move(frame));
  return out;
}

Face face_from_faceswap(const json& in) {
  Face face;
  face.box = {json_number<int>(in.at("x")), json_number<int>(in.at("y")),
              json_number<int>(in.at("w")), json_number<int>(in.at("h"))};
  const int rotated = json_number(in, "r", 0);
  check(rotated == 0, ErrorCode::Format, "a face found in a frame rotated by ", rotated,
        " degrees; extract again");
  if (in.contains("landmarksXY")) face.landmarks = landmarks_from(in.at("landmarksXY"));
  return face;
}

FacesFile from_faceswap(const json& in) {
  FacesFile out;
  for (const auto& [name, faces] : in.items()) {
    FrameFaces frame{.name = name};
    for (const json& face : faces) frame.faces.push_back(face_from_faceswap(face));
    out.frames.push_back(std::move(frame));
  }
  std::sort(out.frames.begin(), out.frames.end(),
            [](const FrameFaces& a, const FrameFaces& b) { return natural_less(a.name, b.name); });
  for (std::size_t i = 0; i < out.frames.size(); ++i)
    out.frames[i].index = static_cast<std::int64_t>(i);
  return out;
}

}  // namespace

fs::path faces_path(const fs::path& input) {
  constexpr std::string_view kSuffix = ".faces.json";
  const fs::path path = tidy_path(input);
  const std::string name = shortened_name(path.filename().string(), kSuffix.size());
  return path.parent_path() / (name + std::string(kSuffix));
}

void write_faces(const fs::path& file, const FacesFile& faces) {
  json head = head_of(faces);
  for (const auto& frame : faces.unreadable) head["unreadable"].push_back(to_json(frame));
  std::string begin = line_of(head);
  begin.back() = ',';
  // Line by line: of an hour's clip the whole text takes more memory than the faces.
  make_folder(file.parent_path());
  AtomicFile out(file);
  out.write(begin + "\n\"frames\": [");
  const char* before = "\n";
  for (const auto& frame : faces.frames) {
    out.write(before + line_of(to_json(frame)));
    before = ",\n";
  }
  out.write("\n]}\n");
  out.commit();
}

FacesJournal::FacesJournal(fs::path file, const FacesFile& faces) : file_(std::move(file)) {
  restart(faces);
}

void FacesJournal::restart(const FacesFile& faces) {
  out_.close();
  out_.clear();
  make_folder(file_.parent_path());
  AtomicFile begun(file_);
  begun.write(line_of(head_of(faces)) + '\n');
  for (const auto& frame : faces.frames) begun.write(line_of(to_json(frame)) + '\n');
  for (const auto& frame : faces.unreadable) begun.write(line_of(to_json(frame)) + '\n');
  begun.commit();
  out_.open(file_, std::ios::binary | std::ios::app);
  check(out_.good(), ErrorCode::Input, file_.string(), ": cannot be written");
}

void FacesJournal::append_line(const std::string& line) {
  out_ << line + '\n' << std::flush;
  check(out_.good(), ErrorCode::Input, file_.string(), ": cannot be written");
}

void FacesJournal::append(const FrameFaces& frame) {
  append_line(line_of(to_json(frame)));
}

void FacesJournal::append(const Unreadable& frame) {
  append_line(line_of(to_json(frame)));
}

void FacesJournal::append_head(const FacesFile& faces) {
  append_line(line_of(head_of(faces)));
}

FacesFile read_faces(const fs::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    if (is_journal(text)) return from_journal(text);
    FrameTaker taker;
    const json in = parsed(text, taker);
    check(in.is_object(), ErrorCode::Format, "is no faces file: not a JSON object");
    return in.contains("cameo_faces")
               ? from_ours(in, taker)
               : part("as faceswap's alignments, an entry", [&] { return from_faceswap(in); });
  } catch (const Error& e) {
    fail(ErrorCode::Format, file.string(), ": ", e.what());
  }
}

}  // namespace cameo

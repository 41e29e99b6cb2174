// SPDX-License-Identifier: MIT
#include "pipeline/face/faces_file.h"

#include <algorithm>
#include <span>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
constexpr int kVersion = 1;

json to_json(const Face& face) {
  json points = json::array();
  for (const auto& p : face.landmarks) points.push_back({p.x, p.y});
  json out = {{"box", {face.box.x, face.box.y, face.box.width, face.box.height}},
              {"score", face.score},
              {"landmarks", std::move(points)}};
  if (face.distance) out["distance"] = *face.distance;
  if (!face.crop.empty()) out["crop"] = face.crop;
  return out;
}

json to_json(const FrameFaces& frame) {
  json faces = json::array();
  for (const auto& face : frame.faces) faces.push_back(to_json(face));
  json out = {{"name", frame.name}, {"index", frame.index}, {"faces", std::move(faces)}};
  if (frame.seconds != 0) out["seconds"] = frame.seconds;
  if (!frame.rejected.empty()) out["rejected"] = frame.rejected;
  return out;
}

json to_json(const Unreadable& frame) {
  return {{"name", frame.name}, {"index", frame.index}, {"why", frame.why}};
}

Landmarks landmarks_from(const json& points) {
  Landmarks out;
  out.reserve(points.size());
  for (const json& point : points)
    out.emplace_back(point.at(0).get<float>(), point.at(1).get<float>());
  // Zeros stood for landmarks that are not known.
  const bool known =
      std::any_of(out.begin(), out.end(), [](const cv::Point2f& p) { return p != cv::Point2f(); });
  return known ? out : Landmarks();
}

Face face_from(const json& in) {
  Face face;
  const json& box = in.at("box");
  face.box = {box.at(0).get<int>(), box.at(1).get<int>(), box.at(2).get<int>(),
              box.at(3).get<int>()};
  face.score = in.at("score").get<double>();
  face.landmarks = landmarks_from(in.at("landmarks"));
  if (in.contains("distance")) face.distance = in.at("distance").get<double>();
  face.crop = in.value("crop", "");
  return face;
}

FrameFaces frame_from(const json& in) {
  FrameFaces frame{.name = in.at("name").get<std::string>(),
                   .index = in.at("index").get<std::int64_t>(),
                   .seconds = in.value("seconds", 0.0)};
  for (const json& face : in.at("faces")) frame.faces.push_back(face_from(face));
  frame.rejected = in.value("rejected", std::vector<double>());
  return frame;
}

FacesFile from_ours(const json& in) {
  const int version = in.at("cameo_faces").get<int>();
  check(version == kVersion, ErrorCode::Format, "version ", version,
        ", this program reads version ", kVersion);
  FacesFile out{.source = in.at("source").get<std::string>(),
                .source_sha256 = in.at("source_sha256").get<std::string>(),
                .width = in.at("width").get<int>(),
                .height = in.at("height").get<int>(),
                .settings = in.value("settings", ""),
                .complete = in.value("complete", true)};
  for (const json& frame : in.at("frames")) out.frames.push_back(frame_from(frame));
  for (const json& frame : in.value("unreadable", json::array()))
    out.unreadable.push_back({.name = frame.at("name").get<std::string>(),
                              .why = frame.at("why").get<std::string>(),
                              .index = frame.at("index").get<std::int64_t>()});
  return out;
}

Face face_from_faceswap(const json& in) {
  Face face;
  face.box = {in.at("x").get<int>(), in.at("y").get<int>(), in.at("w").get<int>(),
              in.at("h").get<int>()};
  check(in.value("r", 0) == 0, ErrorCode::Format, "a face found in a frame turned by ",
        in.value("r", 0), " degrees; extract again");
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
  fs::path path = tidy_path(input);
  path += ".faces.json";
  return path;
}

void write_faces(const fs::path& file, const FacesFile& faces) {
  json head = {
      {"cameo_faces", kVersion},   {"source", faces.source}, {"source_sha256", faces.source_sha256},
      {"width", faces.width},      {"height", faces.height}, {"settings", faces.settings},
      {"complete", faces.complete}};
  for (const auto& frame : faces.unreadable) head["unreadable"].push_back(to_json(frame));
  // File names need not be UTF-8; what is not is shown by a replacement character.
  const auto line = [](const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  std::string text = line(head);
  text.back() = ',';
  text += "\n\"frames\": [";
  const char* before = "\n";
  for (const auto& frame : faces.frames) {
    text += before + line(to_json(frame));
    before = ",\n";
  }
  text += "\n]}\n";
  write_bytes(file, {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

FacesFile read_faces(const fs::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  try {
    const json in = json::parse(bytes.begin(), bytes.end());
    check(in.is_object(), ErrorCode::Format, "not an object");
    return in.contains("cameo_faces") ? from_ours(in) : from_faceswap(in);
  } catch (const json::exception& e) {
    fail(ErrorCode::Format, file.string(), ": not a file of found faces: ", e.what());
  } catch (const Error& e) {
    fail(ErrorCode::Format, file.string(), ": ", e.what());
  }
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "tools/pictures.h"

#include <nlohmann/json.hpp>

#include "kernels/check.h"
#include "pipeline/about.h"
#include "pipeline/faces.h"
#include "pipeline/models.h"
#include "pipeline/picture.h"
#include "pipeline/sink.h"
#include "pipeline/video.h"
#include "tools/machine.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json describe_picture(const fs::path& file) {
  const cv::Mat picture = read_picture(file);
  return {{"kind", "picture"},
          {"name", file.string()},
          {"bytes", fs::file_size(file)},
          {"width", picture.cols},
          {"height", picture.rows}};
}

Json describe_video(const fs::path& file) {
  const VideoReader reader(file);
  const VideoInfo& info = reader.info();
  return {
      {"kind", "video"},       {"name", file.string()},   {"bytes", fs::file_size(file)},
      {"width", info.width},   {"height", info.height},   {"frames_per_second", info.rate.value()},
      {"frames", info.frames}, {"seconds", info.seconds}, {"turned_degrees", info.turned},
      {"codec", info.codec}};
}

Json describe_faces(const fs::path& file) {
  const FacesFile found = read_faces(file);
  std::size_t with_face = 0, faces = 0;
  for (const FrameFaces& frame : found.frames) {
    faces += frame.faces.size();
    if (!frame.faces.empty()) ++with_face;
  }
  return {{"kind", "faces file"},
          {"name", file.string()},
          {"source", found.source},
          {"source_sha256", found.source_sha256},
          {"width", found.width},
          {"height", found.height},
          {"frames", found.frames.size()},
          {"frames_with_a_face", with_face},
          {"faces", faces}};
}

Json describe_folder(const fs::path& folder) {
  const std::vector<fs::path> pictures = list_pictures(folder);
  check(!pictures.empty(), Fault::Input, folder.string(), ": no pictures and no model in there");
  Json first = describe_picture(pictures.front());
  return {{"kind", "folder of pictures"},  {"name", folder.string()},
          {"pictures", pictures.size()},   {"first", pictures.front().filename().string()},
          {"first_width", first["width"]}, {"first_height", first["height"]}};
}

}  // namespace

std::vector<Command> picture_commands() {
  return {{"extract", "find faces in pictures or a video and cut them out", extract_command},
          {"convert", "draw the other person's face into pictures or a video", convert_command},
          {"evaluate", "measure a swap", evaluate_command},
          {"synth", "draw an actor, and the exact swap to another one", synth_command}};
}

std::vector<LibraryVersion> picture_libraries() {
  return picture_stage_libraries();
}

std::vector<ForeignModel> foreign_models() {
  std::vector<ForeignModel> models;
  for (const ModelFile& file : model_files())
    models.push_back({std::string(file.name), std::string(file.purpose), std::string(file.licence),
                      std::string(file.sha256),
                      locate_model(file.name, {models_folder()}).value_or(fs::path())});
  return models;
}

std::optional<Json> describe_media(const fs::path& file) {
  if (fs::is_directory(file)) return describe_folder(file);
  if (file.extension() == ".json") return describe_faces(file);
  if (is_picture(file)) return describe_picture(file);
  if (is_video_name(file)) return describe_video(file);
  return std::nullopt;
}

}  // namespace cameo

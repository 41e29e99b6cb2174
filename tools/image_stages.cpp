// SPDX-License-Identifier: MIT
#include "tools/image_stages.h"

#include <memory>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "pipeline/compose/example_files.h"
#include "pipeline/face/blas.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/face/models.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"
#include "pipeline/media/library_versions.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/video.h"
#include "tools/cli/machine.h"
#include "tools/origin_json.h"
#include "tools/sign_flags.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What a file says of its origin.
Json describe_origin(const fs::path& file, const C2pa* c2pa) {
  Origin origin{.declaration = declaration_of(file), .signature = check_signature(file)};
  origin.c2pa = check_manifest(c2pa, file, origin.declaration.c2pa);
  try {
    origin.watermark = find_watermark(file);
  } catch (const Error&) {  // its pixels cannot be decoded, and the rest is shown all the same
  }
  return origin_json(origin);
}

Json describe_image(const fs::path& file, const C2pa* c2pa) {
  const cv::Mat image = read_image(file);
  return {{"kind", "image"},     {"name", file.string()}, {"bytes", fs::file_size(file)},
          {"width", image.cols}, {"height", image.rows},  {"origin", describe_origin(file, c2pa)}};
}

Json describe_video(const fs::path& file, const C2pa* c2pa) {
  const VideoReader reader(file);
  const VideoInfo& info = reader.info();
  return {{"kind", "video"},
          {"name", file.string()},
          {"bytes", fs::file_size(file)},
          {"width", info.width},
          {"height", info.height},
          {"frames_per_second", info.rate.value()},
          {"frames", info.frames},
          {"seconds", info.seconds},
          {"rotation", info.rotation},
          {"codec", info.codec},
          {"origin", describe_origin(file, c2pa)}};
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
          {"source_id", found.source_id},
          {"width", found.width},
          {"height", found.height},
          {"frames", found.frames.size()},
          {"frames_with_a_face", with_face},
          {"faces", faces}};
}

Json describe_folder(const fs::path& folder, const C2pa* c2pa) {
  const std::vector<fs::path> images = list_images(folder);
  check(!images.empty(), ErrorCode::Input, folder.string(), ": no images and no model in there");
  Json first = describe_image(images.front(), c2pa);
  return {{"kind", "folder of images"},    {"name", folder.string()},
          {"images", images.size()},       {"first", images.front().filename().string()},
          {"first_width", first["width"]}, {"first_height", first["height"]}};
}

}  // namespace

std::vector<Command> image_commands() {
  return {{"extract", "extract aligned faces from images and videos", extract_command},
          {"faces", "list, cluster, show and prune the people of a faces file", faces_command},
          {"convert", "swap faces in images and videos", convert_command},
          {"preview", "render one frame under a grid of settings", preview_command},
          {"evaluate", "measure converted frames", evaluate_command},
          {"verify", "check whether images and videos say that they are synthetic", verify_command},
          {"synth", "render an actor, with ground-truth swaps", synth_command},
          {"benchmark", "measure the speed of extraction and conversion here", benchmark_command}};
}

std::vector<LibraryVersion> image_libraries() {
  std::vector<LibraryVersion> libraries = media_library_versions();
  // "c2pa-c-ffi/0.91.3 c2pa-rs/0.91.3"
  if (const auto c2pa = C2pa::find())
    libraries.push_back({kC2paLibrary, c2pa->version(), "writes and checks C2PA manifests"});
  const std::string config = blas_config();  // "OpenBLAS 0.3.21 MAX_THREADS=64"
  const std::size_t space = config.find(' ');
  if (space == std::string::npos) return libraries;
  const std::string version = config.substr(space + 1, config.find(' ', space + 1) - space - 1);
  libraries.push_back({config.substr(0, space), version,
                       is_thread_safe(config)
                           ? "of dlib"
                           : "of dlib; without locks, so it finds and tells apart faces on one core"
                             " (Debian's libopenblas0-pthread does on all)"});
  return libraries;
}

std::vector<ForeignModel> foreign_models() {
  std::vector<ForeignModel> models;
  const ModelFolders folders{models_folder()};
  for (const ModelFile& file : model_files()) {
    models.push_back({.name = std::string(file.name),
                      .purpose = std::string(file.purpose),
                      .terms = std::string(file.licence),
                      .sha256 = std::string(file.sha256),
                      .found = locate_model(file.name, folders).value_or(fs::path())});
    try {
      if (!models.back().found.empty()) find_model(file.name, folders);
    } catch (const Error& e) {
      models.back().problem = e.what();
    }
  }
  return models;
}

std::pair<std::size_t, std::size_t> keep_examples(const fs::path& model,
                                                  std::span<const fs::path> faces_a,
                                                  std::span<const fs::path> faces_b, int most) {
  const auto count = static_cast<std::size_t>(most);
  return {save_examples(model, Side::A, faces_a, count),
          save_examples(model, Side::B, faces_b, count)};
}

std::optional<std::string> sha256_if_built(const std::string& text) {
  return sha256_of_text(text);
}

std::optional<Json> describe_media(const fs::path& file, const std::string& c2pa_library) {
  if (file.extension() == ".json" && !fs::is_directory(file)) return describe_faces(file);
  const std::unique_ptr<C2pa> c2pa = open_c2pa(c2pa_library);
  if (fs::is_directory(file)) return describe_folder(file, c2pa.get());
  if (format_of_file(file) != ImageFormat::None || format_of_name(file) != ImageFormat::None)
    return describe_image(file, c2pa.get());
  if (is_video_name(file)) return describe_video(file, c2pa.get());
  return std::nullopt;
}

}  // namespace cameo

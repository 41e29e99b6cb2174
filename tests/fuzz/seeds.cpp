// SPDX-License-Identifier: MIT
// Writes the seeds of the fuzz targets, DIR/TARGET/..., from drawn pictures: fuzz_seeds DIR
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>
#include <zip.h>

#include "base/files.h"
#include "engine/safetensors.h"
#include "model/keras/file.h"
#include "pipeline/face/faces_file.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "pipeline/media/xmp_movie.h"
#include "pipeline/media/xmp_still.h"
#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

cv::Mat drawn(int number, int side = 32) {
  return synth::render(synth::random_actor(1), synth::scene(1, number),
                       {.width = side, .height = side});
}

/// A packet longer than one segment of a JPEG takes.
std::string long_packet() {
  std::string packet = declared_packet("");
  const std::string more = "<rdf:Description rdf:about='' xmlns:a='urn:a:'><a:b>" +
                           std::string(70000, 'x') + "</a:b></rdf:Description>";
  return packet.insert(packet.find("</rdf:RDF>"), more);
}

void write_images(const fs::path& folder) {
  cv::Mat deep;
  drawn(1).convertTo(deep, CV_16U, 257);
  ImageMetadata metadata;
  const std::string xmp = declared_packet("");
  metadata.xmp.assign(xmp.begin(), xmp.end());
  metadata.dpi_x = metadata.dpi_y = 300;
  const auto shared = std::make_shared<const ImageMetadata>(metadata);
  const cv::Mat alpha(32, 32, CV_8UC1, cv::Scalar(99));
  for (const char* suffix : {"png", "jpg", "tif", "webp", "bmp"}) {
    const std::string name = std::string("a.") + suffix;
    const auto plain = encode_image(name, drawn(0));
    write_bytes(folder / "image" / name, plain);
    write_bytes(folder / "image" / ("b." + std::string(suffix)),
                encode_still(name, {.pixels = drawn(0), .alpha = alpha, .metadata = shared}));
    if (!takes_xmp(format_of_bytes(plain))) continue;
    write_bytes(folder / "xmp_still" / name, plain);
    write_bytes(folder / "xmp_still" / ("b." + std::string(suffix)), with_xmp(plain, xmp));
  }
  write_bytes(folder / "image/c.png", encode_image("c.png", deep));
  write_bytes(folder / "image/c.tif", encode_image("c.tif", deep));
  write_bytes(folder / "xmp_still/c.jpg", with_xmp(encode_image("c.jpg", drawn(0)), long_packet()));
}

void write_packets(const fs::path& folder) {
  write_text(folder / "xmp_packet/new.xmp", declared_packet(""));
  write_text(folder / "xmp_packet/foreign.xmp",
             "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF "
             "xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' "
             "xmlns:xap='http://ns.adobe.com/xap/1.0/' xap:CreatorTool='Camera &amp; 1'>"
             "<d:description xmlns:d='http://purl.org/dc/elements/1.1/'><r:Alt><r:li "
             "xml:lang='x-default'>text</r:li></r:Alt></d:description></r:Description></r:RDF>"
             "</x:xmpmeta>");
}

void write_videos(const fs::path& folder) {
  for (const char* suffix : {".mp4", ".mov", ".mkv", ".avi", ".webm"}) {
    const fs::path file = folder / "video" / (std::string("a") + suffix);
    VideoWriter writer(file, {.crf = 40, .preset = std::string(suffix) == ".webm" ? "" : "fast"});
    for (int i = 0; i < 3; ++i) writer.write(drawn(i, 48));
    writer.finish();
    if (std::string(suffix) != ".mp4" && std::string(suffix) != ".mov") continue;
    const fs::path movie = folder / "xmp_movie" / file.filename();
    fs::copy_file(file, movie);
    fs::copy_file(file, folder / "xmp_movie" / ("b" + std::string(suffix)));
    put_xmp(movie, declared_packet(""));
  }
}

/// A .keras archive of one entry, packed or stored.
void write_archive(const fs::path& file, const fs::path& weights, zip_int32_t method) {
  int error = 0;
  zip_t* const zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  check(zip != nullptr, file.string(), ": cannot be made, error ", error);
  zip_source_t* const source = zip_source_file(zip, weights.c_str(), 0, -1);
  const zip_int64_t entry = zip_file_add(zip, "model.weights.h5", source, 0);
  check(
      entry >= 0 && zip_set_file_compression(zip, static_cast<zip_uint64_t>(entry), method, 0) == 0,
      file.string(), ": ", zip_strerror(zip));
  check(zip_close(zip) == 0, file.string(), ": cannot be written");
}

void write_others(const fs::path& folder) {
  const std::vector<float> values{1, 2, 3, 4};
  write_safetensors(folder / "safetensors/a.safetensors",
                    {{"w", "F32", {2, 2}, std::as_bytes(std::span(values))}},
                    {{"preset", "original"}, {"consent.1", "yes"}});
  Face face{.box = {1, 2, 30, 40}, .score = 0.9};
  for (int i = 0; i < 68; ++i) face.landmarks.emplace_back(static_cast<float>(i), 5.5F);
  const FacesFile faces{
      .source = "a.mp4",
      .source_id = "1-ab",
      .width = 64,
      .height = 48,
      .settings = "x",
      .frames = {{.name = "000000", .file_id = "1", .faces = {face}, .rejected = {face}},
                 {.name = "000001", .index = 1, .cut = true, .left_out = {3}}},
      .unreadable = {{.name = "b.png", .why = "damaged", .index = 2}},
      .tracks = {{.id = 0, .first = 0, .last = 1, .frames = 2, .person = 1}}};
  write_faces(folder / "faces/a.json", faces);
  FacesJournal(folder / "faces/b.json", faces).append(faces.frames[1]);
  write_text(folder / "faces/c.json",
             R"({"a.png": [{"x": 1, "y": 2, "w": 3, "h": 4, "landmarksXY": [[1, 2], [3, 4]]}]})");
  const std::vector<KerasLayerOut> layers{
      {.layer = "dense", .kernel_shape = {2, 2}, .kernel = {1, 2, 3, 4}, .bias = {5, 6}}};
  write_keras_file(folder / "keras/a.h5", KerasFile::Layout::Named, layers);
  write_keras_file(folder / "keras/b.weights.h5", KerasFile::Layout::Numbered, layers);
  for (const char* target : {"keras", "keras_zip"})
    for (const zip_int32_t method : {ZIP_CM_DEFLATE, ZIP_CM_STORE})
      write_archive(folder / target / (std::to_string(method) + ".keras"),
                    folder / "keras/b.weights.h5", method);
}

}  // namespace
}  // namespace cameo

int main(int argc, char** argv) {
  try {
    cameo::check(argc == 2, cameo::ErrorCode::Usage, "usage: fuzz_seeds DIR");
    const std::filesystem::path folder = argv[1];
    for (const char* target : {"image", "xmp_still", "xmp_packet", "xmp_movie", "video",
                               "safetensors", "faces", "keras", "keras_zip"})
      cameo::make_folder(folder / target);
    cameo::write_images(folder);
    cameo::write_packets(folder);
    cameo::write_videos(folder);
    cameo::write_others(folder);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}

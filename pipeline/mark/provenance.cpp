// SPDX-License-Identifier: MIT
#include "pipeline/mark/provenance.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_tags.h"
#include "pipeline/media/xmp_movie.h"
#include "pipeline/media/xmp_packet.h"
#include "pipeline/media/xmp_still.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view kOwn = "urn:cameo:xmp:1.0/";
constexpr XmpName kSourceType{kIptc, "Iptc4xmpExt", "DigitalSourceType"};
constexpr XmpName kSystem{kIptc, "Iptc4xmpExt", "AISystemUsed"};
constexpr XmpName kSystemVersion{kIptc, "Iptc4xmpExt", "AISystemVersionUsed"};
constexpr XmpName kCreatorTool{kXmp, "xmp", "CreatorTool"};
constexpr XmpName kDescription{"http://purl.org/dc/elements/1.1/", "dc", "description"};
constexpr XmpName kConsent{kOwn, "cameo", "ConsentSha256"};
constexpr XmpName kWatermark{kOwn, "cameo", "Watermark"};
constexpr XmpName kDamaged{kOwn, "cameo", "DamagedPacket"};

constexpr std::string_view kTypeTag = "digital_source_type";
constexpr std::string_view kWatermarkTag = "cameo_watermark";
constexpr std::string_view kVocabulary = "cv.iptc.org/newscodes/digitalsourcetype/";

const std::string& description_text() {
  static const std::string text =
      "Synthetic media: a face in it was rendered by a neural network (Cameo " CAMEO_VERSION ")";
  return text;
}

std::string comment_text() {
  return description_text() + ", digital source type " + std::string(kComposite);
}

std::string joined(std::span<const std::string> items) {
  std::string all;
  for (const std::string& item : items) all += (all.empty() ? "" : "; ") + item;
  return all;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find("; "), list.size());
    items.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return items;
}

/// The first URI of IPTC's vocabulary in a text; empty: none.
std::string type_in(std::string_view text) {
  const std::size_t at = text.find(kVocabulary);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = text.substr(0, at).rfind("http");
  const std::size_t end = text.find_first_of(" ;,)\"'\n", at);
  return std::string(
      text.substr(begin == std::string_view::npos ? at : begin)
          .substr(0, end == std::string_view::npos ? end : end - std::min(begin, at)));
}

/// Tool and version where a comment of this program alone tells them: "(Cameo 0.5)".
void add_tool_of_comment(Declaration& found) {
  const std::string before = "(" + std::string(kMarkTool) + " ";
  const std::size_t at = found.comment.rfind(before);
  if (!found.tool.empty() || at == std::string::npos) return;
  const std::size_t begin = at + before.size();
  const std::size_t end = found.comment.find(')', begin);
  if (end == std::string::npos) return;
  found.tool = kMarkTool;
  found.version = found.comment.substr(begin, end - begin);
}

Declaration declared_by_video(const fs::path& file) {
  const std::map<std::string, std::string> tags = video_tags(file);
  const MovieMarks marks = marks_in_movie(file);
  Declaration found = declared_in_xmp(marks.xmp);
  found.c2pa = marks.c2pa;
  const auto tag = [&](std::string_view key) {
    const auto at = tags.find(std::string(key));
    return at == tags.end() ? std::string() : at->second;
  };
  found.comment = tag("comment");
  add_tool_of_comment(found);
  if (found.watermark.empty()) found.watermark = tag(kWatermarkTag);
  if (found.digital_source_type.empty()) found.digital_source_type = tag(kTypeTag);
  if (found.digital_source_type.empty()) found.digital_source_type = type_in(found.comment);
  return found;
}

std::string text_of(const std::vector<unsigned char>& bytes) {
  return {bytes.begin(), bytes.end()};
}

template <class Act>
auto named(const fs::path& file, Act act) {
  try {
    return act();
  } catch (const Error& e) {
    fail(e.code(), file.string(), ": ", e.what());
  }
}

}  // namespace

bool is_synthetic_type(std::string_view type) {
  constexpr std::array<std::string_view, 4> kSynthetic{"trainedAlgorithmicMedia",
                                                       "compositeWithTrainedAlgorithmicMedia",
                                                       "algorithmicMedia", "compositeSynthetic"};
  const std::string_view term = type.substr(type.rfind('/') + 1);
  return std::find(kSynthetic.begin(), kSynthetic.end(), term) != kSynthetic.end();
}

Declaration declared_in_xmp(std::string_view packet) {
  const auto value = [&](const XmpName& name) { return xmp_value(packet, name).value_or(""); };
  return {.digital_source_type = value(kSourceType),
          .tool = value(kSystem),
          .version = value(kSystemVersion),
          .creator_tool = value(kCreatorTool),
          .description = value(kDescription),
          .consents = split(value(kConsent)),
          .watermark = value(kWatermark),
          .has_xmp = !packet.empty()};
}

Declaration read_declaration(const fs::path& file) {
  const ImageFormat format = format_of_file(file);
  if (format == ImageFormat::None) {
    check(format_of_name(file) == ImageFormat::None, ErrorCode::Input, file.string(),
          ": not an image that can be read, or damaged");
    return declared_by_video(file);
  }
  if (format == ImageFormat::Heif) {
    const StillImage image = read_still(file);
    return declared_in_xmp(text_of(image.metadata->xmp));
  }
  return named(file, [&] {
    const StillMarks marks = marks_in(read_bytes(file));
    Declaration found = declared_in_xmp(marks.xmp);
    found.c2pa = marks.c2pa;
    return found;
  });
}

Declaration declaration_of(const fs::path& input) {
  try {
    return fs::is_directory(input) ? Declaration() : read_declaration(input);
  } catch (const Error&) {
    return {};
  }
}

std::string declared_already(const Declaration& found) {
  std::string line;
  if (found.synthetic())
    line = "is declared synthetic already (" + found.digital_source_type +
           (found.tool.empty() ? ")" : ", by " + found.tool + ")");
  if (found.c2pa)
    line += std::string(line.empty() ? "" : "; ") +
            "holds a C2PA manifest, which is about this very file and is kept only inside a "
            "manifest of the output (--c2pa)";
  return line;
}

std::string declared_packet(std::string_view packet, const DeclaredMarks& marks) {
  const std::string tool(kMarkTool), version = CAMEO_VERSION;
  std::vector<XmpProperty> properties{
      {.name = kSourceType, .value = std::string(kComposite)},
      {.name = kSystem, .value = tool, .merge = XmpMerge::Join},
      {.name = kSystemVersion, .value = version, .merge = XmpMerge::Join},
      {.name = kCreatorTool, .value = tool + " " + version, .merge = XmpMerge::Keep},
      {.name = kDescription,
       .value = description_text(),
       .merge = XmpMerge::Keep,
       .alternatives = true}};
  if (!marks.consents.empty())
    properties.push_back({.name = kConsent, .value = joined(marks.consents)});
  if (!marks.watermark.empty())
    properties.push_back({.name = kWatermark, .value = marks.watermark});
  return with_xmp_properties(packet, properties, kDamaged);
}

void add_declaration(SinkOptions& options, const fs::path& input, const DeclaredMarks& marks) {
  const auto earlier = options.hooks.image;
  options.hooks.image = [earlier, marks](const Frame& frame, const fs::path& file,
                                         std::vector<unsigned char>& bytes) {
    if (earlier) earlier(frame, file, bytes);
    if (!takes_xmp(format_of_bytes(bytes))) return;
    DeclaredMarks own = marks;
    if (marks.watermark_of) own.watermark = marks.watermark_of(frame);
    named(file, [&] { bytes = with_xmp(bytes, declared_packet(marks_in(bytes).xmp, own)); });
  };
  options.encode.tags.emplace_back("comment", comment_text());
  options.encode.tags.emplace_back(kTypeTag, kComposite);
  if (!marks.watermark.empty()) options.encode.tags.emplace_back(kWatermarkTag, marks.watermark);
  const auto earlier_mark = options.encode.mark;
  options.encode.mark = [earlier_mark, input, marks](const fs::path& unfinished) {
    if (earlier_mark) earlier_mark(unfinished);
    const std::string suffix = lower_suffix(unfinished);
    if (suffix != ".mp4" && suffix != ".mov") return;
    const bool video = fs::is_regular_file(input) && format_of_file(input) == ImageFormat::None;
    std::string packet;
    try {
      if (video) packet = marks_in_movie(input).xmp;
    } catch (const Error&) {  // damaged boxes that libav reads all the same: no packet then
    }
    put_xmp(unfinished, declared_packet(packet, marks));
  };
}

void write_declared_image(const fs::path& file, const cv::Mat& image, const DeclaredMarks& marks) {
  std::vector<unsigned char> bytes = encode_image(file, image);
  if (takes_xmp(format_of_bytes(bytes))) bytes = with_xmp(bytes, declared_packet("", marks));
  write_bytes(file, bytes);
}

}  // namespace cameo

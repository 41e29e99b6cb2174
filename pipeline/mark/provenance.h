// SPDX-License-Identifier: MIT
#pragma once
// Metadata that says what an output is: XMP with IPTC's digital source type, and tags of videos.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/media/sink.h"

namespace cameo {

/// IPTC's term for media of which generative AI made a part. Source:
/// http://cv.iptc.org/newscodes/digitalsourcetype
inline constexpr std::string_view kComposite =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// The name by which marks call this program.
inline constexpr std::string_view kMarkTool = "Cameo";

/// Whether a digital source type, a URI or its last part, is one of synthetic media: made by an
/// algorithm, in whole or in part.
bool is_synthetic_type(std::string_view digital_source_type);

/// Declaration::watermark of an output that bears none.
inline constexpr std::string_view kNoWatermark = "none";

/// What a file declares itself to be.
struct Declaration {
  std::string digital_source_type;    ///< of XMP, or of a video's tags or comment; empty: none
  std::string tool, version;          ///< AI system used, of XMP or a comment of this program
  std::string creator_tool;           ///< xmp:CreatorTool
  std::string description;            ///< dc:description
  std::vector<std::string> consents;  ///< SHA-256 of consent notes of the models
  std::string watermark;  ///< asset id as asset_word has it, or kNoWatermark; empty: not said
  std::string comment;    ///< tag of a video
  bool has_xmp = false;
  bool c2pa = false;  ///< holds a C2PA manifest store, whose contents C2pa (c2pa.h) reads

  bool synthetic() const { return is_synthetic_type(digital_source_type); }
};

/// What an XMP packet declares.
Declaration declared_in_xmp(std::string_view packet);

/// What an image or video file of any origin declares. Throws Error (ErrorCode::Input) if it is
/// neither, or damaged as far as its headers show.
Declaration read_declaration(const std::filesystem::path& file);

/// The same of any input of a conversion: nothing of a folder, and of what cannot be read.
Declaration declaration_of(const std::filesystem::path& input);

/// What a user should know of an input that declares this: that it is synthetic already, or has a
/// C2PA manifest, which an output can hold inside its own only. Empty: nothing.
std::string declared_already(const Declaration& found);

/// What a declaration says of an output besides.
struct DeclaredMarks {
  std::vector<std::string> consents;  ///< as Declaration has them
  std::string watermark;
  /// Watermark of the image file that a frame went into, which may differ from one to the next.
  /// None: `watermark`.
  std::function<std::string(const Frame&)> watermark_of;
};

/// The packet, which may be empty, merged with what marks an output: Iptc4xmpExt:DigitalSourceType
/// kComposite, AISystemUsed and AISystemVersionUsed; xmp:CreatorTool and dc:description where it
/// has none; consents and watermark. Nothing else of it changes.
std::string declared_packet(std::string_view packet, const DeclaredMarks& marks = {});

/// Adds the declaration to everything of an output in which a face was drawn: XMP in PNG, JPEG,
/// TIFF, WebP, MP4 and MOV, tags in every video. BMP has no place for it. Hooks that are there run
/// first. input: whose XMP an MP4 or MOV carries on.
void add_declaration(SinkOptions& options, const std::filesystem::path& input,
                     const DeclaredMarks& marks = {});

/// Writes an image (write_image) with faces drawn in it, declared likewise.
void write_declared_image(const std::filesystem::path& file, const cv::Mat& image,
                          const DeclaredMarks& marks = {});

}  // namespace cameo

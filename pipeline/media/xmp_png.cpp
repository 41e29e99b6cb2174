// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "pipeline/media/xmp_still.h"

namespace cameo::codec {
namespace {

using Bytes = std::vector<unsigned char>;
using ByteView = std::span<const unsigned char>;

constexpr std::size_t kSignature = 8;
constexpr std::size_t kAround = 12;  // length, type and checksum of a chunk
constexpr std::string_view kKeyword("XML:com.adobe.xmp\0", 18);

struct Chunk {
  std::string_view type;
  std::string_view data;
  ByteView whole;
};

/// CRC-32 of a chunk's type and data.
std::uint32_t checksum(ByteView bytes) {
  std::uint32_t crc = ~0U;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

/// Calls `act(chunk)` for each chunk up to the last; returns what lies behind it.
template <class Act>
ByteView each_chunk(ByteView file, Act act) {
  check(file.size() > kSignature, ErrorCode::Input, "PNG: ", file.size(), " bytes");
  for (ByteView rest = file.subspan(kSignature);;) {
    check(rest.size() >= kAround, ErrorCode::Input, "PNG: cut off after ",
          file.size() - rest.size(), " bytes");
    const std::uint64_t length = read_integer(rest.first(4), true);
    check(length <= rest.size() - kAround, ErrorCode::Input, "PNG: a chunk of ", length,
          " bytes, of which ", rest.size() - kAround, " are there");
    const std::string_view text(reinterpret_cast<const char*>(rest.data()), kAround + length);
    const Chunk chunk{text.substr(4, 4), text.substr(8, length), rest.first(kAround + length)};
    act(chunk);
    rest = rest.subspan(kAround + length);
    if (chunk.type == "IEND") return rest;
  }
}

bool is_xmp(const Chunk& chunk) {
  return chunk.type == "iTXt" && chunk.data.starts_with(kKeyword);
}

/// The packet in an iTXt chunk. XMP must not be compressed there; one that is cannot be read.
std::string packet_in(const Chunk& chunk) {
  const std::string_view data = chunk.data.substr(kKeyword.size());
  check(data.size() >= 2 && data[0] == 0, ErrorCode::Input,
        "PNG: its XMP is compressed, which ISO 16684-3 does not allow");
  const std::size_t language = data.find('\0', 2);
  const std::size_t keyword =
      language == std::string_view::npos ? language : data.find('\0', language + 1);
  check(keyword != std::string_view::npos, ErrorCode::Input, "PNG: a damaged iTXt chunk");
  return std::string(data.substr(keyword + 1));
}

}  // namespace

StillMarks marks_in_png(ByteView file) {
  StillMarks marks;
  each_chunk(file, [&](const Chunk& chunk) {
    if (is_xmp(chunk) && marks.xmp.empty()) marks.xmp = packet_in(chunk);
    if (chunk.type == "caBX") marks.c2pa = true;
  });
  return marks;
}

Bytes png_with_xmp(ByteView file, std::string_view xmp) {
  check(xmp.size() < 0x7FFFFFFF - kKeyword.size() - 4, ErrorCode::Input, "PNG: XMP of ", xmp.size(),
        " bytes");
  Bytes result(file.begin(), file.begin() + kSignature);
  bool first = true;
  const ByteView rest = each_chunk(file, [&](const Chunk& chunk) {
    if (!is_xmp(chunk)) result.insert(result.end(), chunk.whole.begin(), chunk.whole.end());
    if (!first) return;
    first = false;
    check(chunk.type == "IHDR", ErrorCode::Input, "PNG: begins with no IHDR");
    const std::size_t begin = result.size();
    append_integer(result, kKeyword.size() + 4 + xmp.size(), 4, true);
    const std::string data = "iTXt" + std::string(kKeyword) + std::string(4, '\0');
    result.insert(result.end(), data.begin(), data.end());
    result.insert(result.end(), xmp.begin(), xmp.end());
    append_integer(result, checksum(ByteView(result).subspan(begin + 4)), 4, true);
  });
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

}  // namespace cameo::codec

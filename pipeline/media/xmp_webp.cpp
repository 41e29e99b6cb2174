// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "pipeline/media/xmp_still.h"

namespace cameo::codec {
namespace {

using Bytes = std::vector<unsigned char>;
using ByteView = std::span<const unsigned char>;

constexpr std::size_t kHead = 12;  // RIFF, size, WEBP
constexpr std::size_t kChunkHead = 8;
constexpr std::size_t kExtendedBytes = 10;
constexpr unsigned char kXmpFlag = 0x04, kAlphaFlag = 0x10;

struct Chunk {
  std::string_view type;
  ByteView data;
  ByteView whole;  ///< with the byte that fills it to an even size
};

template <class Act>
void each_chunk(ByteView file, Act act) {
  check(file.size() >= kHead, ErrorCode::Input, "WebP: ", file.size(), " bytes");
  const std::uint64_t size = read_integer(file.subspan(4, 4), false) + 8;
  check(size >= kHead && size <= file.size(), ErrorCode::Input, "WebP: ", size,
        " bytes by its header, of which ", file.size(), " are there");
  for (ByteView rest = file.first(size).subspan(kHead); !rest.empty();) {
    check(rest.size() >= kChunkHead, ErrorCode::Input, "WebP: cut off in a chunk");
    const std::uint64_t length = read_integer(rest.subspan(4, 4), false);
    check(length <= rest.size() - kChunkHead, ErrorCode::Input, "WebP: a chunk of ", length,
          " bytes, of which ", rest.size() - kChunkHead, " are there");
    const std::size_t whole = std::min<std::size_t>(kChunkHead + length + length % 2, rest.size());
    act(Chunk{{reinterpret_cast<const char*>(rest.data()), 4},
              rest.subspan(kChunkHead, length),
              rest.first(whole)});
    rest = rest.subspan(whole);
  }
}

void append_chunk(Bytes& to, std::string_view type, ByteView data) {
  to.insert(to.end(), type.begin(), type.end());
  append_integer(to, data.size(), 4, false);
  to.insert(to.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) to.push_back(0);
}

/// The VP8X chunk's data of a file that is a bare image.
Bytes extended_header(const Chunk& image) {
  constexpr std::size_t kLossyHead = 10, kLosslessHead = 5;
  std::uint64_t width = 0, height = 0;
  bool alpha = false;
  if (image.type == "VP8 ") {
    check(image.data.size() >= kLossyHead, ErrorCode::Input, "WebP: its image is cut off");
    width = read_integer(image.data.subspan(6, 2), false) & 0x3FFFU;
    height = read_integer(image.data.subspan(8, 2), false) & 0x3FFFU;
  } else {
    check(image.type == "VP8L" && image.data.size() >= kLosslessHead, ErrorCode::Input,
          "WebP: begins with no image");
    const std::uint64_t bits = read_integer(image.data.subspan(1, 4), false);
    width = (bits & 0x3FFFU) + 1;
    height = (bits >> 14U & 0x3FFFU) + 1;
    alpha = (bits >> 28U & 1U) != 0;
  }
  check(width > 0 && height > 0, ErrorCode::Input, "WebP: an image of ", width, "x", height);
  Bytes data{static_cast<unsigned char>(alpha ? kAlphaFlag : 0), 0, 0, 0};
  append_integer(data, width - 1, 3, false);
  append_integer(data, height - 1, 3, false);
  return data;
}

}  // namespace

StillMarks marks_in_webp(ByteView file) {
  StillMarks marks;
  each_chunk(file, [&](const Chunk& chunk) {
    if (chunk.type == "XMP " && marks.xmp.empty())
      marks.xmp.assign(chunk.data.begin(), chunk.data.end());
    if (chunk.type == "C2PA") marks.c2pa = true;
  });
  return marks;
}

Bytes webp_with_xmp(ByteView file, std::string_view xmp) {
  Bytes result;
  bool first = true;
  each_chunk(file, [&](const Chunk& chunk) {
    if (first) {
      first = false;
      result.assign(file.begin(), file.begin() + kHead);
      const bool extended = chunk.type == "VP8X";
      Bytes header =
          extended ? Bytes(chunk.data.begin(), chunk.data.end()) : extended_header(chunk);
      check(header.size() >= kExtendedBytes, ErrorCode::Input, "WebP: a VP8X chunk of ",
            header.size(), " bytes");
      header[0] |= kXmpFlag;
      append_chunk(result, "VP8X", header);
      if (extended) return;
    }
    if (chunk.type != "XMP ") {
      result.insert(result.end(), chunk.whole.begin(), chunk.whole.end());
      if (chunk.whole.size() % 2 == 1) result.push_back(0);  // one that ended the file
    }
  });
  check(!first, ErrorCode::Input, "WebP: holds no image");
  append_chunk(result, "XMP ", {reinterpret_cast<const unsigned char*>(xmp.data()), xmp.size()});
  check(result.size() - 8 < 0xFFFFFFFF, ErrorCode::Input, "WebP: ", result.size(), " bytes");
  Bytes size;
  append_integer(size, result.size() - 8, 4, false);
  std::copy(size.begin(), size.end(), result.begin() + 4);
  return result;
}

}  // namespace cameo::codec

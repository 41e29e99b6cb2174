// SPDX-License-Identifier: MIT
#include "base/exif.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cameo {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::string_view kExifMark("Exif\0\0", 6);
constexpr std::string_view kPngMark = "\x89PNG\r\n\x1A\n";
constexpr std::size_t kEntry = 12;
constexpr std::uint32_t kOrientation = 0x0112, kExifDirectory = 0x8769, kPixelWidth = 0xA002,
                        kPixelHeight = 0xA003, kThumbnail = 0x0201, kThumbnailBytes = 0x0202;

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), text.size()) == text;
}

std::size_t big_endian(Bytes bytes) {
  std::size_t value = 0;
  for (const unsigned char byte : bytes) value = value << 8U | byte;
  return value;
}

/// The TIFF structure of an EXIF block. Reading outside it yields 0, so that damage ends a walk.
class Block {
 public:
  explicit Block(Bytes bytes) : bytes_(bytes), big_(starts_with(bytes, "MM")) {}

  bool valid() const { return bytes_.size() >= 8 && (big_ || starts_with(bytes_, "II")); }
  std::size_t number(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) return 0;
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8U | bytes_[at + (big_ ? i : count - 1 - i)];
    return value;
  }
  std::size_t first() const { return number(4, 4); }
  /// Where the entry of a tag lies; nothing if the directory has none.
  std::optional<std::size_t> entry(std::size_t directory, std::uint32_t tag) const {
    const std::size_t count = directory == 0 ? 0 : number(directory, 2);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = directory + 2 + i * kEntry;
      if (at + kEntry <= bytes_.size() && number(at, 2) == tag) return at;
    }
    return {};
  }
  /// The value of an entry that holds one SHORT (type 3) or LONG.
  std::size_t value(std::size_t entry) const {
    return number(entry + 8, number(entry + 2, 2) == 3 ? 2 : 4);
  }
  std::size_t value_of(std::size_t directory, std::uint32_t tag) const {
    const auto at = entry(directory, tag);
    return at ? value(*at) : 0;
  }
  /// Where the offset of the directory after this one stands.
  std::size_t next_link(std::size_t directory) const {
    return directory + 2 + number(directory, 2) * kEntry;
  }
  bool big() const { return big_; }

 private:
  Bytes bytes_;
  bool big_;
};

void put(std::vector<unsigned char>& bytes, std::size_t at, std::size_t count, std::size_t value,
         bool big) {
  if (at > bytes.size() || count > bytes.size() - at) return;
  for (std::size_t i = 0; i < count; ++i)
    bytes[at + (big ? count - 1 - i : i)] = static_cast<unsigned char>(value >> (8 * i));
}

void drop_thumbnail(std::vector<unsigned char>& bytes, const Block& block) {
  const std::size_t link = block.next_link(block.first());
  const std::size_t second = block.number(link, 4);
  const std::size_t at = std::min(block.value_of(second, kThumbnail), bytes.size());
  const std::size_t count = std::min(block.value_of(second, kThumbnailBytes), bytes.size() - at);
  put(bytes, link, 4, 0, block.big());
  if (at == 0 || count == 0) return;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count,
              static_cast<unsigned char>(0));
  if (at + count == bytes.size()) bytes.resize(at);
}

void exchange_dimensions(std::vector<unsigned char>& bytes, const Block& block) {
  const std::size_t directory = block.value_of(block.first(), kExifDirectory);
  const auto width = block.entry(directory, kPixelWidth);
  const auto height = block.entry(directory, kPixelHeight);
  if (!width || !height || block.number(*width + 2, 2) != block.number(*height + 2, 2)) return;
  for (std::size_t i = 8; i < kEntry; ++i) std::swap(bytes[*width + i], bytes[*height + i]);
}

Bytes exif_of_jpeg(Bytes file) {
  constexpr unsigned char kMark = 0xFF, kApp1 = 0xE1, kScan = 0xDA;
  for (std::size_t at = 2; at + 4 <= file.size() && file[at] == kMark && file[at + 1] != kScan;) {
    if (file[at + 1] == kMark) {
      ++at;
      continue;
    }
    const std::size_t length = big_endian(file.subspan(at + 2, 2));
    if (length < 2 || at + 2 + length > file.size()) return {};
    const Bytes data = file.subspan(at + 4, length - 2);
    if (file[at + 1] == kApp1 && starts_with(data, kExifMark))
      return data.subspan(kExifMark.size());
    at += 2 + length;
  }
  return {};
}

Bytes exif_of_png(Bytes file) {
  for (std::size_t at = kPngMark.size(); at + 8 <= file.size();) {
    const std::size_t length = big_endian(file.subspan(at, 4));
    if (length > file.size() - at - 8) return {};
    if (starts_with(file.subspan(at + 4), "eXIf")) return file.subspan(at + 8, length);
    at += 12 + length;
  }
  return {};
}

}  // namespace

Bytes exif_of(Bytes file) {
  if (starts_with(file, "\xFF\xD8")) return exif_of_jpeg(file);
  if (starts_with(file, kPngMark)) return exif_of_png(file);
  return {};
}

int exif_orientation(Bytes exif) {
  const Block block(exif);
  if (!block.valid()) return 1;
  const std::size_t value = block.value_of(block.first(), kOrientation);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

std::vector<unsigned char> upright_exif(Bytes exif) {
  const Block block(exif);
  if (!block.valid() || block.number(block.first(), 2) == 0) return {};
  std::vector<unsigned char> bytes(exif.begin(), exif.end());
  if (exif_orientation(exif) >= 5) exchange_dimensions(bytes, block);
  if (const auto at = block.entry(block.first(), kOrientation))
    put(bytes, *at + 8, block.number(*at + 2, 2) == 3 ? 2 : 4, 1, block.big());
  drop_thumbnail(bytes, block);
  return bytes;
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "base/png_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace cameo {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::array<unsigned char, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kAround = 12;  // length, type and checksum of a chunk
constexpr std::size_t kHeader = kSignature.size() + kAround + 13;  // the first chunk's end
constexpr std::size_t kMostKeyword = 79;
constexpr std::string_view kText = "tEXt", kImageData = "IDAT";

bool is_png(Bytes file) {
  return file.size() > kHeader && std::equal(kSignature.begin(), kSignature.end(), file.begin());
}

std::uint32_t big_endian(Bytes four) {
  std::uint32_t value = 0;
  for (const unsigned char byte : four) value = value << 8U | byte;
  return value;
}

void append(std::vector<unsigned char>& to, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    to.push_back(static_cast<unsigned char>(value >> shift));
}

/// CRC-32 of a chunk's type and data (ISO 3309, the polynomial 0xEDB88320 reflected).
std::uint32_t checksum(Bytes bytes) {
  std::uint32_t crc = ~0U;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

}  // namespace

std::optional<std::string> png_text(Bytes png, std::string_view keyword) {
  if (!is_png(png)) return {};
  for (std::size_t at = kSignature.size(); at + kAround <= png.size();) {
    const std::size_t length = big_endian(png.subspan(at, 4));
    if (length > png.size() - at - kAround) return {};
    const std::string_view type(reinterpret_cast<const char*>(png.data()) + at + 4, 4);
    const std::string_view data(type.data() + 4, length);
    if (type == kImageData) return {};
    if (type == kText && data.size() > keyword.size() && data.starts_with(keyword) &&
        data[keyword.size()] == '\0')
      return std::string(data.substr(keyword.size() + 1));
    at += kAround + length;
  }
  return {};
}

std::vector<unsigned char> with_png_text(Bytes png, std::string_view keyword,
                                         std::string_view text) {
  check(is_png(png), "PNG: ", png.size(), " bytes that do not begin as one");
  check(!keyword.empty() && keyword.size() <= kMostKeyword, "PNG: a keyword of ", keyword.size(),
        " characters, must have 1 to ", kMostKeyword);
  std::vector<unsigned char> chunk(kText.begin(), kText.end());
  chunk.insert(chunk.end(), keyword.begin(), keyword.end());
  chunk.push_back('\0');
  chunk.insert(chunk.end(), text.begin(), text.end());
  std::vector<unsigned char> file(png.begin(), png.begin() + kHeader);
  append(file, static_cast<std::uint32_t>(chunk.size() - kText.size()));
  file.insert(file.end(), chunk.begin(), chunk.end());
  append(file, checksum(chunk));
  file.insert(file.end(), png.begin() + kHeader, png.end());
  return file;
}

}  // namespace cameo

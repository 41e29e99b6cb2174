// SPDX-License-Identifier: MIT
#include "pipeline/media/tiff_exif.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

namespace cameo {
namespace {

using Bytes = std::vector<unsigned char>;
using View = std::span<const unsigned char>;

constexpr std::size_t kHeader = 8, kEntry = 12;
constexpr std::uint32_t kExifDirectory = 0x8769, kGpsDirectory = 0x8825, kInterop = 0xA005;
// Bytes of a value by its TIFF type: BYTE ASCII SHORT LONG RATIONAL SBYTE UNDEFINED SSHORT SLONG
// SRATIONAL FLOAT DOUBLE; 0: no such type.
constexpr std::array<std::size_t, 13> kSizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
// What is a number of this many bytes in them, and so swapped.
constexpr std::array<std::size_t, 13> kUnits{1, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8};
// ImageDescription, Make, Model, Software, DateTime, Artist, Copyright; not those of the image.
constexpr std::array<std::uint32_t, 7> kDescribing{0x010E, 0x010F, 0x0110, 0x0131,
                                                   0x0132, 0x013B, 0x8298};

/// One entry of a directory, its values in the byte order of its block.
struct Entry {
  std::size_t type = 0, count = 0;
  Bytes values;
};
using Directory = std::map<std::uint32_t, Entry>;

/// What an EXIF block consists of.
struct Parts {
  Directory main, exif, gps;
};

bool is_big(View block) {
  return block.size() >= 2 && block[0] == 'M';
}

std::size_t number(View block, std::size_t at, std::size_t count) {
  if (at > block.size() || count > block.size() - at) return 0;
  std::size_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value << 8U | block[at + (is_big(block) ? i : count - 1 - i)];
  return value;
}

void put(Bytes& to, std::size_t value, std::size_t count, bool big) {
  for (std::size_t i = 0; i < count; ++i)
    to.push_back(static_cast<unsigned char>(value >> (8 * (big ? count - 1 - i : i))));
}

bool is_block(View block) {
  const bool marked =
      block.size() >= kHeader && (is_big(block) ? block[1] == 'M' : block[0] == 'I');
  return marked && number(block, 2, 2) == 42;
}

Directory read_directory(View block, std::size_t at) {
  Directory directory;
  const std::size_t count = at < kHeader ? 0 : number(block, at, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = at + 2 + i * kEntry;
    if (entry + kEntry > block.size()) break;
    const std::size_t type = number(block, entry + 2, 2), n = number(block, entry + 4, 4);
    if (type == 0 || type >= kSizes.size()) continue;
    const std::size_t bytes = n * kSizes[type];
    const std::size_t from = bytes <= 4 ? entry + 8 : number(block, entry + 8, 4);
    if (from > block.size() || bytes > block.size() - from) continue;
    const View values = block.subspan(from, bytes);
    directory[static_cast<std::uint32_t>(number(block, entry, 2))] = {
        type, n, Bytes(values.begin(), values.end())};
  }
  return directory;
}

Directory read_linked(View block, const Directory& from, std::uint32_t tag) {
  const auto at = from.find(tag);
  if (at == from.end() || at->second.values.size() != 4) return {};
  Bytes link = at->second.values;
  if (!is_big(block)) std::reverse(link.begin(), link.end());
  std::size_t offset = 0;
  for (const unsigned char byte : link) offset = offset << 8U | byte;
  Directory directory = read_directory(block, offset);
  directory.erase(kInterop);  // a link of its own, which would lead nowhere
  return directory;
}

Parts read_parts(View block) {
  Parts parts;
  const Directory all = read_directory(block, number(block, 4, 4));
  for (const std::uint32_t tag : kDescribing)
    if (const auto at = all.find(tag); at != all.end()) parts.main.insert(*at);
  parts.exif = read_linked(block, all, kExifDirectory);
  parts.gps = read_linked(block, all, kGpsDirectory);
  return parts;
}

void swap_bytes(Directory& directory) {
  for (auto& [tag, entry] : directory) {
    const std::size_t unit = kUnits[entry.type];
    for (std::size_t i = 0; i + unit <= entry.values.size(); i += unit)
      std::reverse(entry.values.begin() + static_cast<std::ptrdiff_t>(i),
                   entry.values.begin() + static_cast<std::ptrdiff_t>(i + unit));
  }
}

/// Appends a directory to a block: its values, then itself. Returns where it begins.
std::size_t append(Bytes& to, const Directory& directory, bool big) {
  std::map<std::uint32_t, std::size_t> places;
  for (const auto& [tag, entry] : directory) {
    if (entry.values.size() <= 4) continue;
    to.resize(to.size() + to.size() % 2);
    places[tag] = to.size();
    to.insert(to.end(), entry.values.begin(), entry.values.end());
  }
  to.resize(to.size() + to.size() % 2);
  const std::size_t start = to.size();
  put(to, directory.size(), 2, big);
  for (const auto& [tag, entry] : directory) {
    put(to, tag, 2, big);
    put(to, entry.type, 2, big);
    put(to, entry.count, 4, big);
    if (const auto at = places.find(tag); at != places.end()) {
      put(to, at->second, 4, big);
      continue;
    }
    to.insert(to.end(), entry.values.begin(), entry.values.end());
    to.resize(to.size() + 4 - entry.values.size());
  }
  put(to, 0, 4, big);
  return start;
}

void link(Directory& from, std::uint32_t tag, std::size_t offset, bool big) {
  Bytes value;
  put(value, offset, 4, big);
  from[tag] = {.type = 4, .count = 1, .values = value};
}

/// Appends the parts under a first directory with `more` entries, and points the header there.
void append_parts(Bytes& to, const Parts& parts, Directory more, bool big) {
  more.insert(parts.main.begin(), parts.main.end());
  if (!parts.exif.empty()) link(more, kExifDirectory, append(to, parts.exif, big), big);
  if (!parts.gps.empty()) link(more, kGpsDirectory, append(to, parts.gps, big), big);
  const std::size_t start = append(to, more, big);
  Bytes offset;
  put(offset, start, 4, big);
  std::copy(offset.begin(), offset.end(), to.begin() + 4);
}

bool is_empty(const Parts& parts) {
  return parts.main.empty() && parts.exif.empty() && parts.gps.empty();
}

}  // namespace

Bytes exif_of_tiff(View tiff) {
  if (!is_block(tiff)) return {};
  const Parts parts = read_parts(tiff);
  if (is_empty(parts)) return {};
  Bytes block(tiff.begin(), tiff.begin() + kHeader);
  append_parts(block, parts, {}, is_big(tiff));
  return block;
}

Bytes with_exif_of(View tiff, View exif) {
  Bytes file(tiff.begin(), tiff.end());
  if (!is_block(tiff) || !is_block(exif)) return file;
  Parts parts = read_parts(exif);
  if (is_empty(parts)) return file;
  if (is_big(tiff) != is_big(exif))
    for (Directory* directory : {&parts.main, &parts.exif, &parts.gps}) swap_bytes(*directory);
  file.resize(file.size() + file.size() % 2);
  append_parts(file, parts, read_directory(tiff, number(tiff, 4, 4)), is_big(tiff));
  return file;
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <openssl/evp.h>

#include "base/error.h"
#include "pipeline/media/xmp_packet.h"
#include "pipeline/media/xmp_still.h"

namespace cameo::codec {
namespace {

using Bytes = std::vector<unsigned char>;
using ByteView = std::span<const unsigned char>;

constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::string_view kExtended("http://ns.adobe.com/xmp/extension/\0", 35);
constexpr std::string_view kExif("Exif\0", 5);
constexpr std::size_t kMostData = 65533;  // of a segment
constexpr std::size_t kName = 32;         // of an ExtendedXMP
constexpr unsigned char kApp0 = 0xE0, kApp1 = 0xE1, kApp11 = 0xEB, kScan = 0xDA, kEnd = 0xD9;

struct Segment {
  unsigned char marker;
  std::string_view data;
  ByteView whole;
};

/// Calls `act(segment)` for each segment before the first scan; returns what begins with it.
template <class Act>
ByteView each_segment(ByteView file, Act act) {
  ByteView rest = file.subspan(std::min<std::size_t>(2, file.size()));
  for (;;) {
    check(rest.size() >= 4 && rest[0] == 0xFF, ErrorCode::Input, "JPEG: no segment after ",
          file.size() - rest.size(), " bytes");
    std::size_t at = 1;  // a marker may have any number of 0xFF before it
    while (at < rest.size() && rest[at] == 0xFF) ++at;
    check(rest.size() >= at + 3, ErrorCode::Input, "JPEG: cut off in its header");
    const unsigned char marker = rest[at];
    if (marker == kScan || marker == kEnd) return rest;
    const std::uint64_t length = read_integer(rest.subspan(at + 1, 2), true);
    check(length >= 2 && length <= rest.size() - at - 1, ErrorCode::Input, "JPEG: a segment of ",
          length, " bytes, of which ", rest.size() - at - 1, " are there");
    const std::string_view text(reinterpret_cast<const char*>(rest.data()), at + 1 + length);
    act(Segment{marker, text.substr(at + 3), rest.first(at + 1 + length)});
    rest = rest.subspan(at + 1 + length);
  }
}

bool is_xmp(const Segment& segment) {
  return segment.marker == kApp1 && segment.data.starts_with(kXmp);
}

bool is_extended(const Segment& segment) {
  return segment.marker == kApp1 && segment.data.starts_with(kExtended);
}

/// Name of an ExtendedXMP: its MD5.
std::string name_of(std::string_view extended) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned bytes = 0;
  check(
      EVP_Digest(extended.data(), extended.size(), digest.data(), &bytes, EVP_md5(), nullptr) == 1,
      "md5: libcrypto failed");
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string name;
  for (unsigned i = 0; i < bytes; ++i) {
    name += kDigits[digest[i] >> 4U];
    name += kDigits[digest[i] & 15U];
  }
  return name;
}

/// Parts of the ExtendedXMP packets of a file, by name.
class ExtendedParts {
 public:
  void add(std::string_view data) {
    constexpr std::size_t kHead = kName + 8;
    data.remove_prefix(kExtended.size());
    if (data.size() < kHead) return;
    const ByteView numbers(reinterpret_cast<const unsigned char*>(data.data()) + kName, 8);
    Packet& packet = packets_[std::string(data.substr(0, kName))];
    packet.bytes = read_integer(numbers.first(4), true);
    packet.parts[read_integer(numbers.last(4), true)] = data.substr(kHead);
  }

  /// The whole packet of this name; empty if parts are missing.
  std::string whole(const std::string& name) const {
    const auto found = packets_.find(name);
    if (found == packets_.end()) return {};
    std::string text;
    for (const auto& [offset, part] : found->second.parts) {
      if (offset != text.size()) return {};
      text += part;
    }
    return text.size() == found->second.bytes ? text : std::string();
  }

 private:
  struct Packet {
    std::uint64_t bytes = 0;
    std::map<std::uint64_t, std::string_view> parts;  // by offset
  };
  std::map<std::string, Packet> packets_;
};

void append_segment(Bytes& to, std::string_view head, std::string_view data) {
  to.push_back(0xFF);
  to.push_back(kApp1);
  append_integer(to, 2 + head.size() + data.size(), 2, true);
  to.insert(to.end(), head.begin(), head.end());
  to.insert(to.end(), data.begin(), data.end());
}

void append_extended(Bytes& to, const std::string& extended) {
  constexpr std::size_t kPart = 65400;
  const std::string name = name_of(extended);
  for (std::size_t at = 0; at < extended.size(); at += kPart) {
    Bytes numbers;
    append_integer(numbers, extended.size(), 4, true);
    append_integer(numbers, at, 4, true);
    append_segment(to, std::string(kExtended) + name + std::string(numbers.begin(), numbers.end()),
                   std::string_view(extended).substr(at, kPart));
  }
}

Bytes segments_of(std::string_view xmp) {
  constexpr std::size_t kMost = kMostData - kXmp.size();
  Bytes segments;
  if (xmp.size() <= kMost) {
    append_segment(segments, kXmp, xmp);
    return segments;
  }
  const auto [standard, extended] = split_xmp(xmp, kMost, name_of);
  append_segment(segments, kXmp, standard);
  append_extended(segments, extended);
  return segments;
}

}  // namespace

StillMarks marks_in_jpeg(ByteView file) {
  StillMarks marks;
  ExtendedParts parts;
  each_segment(file, [&](const Segment& segment) {
    if (is_xmp(segment) && marks.xmp.empty()) marks.xmp = segment.data.substr(kXmp.size());
    if (is_extended(segment)) parts.add(segment.data);
    // JUMBF boxes (ISO 19566-5) hold other things as well: its store is labelled c2pa.
    if (segment.marker == kApp11 && segment.data.find("c2pa") != std::string_view::npos)
      marks.c2pa = true;
  });
  const auto name = xmp_value(marks.xmp, kHasExtendedXmp);
  const std::string extended = name ? parts.whole(*name) : std::string();
  if (!extended.empty()) marks.xmp = joined_xmp(marks.xmp, extended);
  return marks;
}

Bytes jpeg_with_xmp(ByteView file, std::string_view xmp) {
  const Bytes added = segments_of(xmp);
  Bytes result(file.begin(), file.begin() + std::min<std::ptrdiff_t>(2, std::ssize(file)));
  std::size_t place = result.size();  // behind JFIF's and EXIF's segments, which come first
  const ByteView rest = each_segment(file, [&](const Segment& segment) {
    if (is_xmp(segment) || is_extended(segment)) return;
    const bool leads =
        segment.marker == kApp0 || (segment.marker == kApp1 && segment.data.starts_with(kExif));
    const bool at_place = place == result.size();
    result.insert(result.end(), segment.whole.begin(), segment.whole.end());
    if (leads && at_place) place = result.size();
  });
  result.insert(result.begin() + static_cast<std::ptrdiff_t>(place), added.begin(), added.end());
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

}  // namespace cameo::codec

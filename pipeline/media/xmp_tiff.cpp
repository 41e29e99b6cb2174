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

constexpr std::uint64_t kXmpTag = 700, kC2paTag = 52545;
constexpr std::uint64_t kByteType = 1, kUndefinedType = 7;

/// A TIFF or BigTIFF file and the first of its directories (IFD).
class Directory {
 public:
  explicit Directory(ByteView file) : file_(file) {
    check(file.size() >= 16, ErrorCode::Input, "TIFF: ", file.size(), " bytes");
    big_endian_ = file[0] == 'M';
    big_ = number(2, 2) == 43;
    begin_ = number(pointer_at(), width());
    const std::uint64_t count = number(begin_, count_bytes());
    constexpr std::uint64_t kMostEntries = 65535;
    check(count <= kMostEntries, ErrorCode::Input, "TIFF: a directory of ", count, " entries");
    for (std::uint64_t i = 0; i < count; ++i)
      entries_.push_back(part(begin_ + count_bytes() + i * entry_bytes(), entry_bytes()));
    next_ = number(begin_ + count_bytes() + count * entry_bytes(), width());
  }

  std::uint64_t tag(ByteView entry) const { return read_integer(entry.first(2), big_endian_); }

  /// The bytes of an entry's value; nothing if it is none of bytes.
  ByteView value(ByteView entry) const {
    const std::uint64_t type = read_integer(entry.subspan(2, 2), big_endian_);
    const std::uint64_t bytes = read_integer(entry.subspan(4, width()), big_endian_);
    if (type != kByteType && type != kUndefinedType) return {};
    const ByteView field = entry.last(width());
    if (bytes <= field.size()) return field.first(bytes);
    return part(read_integer(field, big_endian_), bytes);
  }

  const std::vector<ByteView>& entries() const { return entries_; }

  /// The file with `data` and a copy of the directory behind it, in which data is the value of the
  /// XMP tag.
  Bytes with_xmp(std::string_view data) const {
    Bytes result(file_.begin(), file_.end());
    const auto align = [&] {
      if (result.size() % 2 == 1) result.push_back(0);
    };
    align();
    Bytes entry;
    append_integer(entry, kXmpTag, 2, big_endian_);
    append_integer(entry, kByteType, 2, big_endian_);
    append_integer(entry, data.size(), width(), big_endian_);
    if (data.size() <= width()) {
      entry.insert(entry.end(), data.begin(), data.end());
      entry.resize(entry_bytes());
    } else {
      append_integer(entry, result.size(), width(), big_endian_);
      result.insert(result.end(), data.begin(), data.end());
      align();
    }
    const std::uint64_t begin = result.size();
    append_directory(result, entry);
    check(big_ || result.size() <= 0xFFFFFFFF, ErrorCode::Input, "TIFF: ", result.size(),
          " bytes; more than 4 GiB need BigTIFF");
    Bytes pointer;
    append_integer(pointer, begin, width(), big_endian_);
    std::copy(pointer.begin(), pointer.end(),
              result.begin() + static_cast<std::ptrdiff_t>(pointer_at()));
    return result;
  }

 private:
  std::size_t width() const { return big_ ? 8 : 4; }
  std::size_t count_bytes() const { return big_ ? 8 : 2; }
  std::size_t entry_bytes() const { return big_ ? 20 : 12; }
  std::size_t pointer_at() const { return big_ ? 8 : 4; }

  ByteView part(std::uint64_t at, std::uint64_t bytes) const {
    check(at <= file_.size() && bytes <= file_.size() - at, ErrorCode::Input, "TIFF: ", bytes,
          " bytes at ", at, " are needed, the file has ", file_.size());
    return file_.subspan(at, bytes);
  }
  std::uint64_t number(std::uint64_t at, std::size_t bytes) const {
    return read_integer(part(at, bytes), big_endian_);
  }

  /// Entries are sorted by tag.
  void append_directory(Bytes& to, ByteView xmp) const {
    std::vector<ByteView> all;
    for (const ByteView entry : entries_)
      if (tag(entry) != kXmpTag) all.push_back(entry);
    const auto place =
        std::find_if(all.begin(), all.end(), [&](ByteView entry) { return tag(entry) > kXmpTag; });
    all.insert(place, xmp);
    append_integer(to, all.size(), count_bytes(), big_endian_);
    for (const ByteView entry : all) to.insert(to.end(), entry.begin(), entry.end());
    append_integer(to, next_, width(), big_endian_);
  }

  ByteView file_;
  bool big_endian_ = false;
  bool big_ = false;
  std::uint64_t begin_ = 0;
  std::uint64_t next_ = 0;
  std::vector<ByteView> entries_;
};

}  // namespace

StillMarks marks_in_tiff(ByteView file) {
  StillMarks marks;
  const Directory directory(file);
  for (const ByteView entry : directory.entries()) {
    if (directory.tag(entry) == kC2paTag) marks.c2pa = true;
    if (directory.tag(entry) != kXmpTag || !marks.xmp.empty()) continue;
    const ByteView value = directory.value(entry);
    marks.xmp.assign(value.begin(), value.end());
  }
  return marks;
}

Bytes tiff_with_xmp(ByteView file, std::string_view xmp) {
  return Directory(file).with_xmp(xmp);
}

}  // namespace cameo::codec

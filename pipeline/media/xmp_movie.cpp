// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_movie.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "pipeline/media/xmp_still.h"

namespace cameo {
namespace {

constexpr std::string_view kXmpId(
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC", 16);
constexpr std::string_view kC2paId(
    "\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81", 16);
constexpr std::uint64_t kHead = 8, kLongHead = 16, kId = 16;
constexpr std::uint64_t kMostPacket = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMostBoxes = std::uint64_t{1} << 20U;

struct Box {
  std::string type;
  std::uint64_t begin = 0;
  std::uint64_t data = 0;  ///< where its contents begin
  std::uint64_t end = 0;
  bool open = false;  ///< goes to the file's end, by size 0
};

class BoxReader {
 public:
  explicit BoxReader(std::istream& file) : file_(file) {
    file_.clear();
    file_.seekg(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file_.tellg());
    check(size >= 0, ErrorCode::Input, "MP4: cannot be read");
    size_ = static_cast<std::uint64_t>(size);
  }

  std::uint64_t size() const { return size_; }

  std::string text(std::uint64_t at, std::uint64_t bytes) {
    check(at <= size_ && bytes <= size_ - at, ErrorCode::Input, "MP4: ", bytes, " bytes at ", at,
          " are needed, the file has ", size_);
    std::string read(bytes, '\0');
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(read.data(), static_cast<std::streamsize>(bytes));
    check(file_.good(), ErrorCode::Input, "MP4: cannot be read at ", at);
    return read;
  }

  Box box(std::uint64_t at, std::uint64_t end) {
    const std::string head = text(at, kHead);
    Box box{.type = head.substr(4), .begin = at, .data = at + kHead};
    std::uint64_t bytes = number(head.substr(0, 4));
    if (bytes == 1) {
      check(end - at >= kLongHead, ErrorCode::Input, "MP4: cut off in a box at ", at);
      bytes = number(text(at + kHead, 8));
      box.data = at + kLongHead;
    } else if (bytes == 0) {
      bytes = end - at;
      box.open = true;
    }
    check(bytes >= box.data - at && bytes <= end - at, ErrorCode::Input, "MP4: a box of ", bytes,
          " bytes at ", at, ", of which ", end - at, " are there");
    box.end = at + bytes;
    return box;
  }

  /// Calls `act(box)` for each box of a range and returns where they end: a few bytes too short for
  /// a box may follow, such as the zeros behind a QuickTime list of user data.
  template <class Act>
  std::uint64_t each(std::uint64_t begin, std::uint64_t end, Act act) {
    std::uint64_t at = begin;
    while (end - at >= kHead) {
      check(++boxes_ <= kMostBoxes, ErrorCode::Input, "MP4: more than ", kMostBoxes, " boxes");
      const Box found = box(at, end);
      act(found);
      at = found.end;
    }
    return at;
  }

  bool has_id(const Box& box, std::string_view id) {
    return box.type == "uuid" && box.end - box.data >= kId && text(box.data, kId) == id;
  }

  std::string packet(const Box& box, std::uint64_t skipped) {
    const std::uint64_t bytes = box.end - box.data - skipped;
    check(bytes <= kMostPacket, ErrorCode::Input, "MP4: XMP of ", bytes, " bytes");
    return text(box.data + skipped, bytes);
  }

 private:
  static std::uint64_t number(const std::string& bytes) {
    return read_integer({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, true);
  }

  std::istream& file_;
  std::uint64_t size_ = 0;
  std::uint64_t boxes_ = 0;
};

/// The XMP_ box of QuickTime's user data, moov/udta; empty: none.
std::string user_packet(BoxReader& reader, const Box& moov) {
  std::string found;
  reader.each(moov.data, moov.end, [&](const Box& box) {
    if (box.type != "udta") return;
    reader.each(box.data, box.end, [&](const Box& data) {
      if (data.type == "XMP_" && found.empty()) found = reader.packet(data, 0);
    });
  });
  return found;
}

template <class Act>
auto named(const std::filesystem::path& file, Act act) {
  try {
    return act();
  } catch (const Error& e) {
    fail(e.code(), file.string(), ": ", e.what());
  }
}

}  // namespace

bool is_movie(std::istream& file) {
  constexpr std::array<std::string_view, 6> kTypes{"ftyp", "moov", "mdat", "free", "skip", "wide"};
  std::array<char, kHead> head{};
  file.clear();
  file.seekg(0);
  file.read(head.data(), head.size());
  const std::string_view type(head.data() + 4, 4);
  return file.gcount() == static_cast<std::streamsize>(head.size()) &&
         std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

MovieMarks marks_in_movie(std::istream& file) {
  MovieMarks marks;
  std::string quicktime;
  BoxReader reader(file);
  reader.each(0, reader.size(), [&](const Box& box) {
    if (marks.xmp.empty() && reader.has_id(box, kXmpId)) marks.xmp = reader.packet(box, kId);
    if (reader.has_id(box, kC2paId)) marks.c2pa = true;
    if (box.type == "moov" && quicktime.empty()) quicktime = user_packet(reader, box);
  });
  if (marks.xmp.empty()) marks.xmp = std::move(quicktime);
  return marks;
}

MovieMarks marks_in_movie(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  check(in.good(), ErrorCode::Input, file.string(), ": cannot be read");
  if (!is_movie(in)) return {};
  return named(file, [&] { return marks_in_movie(in); });
}

void put_xmp(std::iostream& file, std::string_view packet) {
  check(packet.size() <= kMostPacket, ErrorCode::Input, "MP4: XMP of ", packet.size(), " bytes");
  BoxReader reader(file);
  std::vector<std::uint64_t> earlier;
  bool open = false;
  const std::uint64_t end = reader.each(0, reader.size(), [&](const Box& box) {
    open = box.open;
    if (reader.has_id(box, kXmpId)) earlier.push_back(box.begin);
  });
  check(!open && end == reader.size() && end > 0, ErrorCode::Input,
        "MP4: its last box is not closed, or something follows it");
  for (const std::uint64_t at : earlier) {
    file.seekp(static_cast<std::streamoff>(at + 4));
    file << "free";
  }
  std::vector<unsigned char> head;
  append_integer(head, kHead + kId + packet.size(), 4, true);
  file.seekp(static_cast<std::streamoff>(reader.size()));
  file.write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(head.size()));
  file << "uuid" << kXmpId << packet;
  file.flush();
  check(file.good(), ErrorCode::Input, "MP4: cannot be written; is the disk full?");
}

void put_xmp(const std::filesystem::path& file, std::string_view packet) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  check(out.good(), ErrorCode::Input, file.string(), ": cannot be opened");
  named(file, [&] { put_xmp(out, packet); });
}

}  // namespace cameo

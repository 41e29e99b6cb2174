// SPDX-License-Identifier: MIT
#include "pipeline/media/video_segments.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/write_fault.h"

namespace cameo::libav {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* kLock = "lock";

/// What stands before a packet's bytes.
struct PacketHead {
  std::int64_t pts = 0, dts = 0, duration = 0;
  std::int32_t flags = 0, bytes = 0;
};

Json json_of(const SegmentState& state) {
  Json kept = Json::array();
  for (const KeptTime::Range& range : state.kept)
    kept.push_back({range.begin, range.end, range.out});
  return {{"next_index", state.next_index},
          {"frames", state.frames},
          {"changed", state.changed},
          {"width", state.size.width},
          {"height", state.size.height},
          {"pixels", state.pixels},
          {"kept", kept}};
}

SegmentState state_of(const Json& json) {
  SegmentState state;
  state.next_index = json.at("next_index");
  state.frames = json.at("frames");
  state.changed = json.at("changed");
  state.size = cv::Size(json.at("width"), json.at("height"));
  state.pixels = json.at("pixels");
  for (const Json& range : json.at("kept"))
    state.kept.push_back({range.at(0), range.at(1), range.at(2)});
  return state;
}

fs::path folder_beside(const fs::path& file) {
  constexpr std::string_view kMark = ".", kSuffix = ".segments";
  const std::string name = shortened_name(file.filename().string(), kMark.size() + kSuffix.size());
  return tidy_path(file).parent_path() / (std::string(kMark) + name + std::string(kSuffix));
}

Json read_json(const fs::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  return Json::parse(bytes.begin(), bytes.end());
}

}  // namespace

SegmentFolder::SegmentFolder(const fs::path& file, const std::string& key)
    : folder_(folder_beside(file)) {
  make_folder(folder_);
  lock_.emplace(folder_ / kLock);
  check(lock_->held(), ErrorCode::Usage, file.string(),
        ": another run is writing it; wait for that, or name another output");
  try {
    take_over(key);
  } catch (const std::exception&) {
    complete_ = 0;  // damaged: as if it were not there
  }
  if (complete_ > 0) return;
  state_ = {};
  clear();
  write_text(folder_ / "key.json", Json{{"key", key}}.dump(1));
}

void SegmentFolder::clear() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().filename() != kLock) fs::remove_all(entry.path(), ignored);
}

fs::path SegmentFolder::name(std::size_t segment, const char* suffix) const {
  constexpr std::size_t kDigits = 6;
  std::string digits = std::to_string(segment);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return folder_ / (digits + suffix);
}

void SegmentFolder::take_over(const std::string& key) {
  if (!fs::exists(folder_ / "key.json")) return;
  if (read_json(folder_ / "key.json").at("key") != key) return;
  while (fs::exists(name(complete_, ".json")) && fs::exists(name(complete_, ".packets"))) {
    state_ = state_of(read_json(name(complete_, ".json")));
    ++complete_;
  }
}

void SegmentFolder::add(const AVPacket& packet) {
  if (!packets_.is_open()) packets_.open(name(complete_, ".packets"), std::ios::binary);
  const PacketHead head{packet.pts, packet.dts, packet.duration, packet.flags, packet.size};
  packets_.write(reinterpret_cast<const char*>(&head), sizeof head);
  packets_.write(reinterpret_cast<const char*>(packet.data), packet.size);
  check_written();
}

void SegmentFolder::check_written() const {
  if (packets_.good()) return;
  const std::string why = std::generic_category().message(errno);
  const fs::path file = name(complete_, ".packets");
  std::error_code missing;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file, missing));
  fail(ErrorCode::Input, file.string(), ": ", write_fault(file, missing ? 0 : bytes, why),
       ", which goes on after ", state_.frames, " frames");
}

void SegmentFolder::complete(const SegmentState& state) {
  packets_.close();
  check_written();
  write_text(name(complete_, ".json"), json_of(state).dump());
  state_ = state;
  ++complete_;
}

void SegmentFolder::read_segment(const fs::path& file,
                                 const std::function<void(AVPacket&)>& packet) {
  std::ifstream in(file, std::ios::binary);
  check(in.good(), ErrorCode::Input, file.string(), ": cannot be read");
  const AvPacket out(av_packet_alloc());
  PacketHead head;
  while (in.read(reinterpret_cast<char*>(&head), sizeof head)) {
    check(head.bytes >= 0 && av_new_packet(out.get(), head.bytes) >= 0 &&
              in.read(reinterpret_cast<char*>(out->data), head.bytes),
          ErrorCode::Input, file.string(), ": damaged; remove its folder and convert again");
    out->pts = head.pts;
    out->dts = head.dts;
    out->duration = head.duration;
    out->flags = head.flags;
    packet(*out);
    av_packet_unref(out.get());
  }
}

void SegmentFolder::read(const std::function<void(AVPacket&)>& packet) const {
  std::int64_t last = AV_NOPTS_VALUE;
  for (std::size_t i = 0; i < complete_; ++i) {
    read_segment(name(i, ".packets"), [&](AVPacket& out) {
      // A segment's first images are decoded ahead of those before the joint; a tick each is room
      // enough, as every image has one.
      if (last != AV_NOPTS_VALUE) out.dts = std::max(out.dts, last + 1);
      last = out.dts;
      packet(out);
    });
  }
}

void SegmentFolder::remove() const {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace cameo::libav

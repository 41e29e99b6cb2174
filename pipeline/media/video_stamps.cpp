// SPDX-License-Identifier: MIT
#include "pipeline/media/video_stamps.h"

#include <algorithm>

namespace cameo {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kFarForward = 10 * kSecond;
constexpr std::int64_t kBack = kSecond / 10;  // less is a stream that is stored unevenly

}  // namespace

// All streams of the part before end first: sound and images stay in step behind the joint.
std::int64_t JoinOffset::end_of_part(const Stream& stream) const {
  std::int64_t end = stream.end;
  for (const auto& other : streams_)
    if (other.second.end - stream.end < kSecond) end = std::max(end, other.second.end);
  return end;
}

std::int64_t JoinOffset::at(const Packet& packet) {
  const bool first = streams_.find(packet.stream) == streams_.end();
  Stream& stream = streams_[packet.stream];
  if (first) stream.part = offsets_.size() - 1;
  const auto jumps = [&] {
    const std::int64_t jump = packet.decoded + offsets_[stream.part] - stream.next;
    return !first && (jump > kFarForward || jump < -kBack);
  };
  if (jumps()) {
    // Streams do not lie in step: another may have come to this part before.
    ++stream.part;
    if (stream.part == offsets_.size()) offsets_.push_back(end_of_part(stream) - packet.shown);
    // It could not know of what the images still had of the part before.
    std::int64_t& offset = offsets_[stream.part];
    if (packet.stream == images_) offset = std::max(offset, stream.end - packet.shown);
  }
  const std::int64_t offset = offsets_[stream.part];
  stream.next = packet.decoded + offset + packet.duration;
  const std::int64_t end = packet.shown + offset + packet.duration;
  stream.end = first ? end : std::max(stream.end, end);
  return offset;
}

std::size_t JoinOffset::part(int stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.part;
}

RisingStamps::RisingStamps(std::int64_t usual) : usual_(std::max<std::int64_t>(usual, 1)) {
  step_ = usual_;
}

std::int64_t RisingStamps::next(std::optional<std::int64_t> stamp) {
  if (!last_) {
    last_ = stamp.value_or(0);
    return *last_;
  }
  std::int64_t now = stamp ? *stamp + offset_ : *last_ + step_;
  if (now <= *last_ - usual_) {
    offset_ += *last_ + step_ - now;
    now = *last_ + step_;
  }
  now = std::max(now, *last_ + 1);
  // A pause is no distance to go on at.
  if (now - *last_ <= 4 * usual_) step_ = now - *last_;
  last_ = now;
  return now;
}

KeptTime::KeptTime(bool close_gaps, std::vector<Range> ranges)
    : close_gaps_(close_gaps), ranges_(std::move(ranges)) {}

std::int64_t KeptTime::add(std::int64_t index, std::int64_t stamp, std::int64_t duration) {
  const std::int64_t end = stamp + std::max<std::int64_t>(duration, 1);
  const bool follows = index == next_index_ || !close_gaps_;
  next_index_ = index + 1;
  if (ranges_.empty()) {
    ranges_.push_back({stamp, end, close_gaps_ ? 0 : stamp});
  } else if (follows) {
    ranges_.back().end = end;
  } else {
    const Range& last = ranges_.back();
    ranges_.push_back({stamp, end, last.out + last.end - last.begin});
  }
  return ranges_.back().out + stamp - ranges_.back().begin;
}

std::optional<std::int64_t> KeptTime::place(std::int64_t tick) const {
  if (!close_gaps_) return tick;
  for (auto range = ranges_.rbegin(); range != ranges_.rend(); ++range)
    if (tick >= range->begin && tick < range->end) return range->out + tick - range->begin;
  return std::nullopt;
}

std::optional<std::pair<std::int64_t, std::int64_t>> KeptTime::span(std::int64_t begin,
                                                                    std::int64_t end) const {
  if (!close_gaps_) return std::pair(begin, end);
  std::optional<std::pair<std::int64_t, std::int64_t>> left;
  for (const Range& range : ranges_) {
    const std::int64_t first = std::max(begin, range.begin);
    const std::int64_t last = std::min(end, range.end);
    if (first >= last) continue;
    if (!left) left = {range.out + first - range.begin, 0};
    left->second = range.out + last - range.begin;
  }
  return left;
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/media/video_damage.h"

#include <algorithm>
#include <sstream>

namespace cameo {

ImageDamage::ImageDamage(double seconds_per_tick, std::int64_t usual)
    : seconds_per_tick_(seconds_per_tick), usual_(std::max<std::int64_t>(usual, 1)) {}

void ImageDamage::packet(const Packet& packet) {
  // Two packets on it is known that no joint explains the mark.
  if (before_ && before_->marked && before_->part == packet.part) image(last_->shown);
  const bool damaged = last_ && (last_->marked || (before_ && before_->marked));
  if (damaged && last_->part == packet.part) {
    const std::int64_t steps = (packet.decoded - last_->decoded + usual_ / 2) / usual_;
    missing_ += std::max<std::int64_t>(steps - 1, 0);
    if (steps > 1 && !first_missing_) first_missing_ = last_->shown + usual_;
  }
  before_ = last_;
  last_ = packet;
}

void ImageDamage::end() {
  const bool marked = before_ && before_->marked && before_->part == last_->part;
  if (marked || (last_ && last_->marked)) image(last_->shown);
  before_ = last_ = {};
}

std::string ImageDamage::at(std::int64_t stamp) const {
  std::ostringstream text;
  text.precision(2);
  text << std::fixed << ", the first at " << static_cast<double>(stamp) * seconds_per_tick_ << " s";
  return text.str();
}

std::string ImageDamage::words(std::int64_t images) const {
  std::string all;
  const auto add = [&](const std::string& what) { all += (all.empty() ? "" : "; ") + what; };
  if (packets_ > 0) add(std::to_string(packets_) + " damaged packets");
  if (!images_.empty())
    add(std::to_string(images_.size()) + " of " + std::to_string(images) +
        " frames are damaged in parts" + at(*images_.begin()));
  if (missing_ > 0) add(std::to_string(missing_) + " frames are missing" + at(*first_missing_));
  return all;
}

}  // namespace cameo

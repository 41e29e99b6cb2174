// SPDX-License-Identifier: MIT
#include "engine/lanes.h"

#include <map>

namespace cameo {

Lanes::Lanes(Exec& exec, const std::vector<LaneWork>& list) : exec_(exec) {
  std::map<int, std::map<int, std::size_t>> writers;  // tensor -> lane -> its last writer there
  std::map<int, std::map<int, std::size_t>> awaited;  // lane -> other lane -> up to which piece
  std::map<int, std::size_t> last;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const int lane = list[i].lane;
    places_.push_back({.lane = lane});
    if (lane != 0 && !last.contains(lane)) first_.push_back(i);
    last[lane] = i;
    for (const auto* touched : {&list[i].reads, &list[i].writes})
      for (const int tensor : *touched)
        for (const auto& [other, writer] : writers[tensor]) {
          const auto known = awaited[lane].find(other);
          if (other == lane || (known != awaited[lane].end() && known->second >= writer)) continue;
          awaited[lane][other] = writer;
          await(i, writer);
        }
    for (const int tensor : list[i].writes) writers[tensor][lane] = i;
  }
  for (const auto& [lane, piece] : last)
    if (lane != 0) last_.push_back(piece);
  for (const std::size_t piece : last_) places_[piece].finished = make_signal();
  if (!first_.empty()) begun_ = make_signal();
}

std::unique_ptr<Signal> Lanes::make_signal() {
  return cameo::run(exec_, [](auto& on) { return on.make_signal(); });
}

void Lanes::await(std::size_t i, std::size_t other) {
  places_[i].awaits.push_back(other);
  if (!places_[other].finished) places_[other].finished = make_signal();
}

void Lanes::begin() {
  if (begun_) begun_->give();
  for (const std::size_t i : first_) {
    enter_lane(places_[i].lane);
    begun_->await();
  }
}

void Lanes::enter(std::size_t i) {
  enter_lane(places_[i].lane);
  for (const std::size_t other : places_[i].awaits) places_[other].finished->await();
}

void Lanes::leave(std::size_t i) {
  if (places_[i].finished) places_[i].finished->give();
}

void Lanes::end() {
  enter_lane(0);
  for (const std::size_t piece : last_) places_[piece].finished->await();
}

void Lanes::enter_lane(int lane) {
  cameo::run(exec_, [&](auto& on) { on.enter(lane); });
}

}  // namespace cameo

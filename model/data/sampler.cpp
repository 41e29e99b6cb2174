// SPDX-License-Identifier: MIT
#include "model/data/sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/philox.h"

namespace cameo {

ShuffledSampler::ShuffledSampler(int faces, std::uint64_t seed, std::uint32_t stream,
                                 SamplerState place)
    : seed_(seed), stream_(stream), place_(place) {
  check(faces > 0, ErrorCode::Input, "order of faces: no faces");
  order_.resize(static_cast<std::size_t>(faces));
  shuffle();
}

/// Fisher and Yates, with numbers that depend on nothing but seed, stream and pass. The counter's
/// two highest bits, 10, set them apart from those of weights and images.
void ShuffledSampler::shuffle() {
  std::iota(order_.begin(), order_.end(), 0);
  const std::uint64_t high = std::uint64_t{0x80000000U | stream_} << 32;
  for (std::size_t i = order_.size(); i > 1; --i) {
    const std::uint32_t bits = philox(place_.pass, high | i, seed_)[0];
    std::swap(order_[i - 1], order_[static_cast<std::size_t>((std::uint64_t{bits} * i) >> 32)]);
  }
}

std::size_t ShuffledSampler::left() const {
  return order_.size() - std::min<std::size_t>(order_.size(), place_.at);
}

void ShuffledSampler::prefer_uniform_yaw(const std::vector<std::optional<double>>& yaws,
                                         double share) {
  check(yaws.size() == order_.size(), "order of faces: ", yaws.size(), " yaws of ", order_.size(),
        " faces");
  uniform_.emplace(yaws);
  share_ = share;
}

/// What stands for the shuffle's face at this place. Its counter has the bits 101 where the
/// shuffles' have 100.
std::int32_t ShuffledSampler::shown(std::int32_t face) const {
  if (!uniform_ || !uniform_->knows(face)) return face;
  const std::uint64_t high = std::uint64_t{0xA0000000U | stream_} << 32;
  const Philox4 words = philox(place_.pass, high | place_.at, seed_);
  return words[2] / 4294967296.0 < share_ ? uniform_->draw(words) : face;
}

void ShuffledSampler::next(std::span<std::int32_t> batch) {
  const auto again = [&] {
    place_ = {place_.pass + 1, 0};
    shuffle();
  };
  if (batch.size() <= order_.size() && left() < batch.size()) again();
  for (std::int32_t& face : batch) {
    if (left() == 0) again();
    face = shown(order_[static_cast<std::size_t>(place_.at)]);
    ++place_.at;
  }
}

}  // namespace cameo

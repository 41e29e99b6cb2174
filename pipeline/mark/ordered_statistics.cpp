// SPDX-License-Identifier: MIT
#include "pipeline/mark/ordered_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace cameo {
namespace {

constexpr std::size_t kDataBits = 64;
// A few great values are not to outweigh all others.
constexpr float kMostReliable = 1.5F;     // medians
constexpr float kLeastAgreement = 0.87F;  // 1 - twice the weight that disagrees

using Reliabilities = std::array<float, kBchLength>;

/// A word in the order of reliability, most reliable first.
struct OrderedWord {
  std::array<std::uint64_t, 2> half{};
  bool operator[](std::size_t i) const { return ((half[i / 64] >> (i % 64)) & 1U) != 0; }
  void set(std::size_t i) { half[i / 64] |= std::uint64_t{1} << (i % 64); }
  OrderedWord& operator^=(const OrderedWord& other) {
    half[0] ^= other.half[0];
    half[1] ^= other.half[1];
    return *this;
  }
};

OrderedWord operator^(OrderedWord a, const OrderedWord& b) {
  return a ^= b;
}

float weight_of(const OrderedWord& wrong, const Reliabilities& reliability) {
  float weight = 0;
  for (std::size_t h = 0; h < 2; ++h)
    for (std::uint64_t left = wrong.half[h]; left != 0; left &= left - 1)
      weight += reliability[64 * h + static_cast<std::size_t>(std::countr_zero(left))];
  return weight;
}

using Order = std::array<std::size_t, kBchLength>;
using Basis = std::array<OrderedWord, kDataBits>;

/// Codewords of which each alone has one of the most reliable independent places; `places`: those.
Basis basis_of(const Order& order, std::array<std::size_t, kDataBits>& places) {
  Basis rows;
  for (std::size_t r = 0; r < kDataBits; ++r) {
    const BchWord word = bch_encode(std::uint64_t{1} << r);
    for (std::size_t i = 0; i < kBchLength; ++i)
      if (word[order[i]]) rows[r].set(i);
  }
  std::size_t done = 0;
  for (std::size_t place = 0; place < kBchLength && done < kDataBits; ++place) {
    std::size_t with = done;
    while (with < kDataBits && !rows[with][place]) ++with;
    if (with == kDataBits) continue;  // depends on those before
    std::swap(rows[done], rows[with]);
    for (std::size_t r = 0; r < kDataBits; ++r)
      if (r != done && rows[r][place]) rows[r] ^= rows[done];
    places[done++] = place;
  }
  return rows;
}

}  // namespace

std::optional<BchDecoded> decode_by_ordered_statistics(const std::array<float, kBchLength>& soft) {
  Order order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(soft[a]) > std::abs(soft[b]);
  });
  const float most = kMostReliable * std::abs(soft[order[kBchLength / 2]]);
  Reliabilities reliability{};
  OrderedWord hard;
  float whole = 0;
  for (std::size_t i = 0; i < kBchLength; ++i) {
    reliability[i] = std::min(std::abs(soft[order[i]]), most);
    whole += reliability[i];
    if (soft[order[i]] < 0) hard.set(i);
  }
  std::array<std::size_t, kDataBits> places{};
  const Basis basis = basis_of(order, places);
  OrderedWord wrong = hard;  // by the codeword that agrees in all the places
  for (std::size_t r = 0; r < kDataBits; ++r)
    if (hard[places[r]]) wrong ^= basis[r];
  OrderedWord best = wrong;
  float least = weight_of(wrong, reliability);
  const auto consider = [&](const OrderedWord& tried) {
    const float weight = weight_of(tried, reliability);
    if (weight >= least) return;
    least = weight;
    best = tried;
  };
  for (std::size_t a = 0; a < kDataBits; ++a) {
    const OrderedWord one = wrong ^ basis[a];
    consider(one);
    for (std::size_t b = a + 1; b < kDataBits; ++b) consider(one ^ basis[b]);
  }
  if (!(1 - 2 * least / whole >= kLeastAgreement)) return {};
  BchDecoded out;
  const OrderedWord word = best ^ hard;
  for (std::size_t i = 0; i < kBchLength; ++i) {
    out.corrected += best[i] ? 1 : 0;
    if (word[i] && order[i] >= kBchLength - kDataBits)
      out.data |= std::uint64_t{1} << (order[i] - (kBchLength - kDataBits));
  }
  return out;
}

}  // namespace cameo

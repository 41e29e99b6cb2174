// SPDX-License-Identifier: MIT
#include "pipeline/mark/bch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace cameo {
namespace {

constexpr int kCheckBits = 63;
constexpr int kDataBits = 64;
constexpr int kSyndromes = 2 * kBchErrors;
constexpr int kFlipped = 10;           // least reliable bits that are tried either way
constexpr unsigned kPrimitive = 0x89;  // x^7 + x^3 + 1

/// GF(2^7) as powers of a root of the primitive polynomial.
struct Field {
  static constexpr std::size_t kPowers = kBchLength;
  std::array<unsigned, 2 * kPowers> power{};
  std::array<std::size_t, kPowers + 1> log{};

  Field() {
    unsigned x = 1;
    for (std::size_t i = 0; i < kPowers; ++i) {
      power[i] = power[i + kPowers] = x;
      log[x] = i;
      x <<= 1U;
      if ((x & 0x80U) != 0) x ^= kPrimitive;
    }
  }

  unsigned alpha(int exponent) const {
    return power[static_cast<std::size_t>(exponent % kBchLength)];
  }
  unsigned times(unsigned a, unsigned b) const {
    if (a == 0 || b == 0) return 0;
    return power[log[a] + log[b]];
  }
  unsigned over(unsigned a, unsigned b) const {
    if (a == 0) return 0;
    return power[log[a] + kPowers - log[b]];
  }
};

const Field& field() {
  static const Field instance;
  return instance;
}

/// Product of the minimal polynomials of alpha^1, alpha^3 ... alpha^19; bit i is the factor of x^i.
std::uint64_t make_generator() {
  std::bitset<kBchLength> roots;
  for (int odd = 1; odd < kSyndromes; odd += 2) {
    for (int i = 0, e = odd; i < 7; ++i, e = 2 * e % kBchLength) {
      roots.set(static_cast<std::size_t>(e));
    }
  }
  std::vector<unsigned> product{1};
  for (int e = 0; e < kBchLength; ++e) {
    if (!roots[static_cast<std::size_t>(e)]) continue;
    product.push_back(0);
    for (std::size_t i = product.size() - 1; i > 0; --i) {
      product[i] = product[i - 1] ^ field().times(product[i], field().alpha(e));
    }
    product[0] = field().times(product[0], field().alpha(e));
  }
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < product.size(); ++i) bits |= std::uint64_t{product[i]} << i;
  return bits;
}

using Syndromes = std::array<unsigned, kSyndromes>;

/// What changes when bit i does.
void flip(Syndromes& syndromes, int i) {
  for (int s = 0; s < kSyndromes; ++s) {
    syndromes[static_cast<std::size_t>(s)] ^= field().alpha(i * (s + 1));
  }
}

/// Values of the word at alpha^1 ... alpha^20: all 0 for a codeword.
Syndromes syndromes_of(const BchWord& word) {
  Syndromes out{};
  for (int i = 0; i < kBchLength; ++i) {
    if (word[static_cast<std::size_t>(i)]) flip(out, i);
  }
  return out;
}

using Locator = std::array<unsigned, kSyndromes + 1>;

/// Error locator by Berlekamp and Massey, and its degree.
std::pair<Locator, int> locator_of(const Syndromes& syndromes) {
  Locator now{1};
  Locator before{1};
  int degree = 0;
  int gap = 1;
  unsigned scale = 1;
  for (int n = 0; n < kSyndromes; ++n, ++gap) {
    unsigned wrong = 0;
    for (int i = 0; i <= degree; ++i) {
      wrong ^= field().times(now[static_cast<std::size_t>(i)],
                             syndromes[static_cast<std::size_t>(n - i)]);
    }
    if (wrong == 0) continue;
    const Locator kept = now;
    const unsigned factor = field().over(wrong, scale);
    for (int i = gap; i <= kSyndromes; ++i) {
      now[static_cast<std::size_t>(i)] ^=
          field().times(factor, before[static_cast<std::size_t>(i - gap)]);
    }
    if (2 * degree > n) continue;
    degree = n + 1 - degree;
    before = kept;
    scale = wrong;
    gap = 0;
  }
  return {now, degree};
}

std::uint64_t data_of(const BchWord& word) {
  std::uint64_t data = 0;
  for (std::size_t i = 0; i < kDataBits; ++i) {
    if (word[kCheckBits + i]) data |= std::uint64_t{1} << i;
  }
  return data;
}

std::optional<BchDecoded> decode(const BchWord& word, const Syndromes& syndromes) {
  const auto [locator, degree] = locator_of(syndromes);
  if (degree > kBchErrors) return {};
  BchWord mended = word;
  int roots = 0;
  for (int i = 0; i < kBchLength; ++i) {
    unsigned value = 0;  // of the locator at alpha^-i
    for (int j = 0; j <= degree; ++j) {
      value ^=
          field().times(locator[static_cast<std::size_t>(j)], field().alpha((kBchLength - i) * j));
    }
    if (value != 0) continue;
    mended.flip(static_cast<std::size_t>(i));
    ++roots;
  }
  if (roots != degree) return {};
  const std::uint64_t data = data_of(mended);
  if (bch_encode(data) != mended) return {};
  return BchDecoded{data, degree};
}

}  // namespace

BchWord bch_encode(std::uint64_t data) {
  static const std::uint64_t generator = make_generator();
  BchWord word;
  std::uint64_t rest = 0;  // of data * x^63 divided by the generator
  for (std::size_t i = kDataBits; i-- > 0;) {
    const bool bit = ((data >> i) & 1U) != 0;
    word[kCheckBits + i] = bit;
    const bool top = ((rest >> (kCheckBits - 1U)) & 1U) != 0;
    rest <<= 1U;
    if (top != bit) rest ^= generator;
    rest &= (std::uint64_t{1} << kCheckBits) - 1;
  }
  for (std::size_t i = 0; i < kCheckBits; ++i) word[i] = ((rest >> i) & 1U) != 0;
  return word;
}

std::optional<BchDecoded> bch_decode(const BchWord& word) {
  return decode(word, syndromes_of(word));
}

std::optional<BchDecoded> bch_decode_soft(const std::array<float, kBchLength>& soft) {
  BchWord hard;
  for (std::size_t i = 0; i < kBchLength; ++i) hard[i] = soft[i] < 0;
  std::array<std::size_t, kBchLength> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(soft[a]) < std::abs(soft[b]);
  });
  const Syndromes unflipped = syndromes_of(hard);
  std::optional<BchDecoded> best;
  float least = 0;
  for (unsigned flips = 0; flips < 1U << kFlipped; ++flips) {
    BchWord word = hard;
    Syndromes syndromes = unflipped;
    for (unsigned i = 0; i < kFlipped; ++i) {
      if (((flips >> i) & 1U) == 0) continue;
      word.flip(order[i]);
      flip(syndromes, static_cast<int>(order[i]));
    }
    const std::optional<BchDecoded> decoded = decode(word, syndromes);
    if (!decoded) continue;
    const BchWord wrong = bch_encode(decoded->data) ^ hard;
    float weight = 0;
    for (std::size_t i = 0; i < kBchLength; ++i) weight += wrong[i] ? std::abs(soft[i]) : 0;
    if (best && weight >= least) continue;
    least = weight;
    best = BchDecoded{decoded->data, static_cast<int>(wrong.count())};
  }
  return best;
}

}  // namespace cameo

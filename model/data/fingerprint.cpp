// SPDX-License-Identifier: MIT
#include "model/data/fingerprint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <span>
#include <string_view>

#include "base/fnv1a.h"

namespace cameo {
namespace {

constexpr int kMostFaces = 256;      // of the mean
constexpr int kRows = 16;            // of a face, for its checksum
constexpr int kMostShared = 25;      // percent by which chance does not account
constexpr double kLeastApart = 4;    // of 255: persons whose thumbnails differ less look alike
constexpr double kMuchNearer = 0.5;  // as a share of the other distance

/// FNV-1a over some rows of pixels, its bits mixed (splitmix64) so that the smallest are a sample.
std::uint64_t checksum(const std::uint8_t* face, int side) {
  Fnv1a hash;
  const std::size_t row = static_cast<std::size_t>(side) * 3;
  for (int i = 0; i < kRows; ++i) {
    const std::uint8_t* pixels = face + static_cast<std::size_t>(i * side / kRows) * row;
    hash.add(std::span(pixels, row));
  }
  std::uint64_t sum = hash.value();
  sum = (sum ^ (sum >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  sum = (sum ^ (sum >> 27U)) * 0x94D049BB133111EBULL;
  return sum ^ (sum >> 31U);
}

void add_face(std::vector<double>& mean, const std::uint8_t* face, int side) {
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int cell =
          (y * Fingerprint::kSide / side) * Fingerprint::kSide + x * Fingerprint::kSide / side;
      for (int c = 0; c < 3; ++c) mean[static_cast<std::size_t>(cell * 3 + c)] += *face++;
    }
  }
}

void append_hex(std::string& text, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i)
    text += "0123456789abcdef"[(value >> static_cast<unsigned>(4 * i)) & 15U];
}

bool take_hex(std::string_view& text, std::size_t digits, std::uint64_t* value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, *value, 16);
  const bool whole = error == std::errc() && end == text.data() + digits;
  text.remove_prefix(digits);
  return whole;
}

}  // namespace

Fingerprint fingerprint_of(const FaceSet& set) {
  const std::size_t each = static_cast<std::size_t>(set.side) * set.side * 3;
  Fingerprint print;
  print.sums.resize(static_cast<std::size_t>(set.count()));
#pragma omp parallel for
  for (int i = 0; i < set.count(); ++i)
    print.sums[static_cast<std::size_t>(i)] =
        checksum(set.bytes.data() + static_cast<std::size_t>(i) * each, set.side);
  std::sort(print.sums.begin(), print.sums.end());
  print.sums.erase(std::unique(print.sums.begin(), print.sums.end()), print.sums.end());
  print.sums.resize(std::min(print.sums.size(), Fingerprint::kSums));

  std::vector<double> sum(print.mean.size());
  const int sampled = std::min(set.count(), kMostFaces);
  for (std::int64_t i = 0; i < sampled; ++i)
    add_face(sum, set.bytes.data() + static_cast<std::size_t>(i * set.count() / sampled) * each,
             set.side);
  const double cell = std::pow(static_cast<double>(set.side) / Fingerprint::kSide, 2) * sampled;
  for (std::size_t i = 0; i < sum.size() && sampled > 0; ++i)
    print.mean.at(i) = static_cast<std::uint8_t>(std::min(255.0, sum[i] / cell + 0.5));
  return print;
}

std::string text_of(const Fingerprint& print) {
  std::string text;
  for (const std::uint8_t value : print.mean) append_hex(text, value, 2);
  for (const std::uint64_t sum : print.sums) append_hex(text, sum, 16);
  return text;
}

Fingerprint parse_fingerprint(const std::string& text) {
  Fingerprint print;
  std::string_view rest = text;
  std::uint64_t value = 0;
  for (std::uint8_t& mean : print.mean) {
    if (!take_hex(rest, 2, &value)) return {};
    mean = static_cast<std::uint8_t>(value);
  }
  while (!rest.empty() && print.sums.size() < Fingerprint::kSums) {
    if (!take_hex(rest, 16, &value)) return {};
    print.sums.push_back(value);
  }
  return print;
}

int percent_shared(const Fingerprint& a, const Fingerprint& b) {
  // Of the smallest sums of both sets together, how many are in both.
  std::vector<std::uint64_t> both;
  std::set_union(a.sums.begin(), a.sums.end(), b.sums.begin(), b.sums.end(),
                 std::back_inserter(both));
  const std::size_t sampled = std::min(both.size(), Fingerprint::kSums);
  int shared = 0;
  for (std::size_t i = 0; i < sampled; ++i)
    shared += std::binary_search(a.sums.begin(), a.sums.end(), both[i]) &&
                      std::binary_search(b.sums.begin(), b.sums.end(), both[i])
                  ? 1
                  : 0;
  return sampled == 0 ? 0 : static_cast<int>(100 * static_cast<std::size_t>(shared) / sampled);
}

double mean_difference(const Fingerprint& a, const Fingerprint& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.mean.size(); ++i)
    sum += std::abs(int{a.mean.at(i)} - int{b.mean.at(i)});
  return sum / static_cast<double>(a.mean.size());
}

std::string why_exchanged(const Fingerprint& a, const Fingerprint& b, const Fingerprint& model_a,
                          const Fingerprint& model_b) {
  if (!a || !b || !model_a || !model_b) return "";
  const int same = std::max(percent_shared(a, model_a), percent_shared(b, model_b));
  const int a_in_b = percent_shared(a, model_b), b_in_a = percent_shared(b, model_a);
  if (std::max(a_in_b, b_in_a) >= kMostShared && std::max(a_in_b, b_in_a) > same)
    return std::to_string(a_in_b) + " % of A's faces are those it was trained on as B, " +
           std::to_string(b_in_a) + " % of B's those it was trained on as A";
  if (same > 0) return "";
  const double straight = mean_difference(a, model_a) + mean_difference(b, model_b);
  const double crossed = mean_difference(a, model_b) + mean_difference(b, model_a);
  if (mean_difference(model_a, model_b) < kLeastApart || crossed >= kMuchNearer * straight)
    return "";
  return "in colours A's faces resemble those it was trained on as B, and B's those of A";
}

}  // namespace cameo

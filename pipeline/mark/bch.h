// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

namespace cameo {

/// Length of a BCH codeword, bits.
inline constexpr int kBchLength = 127;
/// Errors that the code corrects, bits.
inline constexpr int kBchErrors = 10;

/// A BCH codeword: bits 0 to 62 check, bits 63 to 126 are the data.
using BchWord = std::bitset<kBchLength>;

/// A decoded codeword.
struct BchDecoded {
  std::uint64_t data = 0;
  int corrected = 0;  ///< bits that were wrong
};

/// `data` in the binary BCH code (127, 64): systematic, over GF(2^7) with x^7 + x^3 + 1.
BchWord bch_encode(std::uint64_t data);

/// Hard-decision decoder (Berlekamp-Massey, Chien search): what `word` was before up to kBchErrors
/// bits changed. Nothing if no codeword is that near. A random word is taken for a codeword with a
/// probability of 2.6e-5.
std::optional<BchDecoded> bch_decode(const BchWord& word);

/// Soft-decision decoder (Chase's second algorithm): of the codewords that bch_decode finds with
/// each combination of the ten least reliable bits flipped, the one whose disagreeing bits weigh
/// least. soft: one value a bit, below 0 for 1, the magnitude its reliability. Nothing if there is
/// no such codeword; random values decode with a probability of about 0.01. corrected: how many
/// bits of the signs of `soft` were wrong, which may be more than kBchErrors.
std::optional<BchDecoded> bch_decode_soft(const std::array<float, kBchLength>& soft);

}  // namespace cameo

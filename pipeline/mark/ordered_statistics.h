// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <optional>

#include "pipeline/mark/bch.h"

namespace cameo {

/// Soft-decision decoder by ordered statistics of order 2 (Fossorier, Lin, 1995): of the codewords
/// that agree with the signs of 64 reliable, independent bits but for two at most, the one whose
/// disagreeing bits weigh least. Behind Gaussian noise it finds most words with seventeen wrong
/// bits of 127 and some with more; where all bits are equally reliable, fewer than Chase's
/// algorithm. Any values have a nearest codeword: nothing if it agrees with too little of their
/// weight, which lets about 2 random words of 1,000 pass. soft, corrected: as of bch_decode_soft.
std::optional<BchDecoded> decode_by_ordered_statistics(const std::array<float, kBchLength>& soft);

}  // namespace cameo

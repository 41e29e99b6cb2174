// SPDX-License-Identifier: MIT
#include "model/train/plateau.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cameo {
namespace {

constexpr double kFactor = 0.5, kLeastShare = 0.02;
constexpr double kNoise = 1e-4;  // a loss must be lower by this share of the least to be lower

}  // namespace

bool take_loss(Plateau& plateau, double loss, int patience) {
  if (loss < plateau.least * (1 - kNoise)) {
    plateau.least = loss;
    plateau.waited = 0;
    return false;
  }
  if (++plateau.waited < patience || plateau.share <= kLeastShare) return false;
  plateau.waited = 0;
  plateau.share = std::max(kLeastShare, plateau.share * kFactor);
  return true;
}

std::string text_of(const Plateau& plateau) {
  std::array<char, 96> text{};
  char* at = text.data();
  char* const end = at + text.size();
  at = std::to_chars(at, end, plateau.least).ptr;
  *at++ = ' ';
  at = std::to_chars(at, end, plateau.waited).ptr;
  *at++ = ' ';
  return {text.data(), std::to_chars(at, end, plateau.share).ptr};
}

Plateau parse_plateau(const std::string& text) {
  Plateau plateau;
  const char *at = text.data(), *const end = at + text.size();
  const auto read = [&](auto& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc()) return false;
    at = next != end && *next == ' ' ? next + 1 : next;
    return true;
  };
  const bool whole = read(plateau.least) && read(plateau.waited) && read(plateau.share);
  return whole && at == end && plateau.share > 0 && plateau.share <= 1 ? plateau : Plateau{};
}

}  // namespace cameo

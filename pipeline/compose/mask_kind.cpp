// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask_kind.h"

#include <array>
#include <string>
#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

constexpr std::array<std::pair<std::string_view, MaskKind>, 13> kNames = {
    {{"auto", MaskKind::Auto},
     {"rect", MaskKind::Rect},
     {"square", MaskKind::Rect},
     {"facehull", MaskKind::FaceHull},
     {"facehullandrect", MaskKind::FaceHullAndRect},
     {"hull", MaskKind::Hull},
     {"extended", MaskKind::Extended},
     {"ellipse", MaskKind::Ellipse},
     {"learned", MaskKind::LearnedAlone},
     {"learned-facehull", MaskKind::LearnedFaceHull},
     {"occlusion", MaskKind::Occlusion},
     {"keep-eyes", MaskKind::KeepEyes},
     {"keep-mouth", MaskKind::KeepMouth}}};

MaskKind one_kind(std::string_view name) {
  std::string all;
  for (const auto& [word, kind] : kNames) {
    if (word == name) return kind;
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  fail(ErrorCode::Usage, "mask: no kind '", name, "'; there are ", all,
       ", and several of them joined by +");
}

}  // namespace

MaskKind mask_kind(std::string_view names) {
  MaskKind kind{};
  for (std::string_view rest = names;;) {
    const std::size_t end = rest.find('+');
    kind = kind | one_kind(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (has(kind, MaskKind::Shapes)) return kind;
  return kind | (is_learned(kind) ? MaskKind::Rect : MaskKind::Auto);
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "kernels/cuda/narrow_conv.h"

namespace cameo::kernels {
namespace {

constexpr int kMostNarrow = 12;  // channels

/// The convolution seen from its narrow side, if it has one.
std::optional<NarrowGeometry> geometry_of(const Conv2dSpec& s) {
  if (s.w.h != s.w.w || s.x.c == s.y.c) return std::nullopt;
  NarrowGeometry g{.k = s.w.h, .stride = s.stride, .turned = s.y.c < s.x.c};
  if (g.turned) {
    if (s.stride != 1) return std::nullopt;
    g.narrow = s.y;
    g.wide = s.x;
    g.top = g.k - 1 - s.pad.top;
    g.left = g.k - 1 - s.pad.left;
  } else {
    g.narrow = s.x;
    g.wide = s.y;
    g.top = s.pad.top;
    g.left = s.pad.left;
  }
  if (g.narrow.c > kMostNarrow || s.stride > 2 || g.top < 0 || g.left < 0) return std::nullopt;
  return g;
}

/// Whether all rows and pixels begin at whole 16 bytes.
bool whole_pieces(const NarrowGeometry& g, Precision precision) {
  const int per_piece = precision == Precision::Bf16 ? 8 : 4;
  return g.narrow.w * g.narrow.c % per_piece == 0 && g.wide.c % per_piece == 0;
}

/// y from x where y is the narrow side.
GatherArgs gather_args(const NarrowGeometry& g, const void* x, const void* w, void* y) {
  return {x, w, y, g.wide, g.narrow, g.k, g.k - 1 - g.top, g.k - 1 - g.left};
}

bool fits(const NarrowPass& pass) {
  switch (pass.pass) {
    case ConvPass::Forward:
      return pass.g.turned
                 ? can_gather(pass.precision, gather_args(pass.g, nullptr, nullptr, nullptr))
                 : can_spread(pass);
    case ConvPass::BackwardData:
      return pass.g.turned && can_spread(pass);
    case ConvPass::BackwardWeights:
      break;
  }
  return can_grad(pass);
}

}  // namespace

std::optional<NarrowConv> NarrowConv::make(const Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const Precision precision = on.options().precision;
  const auto geometry = geometry_of(spec);
  if (!geometry || !whole_pieces(*geometry, precision)) return std::nullopt;
  NarrowConv conv;
  conv.pass_ = {*geometry, pass, precision};
  if (!fits(conv.pass_)) return std::nullopt;
  if (pass == ConvPass::BackwardWeights) conv.workspace_bytes_ = narrow_grad_bytes(on, conv.pass_);
  return conv;
}

void NarrowConv::run(Cuda& on, const void* x, const void* w, const void* y, void* workspace) const {
  const NarrowGeometry& g = pass_.g;
  const auto out = [](const void* p) { return const_cast<void*>(p); };
  switch (pass_.pass) {
    case ConvPass::Forward:
      if (g.turned) return narrow_gather(on, pass_.precision, gather_args(g, x, w, out(y)));
      return narrow_spread(on, pass_, x, w, out(y));
    case ConvPass::BackwardData:
      return narrow_spread(on, pass_, y, w, out(x));
    case ConvPass::BackwardWeights:
      break;
  }
  narrow_grad(on, pass_, g.turned ? y : x, g.turned ? x : y, out(w), workspace);
}

}  // namespace cameo::kernels

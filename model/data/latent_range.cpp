// SPDX-License-Identifier: MIT
#include "model/data/latent_range.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "model/net/network.h"

namespace cameo {
namespace {

using Rows = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void rotate(std::vector<double>& a, std::vector<double>& b, double cosine, double sine) {
  for (std::size_t i = 0; i < a.size(); ++i)
    std::tie(a[i], b[i]) = std::pair(cosine * a[i] - sine * b[i], sine * a[i] + cosine * b[i]);
}

/// Latents less their mean, one a row.
Rows centered(const LatentSample& latents) {
  const LatentStats moments = moments_of(latents);
  Rows rows(latents.count(), std::vector<double>(latents.width));
  for (std::size_t i = 0; i < latents.values.size(); ++i)
    rows[i / latents.width][i % latents.width] =
        double{latents.values[i]} - moments.mean[i % latents.width];
  return rows;
}

Rows transposed(const Rows& rows) {
  Rows columns(rows[0].size(), std::vector<double>(rows.size()));
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t n = 0; n < rows.size(); ++n) columns[i][n] = rows[n][i];
  return columns;
}

/// Products of all rows with all.
Rows gram(const Rows& rows) {
  Rows products(rows.size(), std::vector<double>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) products[i][j] = products[j][i] = dot(rows[i], rows[j]);
  return products;
}

/// Eigenvectors of a symmetric, positive semidefinite matrix, in rows, those of the greatest
/// eigenvalues first and none of eigenvalues that are rounding.
/// Source: one-sided Jacobi rotations, Hestenes 1958.
Rows eigenvectors(Rows matrix) {
  constexpr int kMostSweeps = 40;
  constexpr double kOrthogonal = 1e-10, kNothing = 1e-12;
  const std::size_t width = matrix.size();
  Rows axes(width, std::vector<double>(width));
  for (std::size_t i = 0; i < width; ++i) axes[i][i] = 1;
  bool turned = true;
  for (int sweep = 0; turned && sweep < kMostSweeps; ++sweep) {
    turned = false;
    for (std::size_t p = 0; p + 1 < width; ++p) {
      for (std::size_t q = p + 1; q < width; ++q) {
        const double pp = dot(matrix[p], matrix[p]), qq = dot(matrix[q], matrix[q]);
        const double pq = dot(matrix[p], matrix[q]);
        if (std::abs(pq) <= kOrthogonal * std::sqrt(pp * qq)) continue;
        const double zeta = (qq - pp) / (2 * pq);
        const double tangent = std::copysign(1 / (std::abs(zeta) + std::hypot(1, zeta)), zeta);
        const double cosine = 1 / std::hypot(1, tangent);
        rotate(matrix[p], matrix[q], cosine, cosine * tangent);
        rotate(axes[p], axes[q], cosine, cosine * tangent);
        turned = true;
      }
    }
  }
  std::vector<double> values;  // squared
  values.reserve(width);
  for (const std::vector<double>& row : matrix) values.push_back(dot(row, row));
  std::vector<std::size_t> order(width);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  Rows sorted;
  for (const std::size_t i : order)
    if (values[i] > kNothing * values[order[0]]) sorted.push_back(std::move(axes[i]));
  return sorted;
}

/// Principal axes of centered latents, largest variance first. Of the two matrices that have their
/// variances as eigenvalues the smaller one is taken: `original` has latents of 1024 elements.
Rows principal_axes(const Rows& latents) {
  const Rows elements = transposed(latents);
  if (elements.size() <= latents.size()) return eigenvectors(gram(elements));
  Rows axes = eigenvectors(gram(latents));
  for (std::vector<double>& weights : axes) {
    std::vector<double> axis;
    axis.reserve(elements.size());
    for (const std::vector<double>& element : elements) axis.push_back(dot(weights, element));
    const double length = std::sqrt(dot(axis, axis));
    for (double& value : axis) value /= length;
    weights = std::move(axis);
  }
  return axes;
}

}  // namespace

LatentRange range_of(const LatentSample& latents) {
  const std::size_t width = latents.width;
  Rows axes = principal_axes(centered(latents));
  axes.resize(std::min({axes.size(), latents.count() / 4, width / 2}));
  LatentRange range;
  for (const std::vector<double>& axis : axes) {
    std::vector<double> along;
    for (std::size_t at = 0; at < latents.values.size(); at += width)
      along.push_back(std::inner_product(
          axis.begin(), axis.end(), latents.values.begin() + static_cast<std::ptrdiff_t>(at), 0.0));
    const auto [low, high] = std::minmax_element(along.begin(), along.end());
    range.axes.insert(range.axes.end(), axis.begin(), axis.end());
    range.low.push_back(static_cast<float>(*low));
    range.high.push_back(static_cast<float>(*high));
  }
  return range;
}

LatentSummary summary_of(const LatentSample& latents) {
  return {moments_of(latents), range_of(latents)};
}

void limit_latents(ParamStore& params, const LatentRange& range, const LatentMap& matched) {
  const std::size_t count = range.low.size(), width = matched.shift.size();
  const std::string excess = kLatentExcess, back = kLatentBack;
  const int excess_weight = params.find(excess + ".weight"),
            back_weight = params.find(back + ".weight");
  check(range.axes.size() == count * width && range.high.size() == count &&
            params.table()[static_cast<std::size_t>(excess_weight)].shape ==
                Shape{static_cast<int>(2 * count), 1, 1, static_cast<int>(width)},
        ErrorCode::Format, "latents: a range along ", count, " axes, in ", range.axes.size(),
        " numbers, for latents of ", width, " elements");
  // Of a matched latent stretch z + shift, max(0, its product with an axis - high), and then max(0,
  // low - that product); both are taken back along the axis, in the measure of z.
  std::vector<float> weight(2 * count * width), bias(2 * count), taken(2 * count * width);
  for (std::size_t k = 0; k < count; ++k) {
    double moved = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const float axis = range.axes[k * width + i];
      moved += double{axis} * matched.shift[i];
      weight[k * width + i] = axis * matched.stretch[i];
      weight[(count + k) * width + i] = -axis * matched.stretch[i];
      taken[i * 2 * count + k] = -axis / matched.stretch[i];
      taken[i * 2 * count + count + k] = axis / matched.stretch[i];
    }
    bias[k] = static_cast<float>(moved - range.high[k]);
    bias[count + k] = static_cast<float>(range.low[k] - moved);
  }
  params.write(excess_weight, weight.data());
  params.write(params.find(excess + ".bias"), bias.data());
  params.write(back_weight, taken.data());
  params.write(params.find(back + ".bias"), std::vector<float>(width).data());
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "pipeline/mark/placement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

namespace cameo {
namespace {

using Complex = std::complex<float>;

constexpr double kSureScore = 12;   // as it is: no need to search farther than around
constexpr double kExactScore = 20;  // nor there
constexpr int kCoarseHighest = 31;  // cycles a tile; below half of kCoarseGrid
constexpr int kCoarseGrid = 96;     // offsets a tile that are tried, each way
constexpr int kFineGrid = 128;
constexpr double kZoomStep = 0.01, kDegreeStep = 0.7;
constexpr int kZoomsBelow = 24, kZoomsAbove = 6, kDegreesAside = 4;
constexpr std::size_t kRefined = 4;          // hits of the coarse grid that are looked at in full
constexpr double kSteps[] = {1, 0.5, 0.25};  // of climbing, in those of the grid or in pixels
constexpr int kRings = 6;                    // of frequencies, for the weights of bits

bool in_band(int ky, int kx, int highest) {
  const int square = ky * ky + kx * kx;
  return square >= kMarkLowest * kMarkLowest && square <= highest * highest;
}

/// A frequency of the band, of the half that is not the other's conjugate.
struct BandPlace {
  int ky = 0, kx = 0;
  int square = 0;        // of the radius
  std::size_t ring = 0;  // the radius, rounded
};

const std::vector<BandPlace>& band_places() {
  static const std::vector<BandPlace> places = [] {
    std::vector<BandPlace> out;
    for (int ky = 0; ky <= kMarkHighest; ++ky) {
      for (int kx = -kMarkHighest; kx <= kMarkHighest; ++kx) {
        if (!in_band(ky, kx, kMarkHighest)) continue;
        const auto ring = static_cast<std::size_t>(std::lround(std::hypot(ky, kx)));
        out.push_back({ky, kx, ky * ky + kx * kx, ring});
      }
    }
    return out;
  }();
  return places;
}

Complex turned(double angle) {
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

/// Factors that undo the offset of a placement, for every frequency.
class Centring {
 public:
  explicit Centring(const MarkPlacement& placement) {
    for (int k = -kMarkHighest; k <= kMarkHighest; ++k) {
      const double angle = 2 * std::numbers::pi * k / kMarkTile;
      y_[index(k)] = turned(angle * placement.y);
      x_[index(k)] = turned(angle * placement.x);
    }
  }
  Complex of(const Carrier& carrier) const { return y_[index(carrier.ky)] * x_[index(carrier.kx)]; }

 private:
  static std::size_t index(int k) {
    const int place = k + kMarkHighest;
    return static_cast<std::size_t>(place);
  }
  std::array<Complex, 2 * kMarkHighest + 1> y_, x_;
};

/// What the pilots gave under one mirroring and turn.
struct PilotValues {
  std::vector<Carrier> pilots;
  std::vector<Complex> values;  // with the key's phase undone
  double deviation = 0;         // of the real part of their sum, in noise
};

PilotValues pilot_values(const BandSpectrum& band, const Carriers& carriers, int highest,
                         const MarkPlacement& placement) {
  PilotValues out;
  double power = 0;
  for (const Carrier& pilot : carriers.pilots()) {
    if (!in_band(pilot.ky, pilot.kx, highest)) continue;
    const Complex value = band.at(pilot.ky, pilot.kx, placement);
    power += std::norm(value);
    out.pilots.push_back(pilot);
    out.values.push_back(value * std::conj(pilot.phase));
  }
  out.deviation = std::sqrt(std::max(power, 1e-12) / 2);
  return out;
}

double score_at(const PilotValues& pilots, const MarkPlacement& placement) {
  const Centring centring(placement);
  double sum = 0;
  for (std::size_t i = 0; i < pilots.values.size(); ++i) {
    sum += (pilots.values[i] * centring.of(pilots.pilots[i])).real();
  }
  return sum / pilots.deviation;
}

/// The best offset by the inverse transform of what the pilots gave, on a grid over the tile.
MarkHit best_offset(const PilotValues& pilots, int grid, MarkPlacement placement) {
  cv::Mat spectrum = cv::Mat::zeros(grid, grid, CV_32FC2);
  const auto put = [&](int ky, int kx, Complex value) {
    spectrum.at<cv::Vec2f>((ky + grid) % grid, (kx + grid) % grid) = {value.real(), value.imag()};
  };
  for (std::size_t i = 0; i < pilots.values.size(); ++i) {
    const Carrier& pilot = pilots.pilots[i];
    put(pilot.ky, pilot.kx, 0.5F * pilots.values[i]);
    put(-pilot.ky, -pilot.kx, 0.5F * std::conj(pilots.values[i]));
  }
  cv::Mat correlation;  // the real part of the pilots' sum at each offset
  cv::dft(spectrum, correlation, cv::DFT_INVERSE | cv::DFT_REAL_OUTPUT);
  double best = 0;
  cv::Point where;
  cv::minMaxLoc(correlation, nullptr, &best, nullptr, &where);
  const double step = static_cast<double>(kMarkTile) / grid;
  placement.x = where.x * step;
  placement.y = where.y * step;
  return {best / pilots.deviation, placement};
}

/// Moves the offset to the peak between the points of the grid.
MarkHit refine_offset(const PilotValues& pilots, MarkHit hit) {
  for (const double step : kSteps) {
    const MarkPlacement middle = hit.placement;
    for (int i = 0; i < 9; ++i) {
      MarkPlacement tried = middle;
      const int across = i % 3 - 1, down = i / 3 - 1;
      tried.x += step * across;
      tried.y += step * down;
      const double score = score_at(pilots, tried);
      if (score > hit.score) hit = {score, tried};
    }
  }
  return hit;
}

MarkPlacement with_symmetry(MarkPlacement placement, int symmetry) {
  placement.mirrored = symmetry % 2 == 1;
  placement.quarter_turns = symmetry / 2;
  return placement;
}

/// Full evaluation of one zoom and rotation under a mirroring and turn.
MarkHit evaluate(const cv::Mat& residual, const Carriers& carriers,
                 const MarkPlacement& placement) {
  const BandSpectrum band(fold_tiles(residual, kMarkTile, placement), kMarkHighest);
  const PilotValues pilots = pilot_values(band, carriers, kMarkHighest, placement);
  return refine_offset(pilots, best_offset(pilots, kFineGrid, placement));
}

/// The picture neither zoomed nor rotated, in all its mirrored and turned forms.
MarkHit as_it_is(const cv::Mat& residual, const Carriers& carriers) {
  const BandSpectrum band(fold_tiles(residual, kMarkTile, {}), kMarkHighest);
  MarkHit best;
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    const MarkPlacement placement = with_symmetry({}, symmetry);
    const PilotValues pilots = pilot_values(band, carriers, kMarkHighest, placement);
    const MarkHit hit = refine_offset(pilots, best_offset(pilots, kFineGrid, placement));
    if (hit.score > best.score) best = hit;
  }
  return best;
}

/// Zooms and rotations at half the scale, each with its best offset and form, best first.
std::vector<MarkHit> coarse_hits(const cv::Mat& residual, const Carriers& carriers) {
  cv::Mat half;
  cv::resize(residual, half, {}, 0.5, 0.5, cv::INTER_AREA);
  std::vector<MarkHit> hits;
  for (int zoom = -kZoomsBelow; zoom <= kZoomsAbove; ++zoom) {
    for (int turn = -kDegreesAside; turn <= kDegreesAside; ++turn) {
      const MarkPlacement placement{.zoom = 1 + zoom * kZoomStep, .degrees = turn * kDegreeStep};
      const BandSpectrum band(fold_tiles(half, kMarkTile / 2, placement), kCoarseHighest);
      MarkHit best;
      // A picture turned by a quarter is seldom also rotated by a little.
      for (int symmetry = 0; symmetry < (turn == 0 ? 8 : 2); ++symmetry) {
        const MarkPlacement form = with_symmetry(placement, symmetry);
        const PilotValues pilots = pilot_values(band, carriers, kCoarseHighest, form);
        const MarkHit hit = best_offset(pilots, kCoarseGrid, form);
        if (hit.score > best.score) best = hit;
      }
      hits.push_back(best);
    }
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const MarkHit& a, const MarkHit& b) { return a.score > b.score; });
  return hits;
}

/// Climbs from a hit to the best zoom and rotation around. first: greatest step, of the grid's.
MarkHit refine(const cv::Mat& residual, const Carriers& carriers, const MarkPlacement& start,
               double first) {
  MarkHit best = evaluate(residual, carriers, start);
  for (const double part : kSteps) {
    if (part > first) continue;
    const MarkPlacement middle = best.placement;
    for (int i = 0; i < 9; ++i) {
      if (i == 4) continue;
      MarkPlacement tried = middle;
      const int nearer = i % 3 - 1, further = i / 3 - 1;
      tried.zoom += part * kZoomStep * nearer;
      tried.degrees += part * kDegreeStep * further;
      const MarkHit hit = evaluate(residual, carriers, tried);
      if (hit.score > best.score) best = hit;
    }
  }
  return best;
}

/// The residual zoomed and rotated around its middle, with all that it shows but the corners.
cv::Mat place(const cv::Mat& residual, const MarkPlacement& placement) {
  if (placement.zoom == 1 && placement.degrees == 0) return residual;
  const cv::Size size(static_cast<int>(residual.cols * placement.zoom),
                      static_cast<int>(residual.rows * placement.zoom));
  const cv::Point2f middle(static_cast<float>(residual.cols) / 2,
                           static_cast<float>(residual.rows) / 2);
  cv::Mat to = cv::getRotationMatrix2D(middle, placement.degrees, placement.zoom);
  to.at<double>(0, 2) += (size.width - residual.cols) / 2.0;
  to.at<double>(1, 2) += (size.height - residual.rows) / 2.0;
  cv::Mat placed;
  cv::warpAffine(residual, placed, to, size, cv::INTER_LINEAR);
  return placed;
}

int ring_of(const Carrier& carrier) {
  const double radius = std::hypot(carrier.ky, carrier.kx);
  const double part = (radius - kMarkLowest) / (kMarkHighest - kMarkLowest);
  return std::clamp(static_cast<int>(part * kRings), 0, kRings - 1);
}

}  // namespace

BandSpectrum::BandSpectrum(const cv::Mat& folded, int highest) : highest_(highest) {
  cv::Mat spectrum;
  cv::dft(folded, spectrum, cv::DFT_COMPLEX_OUTPUT);
  const int side = 2 * highest + 1;
  values_.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  const std::vector<BandPlace>& places = band_places();
  std::array<double, kMarkHighest + 1> power{};
  std::array<int, kMarkHighest + 1> count{};
  const auto value = [&](int ky, int kx) {
    const auto v = spectrum.at<cv::Vec2f>(ky, (kx + folded.cols) % folded.cols);
    return Complex(v[0], v[1]);
  };
  for (const BandPlace& place : places) {
    if (place.square > highest * highest) continue;
    power[place.ring] += std::norm(value(place.ky, place.kx));
    ++count[place.ring];
  }
  const int centre = side * side / 2;
  for (const BandPlace& place : places) {
    if (place.square > highest * highest) continue;
    const Complex v = value(place.ky, place.kx);
    const float mean =
        static_cast<float>(power[place.ring]) / static_cast<float>(count[place.ring]);
    const Complex white = v / std::max(std::sqrt(std::sqrt(mean * std::norm(v))), 1e-9F);
    const int offset = place.ky * side + place.kx;
    const int after = centre + offset, before = centre - offset;
    values_[static_cast<std::size_t>(after)] = white;
    values_[static_cast<std::size_t>(before)] = std::conj(white);
  }
}

Complex BandSpectrum::at(int ky, int kx, const MarkPlacement& placement) const {
  if (placement.mirrored) kx = -kx;
  for (int i = 0; i < placement.quarter_turns; ++i) {
    const int before = ky;
    ky = kx;
    kx = -before;
  }
  const int side = 2 * highest_ + 1;
  const int place = (ky + highest_) * side + kx + highest_;
  return values_[static_cast<std::size_t>(place)];
}

cv::Mat fold_tiles(const cv::Mat& residual, int tile, const MarkPlacement& placement) {
  const cv::Mat placed = place(residual, placement);
  cv::Mat sum = cv::Mat::zeros(tile, tile, CV_32FC1);
  for (int y = 0; y < placed.rows; y += tile) {
    for (int x = 0; x < placed.cols; x += tile) {
      const cv::Rect part(x, y, std::min(tile, placed.cols - x), std::min(tile, placed.rows - y));
      cv::Mat into = sum(cv::Rect({}, part.size()));
      cv::add(into, placed(part), into);
    }
  }
  return sum;
}

MarkHit find_mark(const cv::Mat& residual, const Carriers& carriers) {
  MarkHit best = as_it_is(residual, carriers);
  if (best.score >= kExactScore) return best;
  if (best.score >= kSureScore) return refine(residual, carriers, best.placement, 1);
  const std::vector<MarkHit> coarse = coarse_hits(residual, carriers);
  for (std::size_t i = 0; i < kRefined; ++i) {
    const MarkHit hit = refine(residual, carriers, coarse[i].placement, 0.5);
    if (hit.score > best.score) best = hit;
  }
  return best;
}

MarkHit uncropped_mark(const cv::Mat& residual, const Carriers& carriers) {
  const BandSpectrum band(fold_tiles(residual, kMarkTile, {}), kMarkHighest);
  MarkHit best;
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    MarkPlacement placement = with_symmetry({}, symmetry);
    const int turns = placement.quarter_turns;
    const bool from_right = (turns >= 2) != placement.mirrored;
    const bool from_below = turns == 1 || turns == 2;
    if (from_right) placement.x = 1 - (turns % 2 == 0 ? residual.cols : residual.rows);
    if (from_below) placement.y = 1 - (turns % 2 == 0 ? residual.rows : residual.cols);
    const double score = score_at(pilot_values(band, carriers, kMarkHighest, placement), placement);
    if (score > best.score) best = {score, placement};
  }
  return best;
}

std::array<float, kBchLength> read_bits(const cv::Mat& residual, const Carriers& carriers,
                                        const MarkPlacement& placement) {
  const BandSpectrum band(fold_tiles(residual, kMarkTile, placement), kMarkHighest);
  const Centring centring(placement);
  const auto symbol = [&](const Carrier& carrier) {
    return band.at(carrier.ky, carrier.kx, placement) * std::conj(carrier.phase) *
           centring.of(carrier);
  };
  std::array<float, kRings> weight{};
  std::array<int, kRings> count{};
  for (const Carrier& pilot : carriers.pilots()) {
    const auto ring = static_cast<std::size_t>(ring_of(pilot));
    weight[ring] += symbol(pilot).real();
    ++count[ring];
  }
  for (std::size_t i = 0; i < kRings; ++i) {
    // Not nothing, as the few pilots of a ring tell its gain only roughly.
    weight[i] = std::max(0.0F, weight[i] / static_cast<float>(count[i])) + 0.02F;
  }
  std::array<float, kBchLength> soft{};
  for (std::size_t i = 0; i < carriers.data().size(); ++i) {
    const Carrier& carrier = carriers.data()[i];
    const Complex value = weight[static_cast<std::size_t>(ring_of(carrier))] * symbol(carrier);
    soft[Carriers::bit_of(i, 0)] += value.real();
    soft[Carriers::bit_of(i, 1)] += value.imag();
  }
  return soft;
}

}  // namespace cameo

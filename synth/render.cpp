// SPDX-License-Identifier: MIT
#include "synth/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "synth/backdrop.h"
#include "synth/camera.h"
#include "synth/head.h"
#include "synth/light.h"
#include "synth/paint.h"
#include "synth/random.h"

namespace cameo::synth {
namespace {

constexpr float kNear = Camera::kDistance - 2.6F;
constexpr float kEnd = Camera::kDistance + 2.6F;
constexpr float kTouch = 0.0015F;
constexpr int kTile = 8;

struct Sample {
  Vec3 colour{0, 0, 0};  ///< 0 .. 1, as shown
  float depth = kEnd;
  Stuff stuff = Stuff::Nothing;
  bool face = false;
};
using Samples = std::array<Sample, kStreams>;

using Places = std::array<cv::Point2f, kStreams>;
using Offsets = std::array<std::array<float, 2>, kStreams>;
/// The middles of a block of 2x2 pixels.
constexpr Offsets kBlock{{{0.5F, 0.5F}, {1.5F, 0.5F}, {0.5F, 1.5F}, {1.5F, 1.5F}}};
/// Four places in a pixel, no two in a row or column.
constexpr Offsets kInPixel{
    {{0.375F, 0.125F}, {0.875F, 0.375F}, {0.125F, 0.625F}, {0.625F, 0.875F}}};

Places places_from(int x, int y, const Offsets& offsets) {
  Places places;
  for (int i = 0; i < kStreams; ++i) {
    places[i] = {static_cast<float>(x) + offsets[i][0], static_cast<float>(y) + offsets[i][1]};
  }
  return places;
}

Vec3L along(Vec3 origin, const Vec3L& direction, Lanes t) {
  return {direction.x * t + origin.x, direction.y * t + origin.y, direction.z * t + origin.z};
}

Vec3L gather(const std::array<Vec3, kStreams>& v) {
  return {Lanes{v[0].x, v[1].x, v[2].x, v[3].x}, Lanes{v[0].y, v[1].y, v[2].y, v[3].y},
          Lanes{v[0].z, v[1].z, v[2].z, v[3].z}};
}

/// One frame of one actor.
class Frame {
 public:
  Frame(const Actor& actor, const Performance& performance, const RenderOptions& options)
      : head_(make_head(actor, performance)),
        performance_(performance),
        options_(options),
        camera_(performance.pose, options.width, options.height),
        lamp_(camera_.into_head_direction(performance.light.direction)),
        up_(camera_.into_head_direction({0, 1, 0})),
        backdrop_(performance.background, options.width, options.height),
        tiles_x_((options.width + kTile - 1) / kTile),
        tiles_y_((options.height + kTile - 1) / kTile) {}

  /// One sample for each pixel; without colours if only the stuff is wanted.
  std::vector<Sample> trace(bool coloured) {
    start_tiles();
    std::vector<Sample> samples(static_cast<std::size_t>(options_.width) * options_.height);
#pragma omp parallel for schedule(dynamic, 4)
    for (int tile = 0; tile < tiles_x_ * tiles_y_; ++tile) trace_tile(tile, coloured, samples);
    return samples;
  }

  /// Replaces the colour of pixels on edges by the mean of four samples.
  void smooth(std::vector<Sample>& samples) const {
    const std::vector<Sample> plain = samples;
#pragma omp parallel for schedule(dynamic, 4)
    for (int y = 0; y < options_.height; ++y) {
      for (int x = 0; x < options_.width; ++x) {
        if (on_edge(plain, x, y)) samples[at(x, y)].colour = mean_colour(x, y);
      }
    }
  }

 private:
  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * options_.width + x;
  }

  /// Finds for each tile how far its whole cone of rays runs through empty space.
  void start_tiles() {
    const int count = tiles_x_ * tiles_y_;
    starts_.assign(count, kEnd);
#pragma omp parallel for schedule(dynamic, 4)
    for (int first = 0; first < count; first += kStreams) {
      std::array<Vec3, kStreams> rays{};
      for (int i = 0; i < kStreams; ++i) {
        const int tile = std::min(first + i, count - 1);
        const int column = tile % tiles_x_;
        const int row = tile / tiles_x_;
        rays[i] = camera_.ray((static_cast<float>(column) + 0.5F) * kTile,
                              (static_cast<float>(row) + 0.5F) * kTile);
      }
      const Lanes t = cone_march(gather(rays));
      for (int i = 0; i < kStreams && first + i < count; ++i) starts_[first + i] = t[i];
    }
  }

  Lanes cone_march(const Vec3L& direction) const {
    const float spread = 0.75F * kTile * camera_.pixel() / Camera::kDistance;
    Lanes t = lanes(kNear);
    for (int step = 0; step < 40; ++step) {
      const Lanes room = distance(head_, along(camera_.origin(), direction, t)) - t * spread;
      const auto going = (room > 0.01F) & (t < kEnd);
      if (!any(going)) break;
      t = going ? t + room * 0.9F : t;
    }
    return t;
  }

  void trace_tile(int tile, bool coloured, std::vector<Sample>& samples) const {
    const int x0 = tile % tiles_x_ * kTile;
    const int y0 = tile / tiles_x_ * kTile;
    for (int y = y0; y < std::min(y0 + kTile, options_.height); y += 2) {
      for (int x = x0; x < std::min(x0 + kTile, options_.width); x += 2) {
        const Samples four = trace_four(places_from(x, y, kBlock), starts_[tile], coloured);
        for (int i = 0; i < kStreams; ++i) {
          const int px = x + i % 2;
          const int py = y + i / 2;
          if (px < options_.width && py < options_.height) samples[at(px, py)] = four[i];
        }
      }
    }
  }

  Samples trace_four(const Places& places, float start, bool coloured) const {
    std::array<Vec3, kStreams> rays{};
    for (int i = 0; i < kStreams; ++i) rays[i] = camera_.ray(places[i].x, places[i].y);
    const Vec3L direction = gather(rays);
    Lanes t = lanes(start);
    Lanes d = lanes(1.0F);
    for (int step = 0; step < 80; ++step) {
      d = distance(head_, along(camera_.origin(), direction, t));
      const auto going = (d > kTouch) & (t < kEnd);
      if (!any(going)) break;
      t = going ? t + d * 0.85F : t;
    }
    t = t + d;  // the rest of the way: where rays stop short by different steps, shadows show bands
    Samples out;
    const auto hit = t < kEnd;
    if (any(hit)) out = look(direction, t, coloured);
    for (int i = 0; i < kStreams; ++i) {
      if (!hit[i]) out[i] = Sample{};
      if (!hit[i] && coloured) out[i].colour = backdrop_.colour(places[i].x, places[i].y);
    }
    return out;
  }

  Samples look(const Vec3L& direction, Lanes t, bool coloured) const {
    const Vec3L p = along(camera_.origin(), direction, t);
    const Parts parts = measure(head_, p);
    const Vec3L normal = normals(p);
    Illumination light{lanes(1.0F), lanes(1.0F)};
    if (coloured) light = {shadow(p + normal * 0.012F, normal), openness(p, normal)};
    Samples out;
    for (int i = 0; i < kStreams; ++i) {
      const Vec3 n = lane(normal, i);
      const Surface surface = paint(head_, parts, i, lane(p, i), n);
      out[i].stuff = surface.stuff;
      out[i].face = surface.face;
      out[i].depth = t[i];
      if (!coloured) continue;
      const Scene lit{performance_.light, lamp_, up_};
      out[i].colour = shown(
          shade(lit, surface, {lane(p, i), n, lane(direction, i)}, {light.lamp[i], light.sky[i]}));
    }
    return out;
  }

  struct Illumination {
    Lanes lamp, sky;
  };

  /// The gradient of the distance, from the corners of a tetrahedron.
  Vec3L normals(const Vec3L& p) const {
    constexpr float kStep = 0.004F;
    static constexpr std::array<Vec3, 4> kCorners{Vec3{1, -1, -1}, Vec3{-1, -1, 1}, Vec3{-1, 1, -1},
                                                  Vec3{1, 1, 1}};
    Vec3L sum{lanes(0), lanes(0), lanes(0)};
    for (const Vec3& corner : kCorners) {
      const Lanes d = distance(head_, p + corner * kStep);
      sum = sum + Vec3L{d * corner.x, d * corner.y, d * corner.z};
    }
    return unit(sum);
  }

  /// How much of the lamp is seen from p: 0 .. 1, soft.
  Lanes shadow(const Vec3L& p, const Vec3L& normal) const {
    Lanes seen = lanes(1.0F);
    if (!any(dot(normal, lamp_) > -0.25F)) return lanes(0.0F);
    Lanes t = lanes(0.035F);
    for (int step = 0; step < 20; ++step) {
      const Lanes d =
          distance(head_, Vec3L{p.x + t * lamp_.x, p.y + t * lamp_.y, p.z + t * lamp_.z});
      seen = least(seen, d / t * 5.0F);
      // Steps that grow reach the end in a set number, wherever they begin: a cut would show as a
      // line.
      t = t + least(most(d * 0.9F, t * 0.12F + 0.02F), lanes(0.35F));
      if (!any((seen > 0.0F) & (t < 1.8F))) break;
    }
    const Lanes s = clamp01(seen);
    return s * s * (3.0F - 2.0F * s);
  }

  /// How much of the sky is seen from p: less in hollows.
  Lanes openness(const Vec3L& p, const Vec3L& normal) const {
    const Lanes near = distance(head_, p + normal * 0.07F) * (1.0F / 0.07F);
    const Lanes far = distance(head_, p + normal * 0.24F) * (1.0F / 0.24F);
    return clamp01(near * 0.45F + far * 0.55F);
  }

  bool on_edge(const std::vector<Sample>& s, int x, int y) const {
    const Sample& here = s[at(x, y)];
    const auto differs = [&](int nx, int ny) {
      if (nx < 0 || ny < 0 || nx >= options_.width || ny >= options_.height) return false;
      const Sample& there = s[at(nx, ny)];
      if (here.stuff == Stuff::Nothing && there.stuff == Stuff::Nothing) return false;
      const Vec3 change = here.colour - there.colour;
      return here.stuff != there.stuff ||
             std::fabs(here.depth - there.depth) > 6.0F * camera_.pixel() ||
             std::fabs(change.x + change.y + change.z) > 0.20F;
    };
    return differs(x - 1, y) || differs(x + 1, y) || differs(x, y - 1) || differs(x, y + 1);
  }

  Vec3 mean_colour(int x, int y) const {
    const Samples four =
        trace_four(places_from(x, y, kInPixel), starts_[y / kTile * tiles_x_ + x / kTile], true);
    return (four[0].colour + four[1].colour + four[2].colour + four[3].colour) * 0.25F;
  }

  Head head_;
  Performance performance_;
  RenderOptions options_;
  Camera camera_;
  Vec3 lamp_, up_;  ///< in head space
  Backdrop backdrop_;
  int tiles_x_, tiles_y_;
  std::vector<float> starts_;  ///< of each tile: the distance that its rays may skip
};

/// About a normal deviation, from the bits of one hash.
float sensor_noise(std::uint64_t bits) {
  const auto share = [&](unsigned shift) {
    return static_cast<float>((bits >> shift) & 0x3FFU) * (1.0F / 1024) - 0.5F;
  };
  return (share(0) + share(10) + share(20)) * 2.0F;
}

cv::Mat developed(const std::vector<Sample>& samples, const Performance& performance,
                  const RenderOptions& options) {
  cv::Mat image(options.height, options.width, CV_8UC3);
#pragma omp parallel for schedule(static)
  for (int y = 0; y < options.height; ++y) {
    for (int x = 0; x < options.width; ++x) {
      const auto index = static_cast<std::size_t>(y) * options.width + x;
      const Vec3 c = samples[index].colour * 255.0F;
      const std::uint64_t bits = mix_bits(performance.noise_seed ^ mix_bits(index));
      const std::uint64_t more = mix_bits(bits);
      const auto level = [&](float v, std::uint64_t b) {
        const float noisy = v + performance.noise * sensor_noise(b);
        return static_cast<std::uint8_t>(std::clamp(noisy + 0.5F, 0.0F, 255.0F));
      };
      image.at<cv::Vec3b>(y, x) = {level(c.z, bits), level(c.y, bits >> 32U | bits << 32U),
                                   level(c.x, more)};
    }
  }
  return image;
}

void check_size(const char* what, const RenderOptions& options) {
  const auto fits = [](int v) { return v >= 16 && v <= 8192; };
  check(fits(options.width) && fits(options.height), ErrorCode::Usage, what, ": ", options.width,
        "x", options.height, " pixels; each side must be 16 to 8192");
}

}  // namespace

cv::Mat render(const Actor& actor, const Performance& performance, const RenderOptions& options) {
  check_size("render", options);
  Frame frame(actor, performance, options);
  std::vector<Sample> samples = frame.trace(true);
  if (options.smooth_edges) frame.smooth(samples);
  return developed(samples, performance, options);
}

cv::Mat region(const Actor& actor, const Performance& performance, Region which,
               const RenderOptions& options) {
  check_size("region", options);
  const std::vector<Sample> samples = Frame(actor, performance, options).trace(false);
  cv::Mat mask(options.height, options.width, CV_8UC1);
  std::transform(samples.begin(), samples.end(), mask.begin<std::uint8_t>(),
                 [which](const Sample& s) {
                   const bool inside = which == Region::Face ? s.face : s.stuff != Stuff::Nothing;
                   return static_cast<std::uint8_t>(inside ? 255 : 0);
                 });
  return mask;
}

KnownPoints known_points(const Actor& actor, const Performance& performance,
                         const RenderOptions& options) {
  check_size("known_points", options);
  const Camera camera(performance.pose, options.width, options.height);
  const KnownPoints3 p = known_points(make_head(actor, performance));
  const auto place = [&](Vec3 v) {
    const Vec3 at = camera.project(v);
    return cv::Point2f(at.x - 0.5F, at.y - 0.5F);
  };
  return {place(p.left_eye),   place(p.right_eye),   place(p.nose_tip),
          place(p.left_mouth), place(p.right_mouth), place(p.chin)};
}

}  // namespace cameo::synth

// SPDX-License-Identifier: MIT
#include "synth/paint.h"

#include <algorithm>

#include "synth/random.h"

namespace cameo::synth {
namespace {

/// 1 at the centre, 0 from `reach` on.
float spot(Vec3 p, Vec3 centre, float reach) {
  const Vec3 v = p - centre;
  const float t = clamp01(1.0F - dot(v, v) / (reach * reach));
  return t * t;
}

/// Fine hairs as streaks: noise drawn out along y after a turn by `slope`.
float streaks(float across, float along, float slope) {
  const float a = across + slope * along;
  return noise(a * 34.0F, along * 7.0F, 3.0F) * 0.6F + noise(a * 60.0F, along * 12.0F, 8.0F) * 0.4F;
}

float brow_cover(const Head& h, Vec3 q) {
  const Actor& a = h.actor;
  const float raise = h.expression.brow_raise;
  const float t = (q.x - 0.105F) / 0.375F;
  if (t < -0.1F || t > 1.1F || q.z < 0.3F) return 0.0F;
  const float arch = a.brow_arch * (0.075F * t * (1.25F - t) * 2.0F - 0.045F * t * t);
  const float frown = 0.035F * std::min(raise, 0.0F) * (1.0F - t);
  const float middle = a.brow_height + arch + 0.05F * raise + frown;
  const float half = 0.040F * a.brow_thickness * (1.0F - 0.62F * t * t) * ramp(-0.08F, 0.12F, t);
  const float edge = (q.y - middle) / (half + 1e-4F);
  const float body = 1.0F - ramp(0.45F, 1.25F, std::fabs(edge));
  const float ends = ramp(-0.06F, 0.10F, t) * (1.0F - ramp(0.86F, 1.06F, t));
  const float hairs = streaks(q.x, q.y, 0.9F * (1.0F - t) - 1.2F * t);
  return clamp01(body * ends * (0.60F + 0.75F * hairs));
}

float beard_cover(Vec3 q, Vec3 normal) {
  // The upper edge: under the nose, along the cheek, up to the ear.
  const float edge = q.x < 0.30F ? -0.52F - 0.05F * q.x : -0.535F + 1.05F * (q.x - 0.30F);
  const float below = 1.0F - ramp(-0.10F, 0.02F, q.y - edge);
  const float above_neck = ramp(-1.42F, -1.16F, q.y);
  const float front = ramp(-0.12F, 0.10F, q.z) * (1.0F - 0.3F * ramp(0.5F, 1.0F, -normal.y));
  const float before_ear = 1.0F - ramp(0.66F, 0.71F, q.x);
  return below * above_neck * front * before_ear;
}

float freckle(Vec3 p) {
  const Vec3 g = p * 19.0F;
  const int ix = static_cast<int>(std::floor(g.x));
  const int iy = static_cast<int>(std::floor(g.y));
  if (cell(ix, iy, 77) > 0.55F) return 0.0F;
  const float dx = g.x - static_cast<float>(ix) - 0.25F - 0.5F * cell(ix, iy, 78);
  const float dy = g.y - static_cast<float>(iy) - 0.25F - 0.5F * cell(ix, iy, 79);
  const float size = 0.10F + 0.16F * cell(ix, iy, 80);
  return 1.0F - ramp(0.4F * size, size, root(dx * dx + dy * dy));
}

/// Hair that thins out over the skin before the hair's edge, so that the edge is not a rim.
float hairline_cover(const Head& h, Vec3 p) {
  const Actor& a = h.actor;
  const Vec3L at{lanes(p.x), lanes(p.y), lanes(p.z)};
  const float inside_cap = ramp(0.02F, 0.10F, -h.hair_cap.distance(at)[0] + 0.02F);
  float into_face = -h.hair_face.distance(at)[0];
  if (a.hair_length <= 0) into_face = std::max(into_face, (-0.12F + 0.62F * p.z - p.y) * 0.85F);
  const float density = 1.0F - ramp(-0.01F, 0.075F, into_face);
  const float hairs =
      a.comb == Comb::Back ? streaks(p.x, p.y, 0.1F) : streaks(p.x, p.y, p.x > 0 ? -0.8F : 0.8F);
  return inside_cap * clamp01(density * 1.7F - hairs * 0.9F);
}

Vec3 complexion(const Head& h, Vec3 q, Vec3 p) {
  const Actor& a = h.actor;
  const float mottle = noise(p.x * 7.0F, p.y * 7.0F, p.z * 7.0F);
  const float grain = noise(p.x * 33.0F, p.y * 33.0F, p.z * 33.0F);
  Vec3 skin = a.skin * (0.93F + 0.08F * mottle + 0.06F * grain);
  const float red = spot(q, {0.40F, -0.33F, 0.74F}, 0.40F) * 0.75F +
                    spot(q, h.nose_tip.centre, 0.22F) * 0.7F + spot(q, h.ear.centre, 0.34F) * 0.7F +
                    spot(q, h.chin.centre, 0.3F) * 0.3F;
  skin = mix(skin, times(skin, Vec3{1.10F, 0.74F, 0.72F}), clamp01(red * a.blush));
  const float hollow = spot(q, {h.eye.centre.x - 0.03F, -0.06F, 0.87F}, 0.26F);
  skin = mix(skin, times(skin, Vec3{0.80F, 0.72F, 0.76F}), 0.75F * hollow);
  if (a.freckles > 0) {
    const float zone = spot(q, {0.25F, -0.28F, 0.9F}, 0.5F);
    skin = mix(skin, times(skin, Vec3{0.72F, 0.56F, 0.45F}), a.freckles * zone * freckle(p));
  }
  return skin;
}

/// Lashes and the fold of the upper lid.
void paint_lids(const Head& h, float gap, Vec3 q, Surface& s) {
  if (gap > 0.2F) return;
  const EyeShape& e = h.eye;
  const float x = (q.x - e.centre.x) / e.half_width;
  const float y = q.y - e.centre.y - e.tilt * (q.x - e.centre.x);
  const bool upper = y > 0.5F * (e.upper - e.lower) * (1.0F - x * x);
  const float fade = 1.0F - ramp(0.95F, 1.2F, std::fabs(x));
  const float lash =
      upper ? 1.0F - ramp(0.010F, 0.024F, gap) : 0.55F * (1.0F - ramp(0.003F, 0.014F, gap));
  s.albedo = mix(s.albedo, Vec3{0.025F, 0.017F, 0.014F}, 0.92F * lash * fade);
  if (upper) {
    const float fold = 1.0F - ramp(0.0F, 0.016F, std::fabs(gap - 0.062F));
    s.albedo = times(s.albedo, mix(Vec3{1, 1, 1}, Vec3{0.62F, 0.5F, 0.48F}, 0.7F * fold * fade));
  }
}

void paint_mouth(const Head& h, float lips, float gap, Vec3 p, Surface& s) {
  const float red = 1.0F - ramp(0.004F, 0.020F, lips);
  const float lines = noise(p.x * 55.0F, p.y * 9.0F, 5.0F);
  s.albedo = mix(s.albedo, h.actor.lips * (0.85F + 0.25F * lines), red);
  s.specular = mix(s.specular, 0.20F, red);
  s.shine = red > 0.5F ? 5 : s.shine;
  const float inner = 1.0F - ramp(0.001F, 0.012F, gap);
  if (inner > 0.0F) {
    const float depth = ramp(1.05F, 0.85F, p.z);
    s.albedo =
        mix(s.albedo, mix(Vec3{0.20F, 0.05F, 0.045F}, Vec3{0.03F, 0.008F, 0.008F}, depth), inner);
    if (inner > 0.5F) s.stuff = Stuff::Mouth;
  }
}

bool in_front_of_face(const Head& h, Vec3 p) {
  // The jaw's underside: behind a line from the chin to the jaw's corner, which turns with the jaw.
  const float y = p.y + h.jaw_sine * (p.z - 0.12F);
  const float drop = 0.45F * (h.actor.jaw_length - 1.0F);
  return p.z > 0.22F && y > -1.15F - drop + 0.62F * std::max(0.86F - p.z, 0.0F) &&
         p.y < h.actor.hairline + 0.1F;
}

void paint_skin(const Head& h, const Parts& parts, int i, Vec3 p, Vec3 normal, Surface& s) {
  const Actor& a = h.actor;
  const Vec3 q{std::fabs(p.x), p.y, p.z};
  s.albedo = complexion(h, q, p);
  s.softness = 1.0F;
  s.specular =
      0.13F + 0.10F * spot(q, h.nose_tip.centre, 0.25F) + 0.05F * spot(p, {0, 0.45F, 0.9F}, 0.4F);
  s.shine = 4;
  s.bump = 0.035F;
  s.face = in_front_of_face(h, p);
  const float beard = (a.beard > 0 || a.stubble > 0) ? beard_cover(q, normal) : 0.0F;
  if (beard > 0) {
    s.albedo = mix(s.albedo, mix(s.albedo * 0.35F, a.hair, 0.4F), 0.75F * a.stubble * beard);
    const float hairs = 0.55F * noise(p.x * 70.0F, p.y * 28.0F, p.z * 70.0F) +
                        0.45F * noise(p.x * 33.0F, p.y * 17.0F, p.z * 33.0F);
    const float cover = clamp01(beard * 1.5F - 0.5F + (hairs - 0.5F) * 1.1F) * a.beard;
    s.albedo = mix(s.albedo, a.hair * (0.6F + 0.9F * hairs), cover);
    s.softness = 1.0F - 0.8F * cover;
    s.specular = mix(s.specular, 0.05F, cover);
    s.bump = mix(s.bump, 0.25F, cover);
  }
  const float brow = brow_cover(h, q);
  s.albedo = mix(s.albedo, a.brow, brow);
  s.specular = mix(s.specular, 0.03F, brow);
  const float scalp = hairline_cover(h, p);
  s.albedo = mix(s.albedo, a.hair, scalp);
  if (scalp > 0.6F) s.face = false;
  paint_lids(h, parts.lids[i], q, s);
  paint_mouth(h, parts.lips[i], parts.mouth[i], p, s);
}

void paint_eye(const Head& h, float gap, Vec3 p, Surface& s) {
  const EyeShape& e = h.eye;
  const bool mirrored = p.x < 0;
  const Vec3 q{std::fabs(p.x), p.y, p.z};
  const Vec3 out = unit(q - e.centre);
  const float gx = mirrored ? -h.expression.gaze_x : h.expression.gaze_x;
  const Vec3 look = unit(Vec3{sine(gx), sine(h.expression.gaze_y), 1.0F});
  const float r = length(out - look);
  const float rays =
      noise((out.x - look.x) / (r + 0.05F) * 9.0F, (out.y - look.y) / (r + 0.05F) * 9.0F, 2.0F);
  const Vec3 white = mix(Vec3{0.78F, 0.75F, 0.72F}, Vec3{0.62F, 0.36F, 0.32F},
                         ramp(0.6F, 1.1F, std::fabs(q.x - e.centre.x) / e.half_width));
  Vec3 iris = h.actor.iris * (0.75F + 0.9F * rays) * (1.0F + 0.6F * ramp(0.36F, 0.2F, r));
  iris = iris * (1.0F - 0.75F * ramp(0.36F, 0.45F, r));
  s.albedo = mix(iris, white, ramp(0.43F, 0.48F, r));
  s.albedo = mix(Vec3{0.008F, 0.008F, 0.009F}, s.albedo, ramp(0.16F, 0.20F, r));
  // The lids keep the light of the sky from the eye's rim.
  s.albedo = s.albedo * (0.30F + 0.70F * ramp(-0.004F, 0.040F, -gap));
  s.specular = 1.3F;
  s.shine = 8;
  s.face = true;
}

void paint_teeth(Vec3 p, Surface& s) {
  const float tooth = p.x / 0.062F + 8.0F;
  const float seam = std::fabs(tooth - std::floor(tooth) - 0.5F) * 2.0F;
  s.albedo = Vec3{0.70F, 0.65F, 0.56F} * ((1.0F - 0.3F * ramp(0.80F, 1.0F, seam)) *
                                          (1.0F - 0.6F * ramp(0.10F, 0.24F, std::fabs(p.x))));
  s.specular = 0.35F;
  s.shine = 6;
  s.softness = 0.4F;
  s.face = true;
}

void paint_hair(const Head& h, Vec3 p, Vec3 normal, Surface& s) {
  const Actor& a = h.actor;
  const bool sideways = a.comb == Comb::Sideways;
  const float ax = std::fabs(p.x);
  const float across = sideways ? p.z * 1.2F + p.y * 0.09F + ax * 0.15F
                                : p.x / (ax + std::fabs(p.y + 0.1F) + 0.3F) * 2.2F;
  const float along = sideways ? p.y - ax * 0.5F : p.z;
  const float fine = noise(across * 27.0F, along * 2.5F, 1.0F);
  const float coarse = noise(across * 12.0F, along * 1.3F, 2.0F);
  s.albedo = a.hair * (0.35F + 0.75F * fine + 0.55F * coarse);
  const Vec3 way = sideways ? cross(normal, Vec3{0.0F, 0.08F, 1.0F})
                            : cross(normal, cross(Vec3{0, 0, 1}, normal));
  s.strand = unit(way + Vec3{0.0F, (fine - 0.5F) * 0.3F, (coarse - 0.5F) * 0.25F});
  s.specular = 0.30F * (0.3F + fine);
  s.shine = 5;
  s.bump = 0.0F;
}

Stuff nearest(const Parts& parts, int i) {
  const std::pair<float, Stuff> all[] = {
      {parts.skin[i], Stuff::Skin},   {parts.eye[i], Stuff::Eye},
      {parts.teeth[i], Stuff::Teeth}, {parts.tongue[i], Stuff::Mouth},
      {parts.hair[i], Stuff::Hair},   {parts.cloth[i], Stuff::Cloth}};
  return std::min_element(std::begin(all), std::end(all),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

}  // namespace

Surface paint(const Head& head, const Parts& parts, int i, Vec3 p, Vec3 normal) {
  Surface s;
  s.stuff = nearest(parts, i);
  switch (s.stuff) {
    case Stuff::Eye:
      paint_eye(head, parts.lids[i], p, s);
      break;
    case Stuff::Teeth:
      paint_teeth(p, s);
      break;
    case Stuff::Hair:
      paint_hair(head, p, normal, s);
      break;
    case Stuff::Mouth:
      s.albedo = {0.34F, 0.10F, 0.09F};
      s.specular = 0.25F;
      s.shine = 5;
      s.face = true;
      break;
    case Stuff::Cloth:
      s.albedo = head.actor.cloth * (0.85F + 0.3F * noise(p.x * 45.0F, p.y * 45.0F, p.z * 45.0F));
      s.specular = 0.02F;
      break;
    default:
      paint_skin(head, parts, i, p, normal, s);
      break;
  }
  return s;
}

}  // namespace cameo::synth

// SPDX-License-Identifier: MIT
#include "synth/head.h"

#include "synth/random.h"

namespace cameo::synth {
namespace {

constexpr Vec3 kJawJoint{0.0F, -0.18F, 0.12F};
constexpr float kMouthHeight = -0.72F;
constexpr float kFar = 9.0F;

void shape_skull(Head& h) {
  const Actor& a = h.actor;
  h.cranium = {{0, 0.29F, -0.05F}, {0.745F * a.width, 0.85F, 0.95F}};
  h.face = {{0, -0.20F, 0.27F}, {0.60F * a.width, 0.78F, 0.65F}};
  h.temple = {{0.47F * a.width, 0.04F, 0.46F}, {0.15F, 0.22F, 0.24F}};
  const float drop = 0.45F * (a.jaw_length - 1.0F);
  h.jaw = {{0, -0.68F - drop, 0.36F}, {0.48F * a.width * a.jaw_width, 0.43F, 0.56F}};
  h.jaw_corner = {{0.42F * a.width * a.jaw_width, -0.68F - drop, 0.18F}, {0.13F, 0.26F, 0.24F}};
  h.chin = {{0, -1.00F - drop, 0.78F}, {0.19F * a.chin, 0.15F, 0.13F + 0.04F * a.chin}};
  h.chin_crease = {{0, -0.885F - 0.5F * drop, 1.10F}, {0.24F, 0.05F, 0.10F}};
  h.brow_ridge = {{0.22F, 0.17F, 0.80F}, {0.20F, 0.065F, 0.07F + 0.05F * a.brow_ridge}};
  h.socket = {{a.eye_distance, 0.015F, 1.02F}, {0.20F, 0.125F, 0.16F}};
  h.ear = {{0.765F * a.width, -0.12F, -0.04F}, {0.055F, 0.28F, 0.16F}};
  h.ear_hollow = {{0.825F * a.width, -0.11F, 0.01F}, {0.05F, 0.19F, 0.09F}};
}

void shape_cheeks(Head& h) {
  const Actor& a = h.actor;
  const float smile = most(h.expression.smile, 0.0F);
  h.cheekbone = {{0.44F * a.width, -0.19F, 0.54F},
                 {0.16F * a.cheekbone, 0.13F, 0.22F * a.cheekbone}};
  h.cheek = {{0.33F * a.width, -0.44F + 0.08F * smile, 0.66F},
             {0.18F * a.cheek + 0.015F * smile, 0.22F, 0.18F * a.cheek + 0.035F * smile}};
}

void shape_nose(Head& h) {
  const Actor& a = h.actor;
  const float tip_y = -0.385F * a.nose_length;
  const float tip_z = 1.015F + 0.13F * a.nose_out;
  h.nose_back = {{0, 0.06F, 0.86F},
                 0.066F * a.nose_bridge,
                 {0, tip_y + 0.03F, tip_z - 0.015F},
                 0.070F * a.nose_bridge};
  h.nose_root = {{0, -0.17F, 0.88F}, {0.15F * a.nose_bridge, 0.28F, 0.15F}};
  h.nose_tip = {{0, tip_y, tip_z}, {0.088F * a.nose_width, 0.080F, 0.088F}};
  h.nose_wing = {{0.108F * a.nose_width, tip_y - 0.040F, tip_z - 0.11F}, {0.064F, 0.068F, 0.090F}};
  h.nostril = {{0.056F * a.nose_width, tip_y - 0.095F, tip_z - 0.060F},
               {0.034F * a.nose_width, 0.026F, 0.052F}};
}

void shape_eye(Head& h) {
  const Actor& a = h.actor;
  EyeShape& e = h.eye;
  e.centre = {a.eye_distance, 0.0F, 0.745F};
  e.radius = 0.125F;
  e.half_width = 0.148F * a.eye_size;
  e.tilt = a.eye_tilt;
  const float open = 0.060F * a.eye_size * a.eye_open * (1.0F + 0.12F * h.expression.brow_raise);
  e.lower = 0.045F * a.eye_size + 0.25F * (0.05F - open) - 0.012F * most(h.expression.smile, 0.0F);
  // Eyes that look down pull the upper lids with them.
  const float look_down = most(-h.expression.gaze_y, 0.0F);
  e.upper = mix(open - 0.06F * look_down, -e.lower - 0.012F, h.expression.blink);
}

void shape_mouth(Head& h) {
  const Actor& a = h.actor;
  const Expression& x = h.expression;
  MouthShape& m = h.mouth;
  m.corner_x =
      a.mouth_width * (0.255F + 0.055F * x.smile - 0.085F * x.pucker) - 0.02F * x.mouth_open;
  m.corner_y = kMouthHeight + 0.075F * x.smile - 0.09F * x.mouth_open;
  m.corner_z = -0.03F - 0.02F * x.smile;
  m.upper = kMouthHeight + 0.020F * x.mouth_open + 0.02F * x.smile * x.mouth_open;
  m.lower = kMouthHeight - 0.21F * x.mouth_open - 0.004F;
  m.front = 1.02F + 0.05F * x.pucker;
  const float up = 0.042F * a.upper_lip * (1.0F - 0.22F * most(x.smile, 0.0F) + 0.15F * x.pucker);
  const float low = 0.051F * a.lower_lip * (1.0F - 0.15F * most(x.smile, 0.0F) + 0.15F * x.pucker);
  const float back = -0.09F * x.mouth_open;  // the lower lip goes with the jaw
  const Vec3 corner{m.corner_x, m.corner_y, m.corner_z};
  const Vec3 peak{0.050F, m.upper + up * 0.95F, 0.0F};
  const Vec3 upper_bend{0.6F * m.corner_x, mix(m.upper, m.corner_y, 0.32F) + up * 0.7F, -0.005F};
  m.upper_inner = {peak, up, upper_bend, up * 0.8F};
  m.upper_outer = {upper_bend, up * 0.8F, corner, 0.012F};
  const Vec3 bottom{0.0F, m.lower - low * 0.9F, back};
  const Vec3 lower_bend{0.55F * m.corner_x, mix(m.lower, m.corner_y, 0.2F) - low * 0.75F,
                        back * 0.8F};
  m.lower_inner = {bottom, low, lower_bend, low * 0.85F};
  m.lower_outer = {lower_bend, low * 0.85F, corner, 0.012F};
  h.muzzle = {{0, -0.66F, 0.80F}, {0.31F + 0.02F * x.smile, 0.26F, 0.235F + 0.03F * x.pucker}};
}

void shape_hair(Head& h) {
  const Actor& a = h.actor;
  const float v = a.hair_volume;
  h.hair_cap = {{0, 0.31F, -0.07F}, {0.745F * a.width + v, 0.85F + v, 0.95F + v}};
  h.hair_fall = {{0, -0.30F, -0.22F}, {0.76F * a.width + v, 1.25F, 0.74F + v}};
  h.hair_face = {{0, -0.30F, 0.86F}, {0.655F * a.width, 0.22F + a.hairline + 0.22F, 0.86F}};
}

Rotation rotation_of(float yaw, float pitch, float roll) {
  const float cy = cosine(yaw);
  const float sy = sine(yaw);
  const float cp = cosine(pitch);
  const float sp = sine(pitch);
  const float cr = cosine(roll);
  const float sr = sine(roll);
  const Rotation pitched{{1, 0, 0}, {0, cp, sp}, {0, -sp, cp}};
  const Rotation yawed{{cy, 0, sy}, {0, 1, 0}, {-sy, 0, cy}};
  const Rotation rolled{{cr, -sr, 0}, {sr, cr, 0}, {0, 0, 1}};
  const auto column = [&](Vec3 v) { return rolled(yawed(pitched(v))); };
  return Rotation{column({1, 0, 0}), column({0, 1, 0}), column({0, 0, 1})}.inverse();
}

Rotation product(const Rotation& a, const Rotation& b) {
  const Rotation columns = b.inverse();
  return Rotation{a(columns.x), a(columns.y), a(columns.z)}.inverse();
}

Vec3L into_jaw(const Head& h, const Vec3L& p) {
  const Vec3L v = p - kJawJoint;
  return Vec3L{v.x, v.y * h.jaw_cosine + v.z * h.jaw_sine, v.z * h.jaw_cosine - v.y * h.jaw_sine} +
         kJawJoint;
}

Vec3 out_of_jaw(const Head& h, Vec3 p) {
  const Vec3 v = p - kJawJoint;
  return Vec3{v.x, v.y * h.jaw_cosine - v.z * h.jaw_sine, v.z * h.jaw_cosine + v.y * h.jaw_sine} +
         kJawJoint;
}

bool near(const Vec3L& p, Vec3 centre, float reach) {
  const Vec3L v = p - centre;
  return any(dot(v, v) < reach * reach);
}

Lanes skull(const Head& h, const Vec3L& p, const Vec3L& jaw_p) {
  Lanes d = h.cranium.distance(p);
  d = blend_min(d, h.face.distance(p), 0.30F);
  return blend_min(d, h.jaw.distance(jaw_p), 0.25F);
}

Lanes add_bones(const Head& h, const Vec3L& q, const Vec3L& jaw_q, Lanes d) {
  d = blend_min(d, h.jaw_corner.distance(jaw_q), 0.24F);
  d = blend_min(d, h.chin.distance(jaw_q), 0.28F);
  d = blend_min(d, h.temple.distance(q), 0.20F);
  d = blend_min(d, h.cheekbone.distance(q), 0.26F);
  d = blend_min(d, h.cheek.distance(q), 0.28F);
  d = blend_min(d, h.brow_ridge.distance(q), 0.17F);
  d = blend_min(d, h.muzzle.distance(q), 0.20F);
  return d;
}

Lanes add_nose(const Head& h, const Vec3L& q, Lanes d) {
  Lanes nose = blend_min(h.nose_back.distance(q), h.nose_tip.distance(q), 0.085F);
  nose = blend_min(nose, h.nose_root.distance(q), 0.09F);
  nose = blend_min(nose, h.nose_wing.distance(q), 0.05F);
  d = blend_min(d, nose, 0.11F);
  return blend_max(d, -h.nostril.distance(q), 0.025F);
}

Lanes lid_gap(const EyeShape& e, const Vec3L& q) {
  const Lanes x = q.x - e.centre.x;
  const Lanes u = x * (1.0F / e.half_width);
  const Lanes arc = most(1.0F - u * u, lanes(0.0F));
  const Lanes y = q.y - e.centre.y - x * e.tilt;
  const Lanes height = most(y - arc * e.upper, -(arc * e.lower) - y);
  return most(height, magnitude(x) - e.half_width) * 0.8F;
}

void add_eye(const Head& h, const Vec3L& q, Parts& parts) {
  const EyeShape& e = h.eye;
  Lanes d = blend_max(parts.skin, -h.socket.distance(q), 0.14F);
  const Lanes ball = length(q - e.centre);
  d = blend_min(d, ball - e.radius * 1.13F, 0.055F);
  parts.lids = lid_gap(e, q);
  const Lanes gap = most(parts.lids, e.centre.z + 0.01F - q.z);
  parts.skin = blend_max(d, -gap, 0.012F);
  parts.eye = ball - e.radius;
}

/// Bends space so that the curve of the teeth becomes straight, and the mouth's corners with it.
Vec3L into_mouth(const MouthShape& m, const Vec3L& q) {
  return {q.x, q.y, q.z - m.front + q.x * q.x * 0.85F};
}

void add_mouth(const Head& h, const Vec3L& q, Parts& parts) {
  const MouthShape& m = h.mouth;
  const Vec3L bent = into_mouth(m, q);
  const Lanes upper = blend_min(m.upper_inner.distance(bent), m.upper_outer.distance(bent), 0.06F);
  const Lanes lower = blend_min(m.lower_inner.distance(bent), m.lower_outer.distance(bent), 0.06F);
  parts.lips = least(upper, lower);
  Lanes d = blend_max(parts.skin, -h.chin_crease.distance(q), 0.10F);
  d = blend_min(d, parts.lips, 0.035F);

  const Lanes u = q.x * (1.0F / (m.corner_x - 0.005F));
  const Lanes u2 = u * u;
  const Lanes top = m.upper + (m.corner_y - m.upper) * u2;
  const Lanes bottom = m.lower + (m.corner_y + 0.004F - m.lower) * u2 * u2;
  const Lanes sides = (magnitude(q.x) - m.corner_x) * 0.9F;
  parts.mouth = most(most(most(q.y - top, bottom - q.y) * 0.8F, sides), 0.72F - q.z);
  parts.skin = blend_max(d, -parts.mouth, 0.022F);

  const Lanes arch = magnitude(bent.z + 0.075F) * 0.7F - 0.02F;
  const Lanes rows = magnitude(q.y - (kMouthHeight + 0.02F)) - 0.055F;
  parts.teeth = most(most(arch, rows), magnitude(q.x) - 0.24F);
  const Vec3 tongue{0, m.lower - 0.01F, m.front - 0.25F};
  parts.tongue = Ellipsoid(tongue, {0.15F, 0.055F, 0.20F}).distance(q);
}

/// Locks of hair: soft ridges along the way it is combed.
Lanes locks(Comb comb, const Vec3L& p) {
  const Lanes across = comb == Comb::Sideways
                           ? p.z * 3.2F + p.y * 0.25F
                           : p.x / (magnitude(p.x) + magnitude(p.y + 0.1F) + 0.3F) * 6.0F;
  const Lanes wave = across + magnitude(p.x) * 0.4F;
  const Lanes whole = __builtin_convertvector(
      __builtin_convertvector(wave + 64.0F, int __attribute__((vector_size(16)))), Lanes);
  const Lanes t = wave + 64.0F - whole;
  const Lanes bump = t * (1.0F - t);
  return bump * bump * 16.0F;
}

Lanes hair(const Head& h, const Vec3L& p) {
  const Actor& a = h.actor;
  Lanes d = h.hair_cap.distance(p);
  if (a.hair_length > 0) {
    const Lanes end = -a.hair_length - p.y;
    d = blend_min(d, blend_max(h.hair_fall.distance(p), end, 0.15F), 0.2F);
  } else {
    // Cut from the temples down to the nape.
    d = blend_max(d, (-0.12F + 0.62F * p.z - p.y) * 0.85F, 0.08F);
  }
  if (!any(d < 0.15F)) return d;
  d = d - locks(a.comb, p) * (0.10F * a.hair_volume + 0.006F);
  return blend_max(d, -h.hair_face.distance(p), 0.20F);
}

void add_body(const Head& h, const Vec3L& p, Parts& parts) {
  const Vec3L b = h.to_body(p - kPivot) + kPivot;
  static const Rod neck({0, -0.75F, -0.14F}, 0.43F, {0, -1.9F, -0.30F}, 0.47F);
  parts.skin = blend_min(parts.skin, neck.distance(b), 0.12F);
  const Vec3L mirrored{magnitude(b.x), b.y, b.z};
  static const Rod shoulder({0, -1.75F, -0.38F}, 0.40F, {1.55F, -2.2F, -0.40F}, 0.36F);
  static const Ellipsoid chest({0, -2.75F, -0.20F}, {1.45F, 1.15F, 0.68F});
  const Lanes torso = blend_min(shoulder.distance(mirrored), chest.distance(mirrored), 0.35F);
  parts.skin = blend_min(parts.skin, torso, 0.22F);
  static const Ellipsoid neckline({0, -1.42F, 0.05F}, {0.62F, 0.66F, 0.80F});
  parts.cloth = blend_max(torso - 0.05F, -neckline.distance(b), 0.04F);
}

}  // namespace

Head make_head(const Actor& actor, const Performance& performance) {
  Head h;
  h.actor = actor;
  h.expression = performance.expression;
  const float jaw_angle = 0.22F * performance.expression.mouth_open;
  h.jaw_sine = sine(jaw_angle);
  h.jaw_cosine = cosine(jaw_angle);
  shape_skull(h);
  shape_cheeks(h);
  shape_nose(h);
  shape_eye(h);
  shape_mouth(h);
  shape_hair(h);
  // The body follows the head's turn only in part.
  const Pose& pose = performance.pose;
  const Rotation body = rotation_of(0.35F * pose.yaw, 0.0F, 0.25F * pose.roll);
  h.to_body = product(body.inverse(), head_to_world(pose));
  return h;
}

Rotation head_to_world(const Pose& pose) {
  return rotation_of(pose.yaw, pose.pitch, pose.roll);
}

Parts measure(const Head& h, const Vec3L& p) {
  Parts parts{.eye = lanes(kFar),
              .teeth = lanes(kFar),
              .tongue = lanes(kFar),
              .lips = lanes(kFar),
              .mouth = lanes(kFar),
              .lids = lanes(kFar)};
  // Rounded in the middle, or the halves would meet in a crease.
  const Vec3L q{root(p.x * p.x + 0.0008F), p.y, p.z};
  const Vec3L jaw_q = into_jaw(h, q);
  const Lanes rough = skull(h, q, jaw_q);
  // Far away the details need no measuring. Nothing stands out further than the nose; nor is there
  // anything that does by more than kRelief outside a ball around nose, mouth and chin.
  constexpr float kReach = 0.75F;
  constexpr float kNose = 0.34F;
  constexpr float kRelief = 0.13F;
  if (any(rough < kReach)) {
    Lanes d = add_bones(h, q, jaw_q, rough);
    if (near(q, {0, -0.25F, 1.05F}, 0.66F)) d = add_nose(h, q, d);
    parts.skin = d;
    if (near(q, h.eye.centre, 0.46F)) add_eye(h, q, parts);
    if (near(q, {0, -0.78F, 0.95F}, 0.60F)) add_mouth(h, q, parts);
    if (near(q, h.ear.centre, 0.55F)) {
      const Lanes ear = blend_max(h.ear.distance(q), -h.ear_hollow.distance(q), 0.04F);
      parts.skin = blend_min(parts.skin, ear, 0.05F);
    }
  } else {
    const Lanes ball = length(q - Vec3{0, -0.50F, 0.85F}) - 0.60F;
    parts.skin = most(rough - kNose, least(rough - kRelief, ball));
  }
  parts.hair = hair(h, p);
  parts.cloth = p.y + 1.25F;  // a plane above the shoulders, however the head is tilted
  if (any(p.y < -0.35F)) add_body(h, p, parts);
  return parts;
}

Lanes distance(const Head& h, const Vec3L& p) {
  const Parts parts = measure(h, p);
  const Lanes inner = least(parts.eye, least(parts.teeth, parts.tongue));
  return least(least(parts.skin, inner), least(parts.hair, parts.cloth));
}

KnownPoints3 known_points(const Head& h) {
  const EyeShape& e = h.eye;
  const MouthShape& m = h.mouth;
  const Vec3 eye{e.centre.x, e.centre.y, e.centre.z + e.radius};
  const Vec3 corner{m.corner_x, m.corner_y, m.front - 0.85F * m.corner_x * m.corner_x + m.corner_z};
  const Vec3 chin_low = h.chin.centre + Vec3{0, -0.8F / h.chin.inverse.y, 0.5F / h.chin.inverse.z};
  const auto mirrored = [](Vec3 v) { return Vec3{-v.x, v.y, v.z}; };
  return {mirrored(eye),    eye,    h.nose_tip.centre + Vec3{0, 0, 1.0F / h.nose_tip.inverse.z},
          mirrored(corner), corner, out_of_jaw(h, chin_low)};
}

}  // namespace cameo::synth

// SPDX-License-Identifier: MIT
#pragma once
#include "synth/actor.h"
#include "synth/scene.h"
#include "synth/sdf.h"

namespace cameo::synth {

/// An eye and its lids, on the side x > 0; the other is its mirror image.
struct EyeShape {
  Vec3 centre{0, 0, 0};
  float radius = 0;
  float half_width = 0;  ///< of the opening between the lids
  float tilt = 0;
  float upper = 0,
        lower = 0;  ///< height of the lids over the line between the corners; upper < -lower closes
};

/// The gap between the lips and the lips' forms, in a frame that follows the curve of the teeth.
struct MouthShape {
  float corner_x = 0, corner_y = 0, corner_z = 0;
  float upper = 0, lower = 0;  ///< height of the gap's two edges in the middle, in head space
  float front = 0;             ///< z of the teeth's curve in the middle
  Rod upper_inner, upper_outer, lower_inner, lower_outer;
};

/// An actor's head with an expression on it, ready to be measured. Head space: decimetres, origin
/// between the eyes above the ears' line, x to the image's right, y up, z out of the face.
struct Head {
  Actor actor;
  Expression expression;
  Ellipsoid cranium, face, temple;
  Ellipsoid jaw, jaw_corner, chin;  ///< turned with the jaw
  Ellipsoid cheekbone, cheek, brow_ridge, socket, muzzle, chin_crease;
  Ellipsoid nose_root, nose_tip, nose_wing, nostril;
  Rod nose_back;
  Ellipsoid ear, ear_hollow;
  Ellipsoid hair_cap, hair_fall, hair_face;
  EyeShape eye;
  MouthShape mouth;
  float jaw_sine = 0, jaw_cosine = 1;
  Rotation to_body;  ///< of points relative to the pivot
};

/// The joint about which the head turns on the neck, in head space and in body space.
constexpr Vec3 kPivot{0.0F, -0.65F, -0.05F};

/// Distances from the parts, in head space; negative inside. Only rough far away, never too large
/// by much.
struct Parts {
  Lanes skin, eye, teeth, tongue, hair, cloth;
  Lanes lips;   ///< from the red of the lips
  Lanes mouth;  ///< from the gap between the lips
  Lanes lids;   ///< from the gap between the lids
};

Head make_head(const Actor& actor, const Performance& performance);
Parts measure(const Head& head, const Vec3L& p);
/// The least of the parts' distances.
Lanes distance(const Head& head, const Vec3L& p);

/// The rotation from head space to the world (x right, y up, z to the camera) about kPivot.
Rotation head_to_world(const Pose& pose);

/// Points that are known exactly, in head space; left and right as in the image.
struct KnownPoints3 {
  Vec3 left_eye, right_eye, nose_tip, left_mouth, right_mouth, chin;
};
KnownPoints3 known_points(const Head& head);

}  // namespace cameo::synth

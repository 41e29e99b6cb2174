// SPDX-License-Identifier: MIT
#include "pipeline/compose/masked.h"

#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/compose/detail.h"
#include "pipeline/compose/levels.h"
#include "pipeline/compose/mask_parts.h"
#include "pipeline/compose/occlusion.h"
#include "pipeline/compose/reference.h"
#include "pipeline/compose/texture.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

MaskedFace prepare(const cv::Mat& frame, const Face& face, const Swapper& swapper,
                   const ComposeOptions& options) {
  const FaceSquare square{.side = swapper.size(), .coverage = swapper.coverage()};
  MaskedFace job{.square = place_square(face.landmarks, square, options.pixel_aspect),
                 .mask_options = chosen_mask(options.mask, swapper.has_mask())};
  job.mask = make_mask(frame.size(), face.landmarks, job.square, job.mask_options);
  if (job.mask.where.empty()) return job;
  if (has(job.mask_options.kind, MaskKind::Occlusion))
    limit_to_unoccluded(job.mask, frame, face.landmarks, job.square);
  keep_parts(job.mask, face.landmarks, job.square, job.mask_options.kind);
  fade_far_side(job.mask, face.landmarks, job.square, job.mask_options.far_side);
  // By way of the 256-pixel face, for the network has seen nothing else.
  const cv::Mat aligned = crop_aligned(frame, job.square.unit);
  job.there = sample_face(aligned, square, 0);
  job.read = sample_face(aligned, square, 0.5);
  if (options.detail > 0) job.fineness = fineness(aligned);
  return job;
}

/// The mask on the square's grid.
cv::Mat weights_in_square(const MaskedFace& job) {
  const int side = job.square.side;
  cv::Mat weights;
  cv::warpAffine(job.mask.weight, weights, from_corner(job.square.to_square, job.mask.where.tl()),
                 {side, side}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return weights;
}

/// The face on the frame's grid with what cameras and codecs do to a picture, in their order.
cv::Mat with_texture(cv::Mat over, const cv::Mat& part, const MaskedFace& job,
                     const ComposeOptions& options) {
  const cv::Mat there = in_levels(part), &weight = job.mask.weight;
  const double side = 1 / std::hypot(job.square.unit(0, 0), job.square.unit(1, 0));
  // By its place as well, so that two faces of a frame have grains of their own.
  const auto seed = static_cast<std::uint64_t>(options.frame) << 32 ^
                    static_cast<std::uint64_t>(job.mask.where.x) << 16 ^
                    static_cast<std::uint64_t>(job.mask.where.y);
  over = with_blur(over, there, weight, side, options.blur);
  over = with_grain(over, there, weight, options.grain, seed);
  over = with_compression(over, there, weight, job.mask.where.tl(), options.compression);
  cv::min(over, cv::Scalar::all(255), over);
  cv::max(over, cv::Scalar::all(0), over);
  return over;
}

}  // namespace

std::vector<MaskedFace> prepare_masked(const cv::Mat& frame, std::span<const Face> faces,
                                       const Swapper& swapper, const ComposeOptions& options) {
  std::vector<MaskedFace> prepared;
  for (const Face& face : faces) {
    MaskedFace one = prepare(frame, face, swapper, options);
    if (!one.mask.where.empty()) prepared.push_back(std::move(one));
  }
  return prepared;
}

void add_detail(DrawnFace& drawn, const MaskedFace& face, const DetailExamples& examples,
                const ComposeOptions& options) {
  const double amount = options.detail * examples.share_for(face.fineness);
  if (amount > 0) drawn.detail = amount * examples.detail_for(drawn.image);
}

void put_back_masked(cv::Mat& frame, MaskedFace& face, const DrawnFace& drawn,
                     const ComposeOptions& options) {
  if (is_learned(face.mask_options.kind))
    limit_to_learned(face.mask, drawn.mask, face.square, face.mask_options);
  cv::Mat part = frame(face.mask.where);
  cv::Mat skin = match_color(drawn.image, face.there, weights_in_square(face), options.color);
  skin = sharpened(skin, options.sharpen);
  Transform to_square = face.square.to_square;
  if (!drawn.detail.empty()) {
    const int scale = drawn.detail.cols / skin.cols;
    skin = magnified(skin, scale) + drawn.detail;
    cv::min(skin, cv::Scalar::all(255), skin);
    cv::max(skin, cv::Scalar::all(0), skin);
    to_square *= scale;
  }
  const bool textured = options.grain > 0 || options.blur > 0 || options.compression > 0;
  const bool bytes = options.seamless && part.depth() == CV_8U;
  if (bytes && !textured) skin.convertTo(skin, CV_8U);
  cv::Mat over = warp_back_filtered(skin, to_square, part, face.mask.where);
  if (textured) over = with_texture(over, part, face, options);
  if (bytes) over.convertTo(over, CV_8U);
  const cv::Mat result = options.seamless ? clone_seamless(over, part, face.mask.weight)
                                          : blend(over, part, face.mask.weight);
  result.copyTo(part);
}

void check_mask_options(const Swapper& swapper, const ComposeOptions& options) {
  const MaskKind new_kinds = MaskKind::Hull | MaskKind::Extended | MaskKind::Ellipse |
                             MaskKind::Occlusion | MaskKind::KeepEyes | MaskKind::KeepMouth;
  check(!options.reference || !has(options.mask.kind, new_kinds), ErrorCode::Usage,
        "convert: of masks, --reference knows rect, facehull and facehullandrect only");
  if (!is_learned(options.mask.kind)) return;
  check(swapper.has_mask(), ErrorCode::Usage,
        "mask: the model has learned no mask; its network needs a mask head, as new models of "
        "light128, hd128 and hd256 have, trained on faces that hold landmarks (cameo extract "
        "writes them)");
  check(!options.reference, ErrorCode::Usage,
        "convert: a learned mask and --reference exclude each other; faceswap of February 2018 had "
        "none");
}

int convert_masked(cv::Mat& frame, std::span<const Face> faces, Swapper& swapper,
                   const ComposeOptions& options, const DetailExamples* examples) {
  check_frame("convert", frame);
  if (options.reference) check_reference_frame(frame);
  check_mask_options(swapper, options);
  if (options.reference) return convert_masked_reference(frame, faces, swapper, options);
  ComposeOptions preparing = options;
  if (examples == nullptr) preparing.detail = 0;  // nobody asks for the fineness
  std::vector<MaskedFace> prepared = prepare_masked(frame, faces, swapper, preparing);
  std::vector<cv::Mat> squares;
  squares.reserve(prepared.size());
  for (const MaskedFace& face : prepared) squares.push_back(face.read);
  std::vector<DrawnFace> drawn = run_swapper(swapper, squares);
  for (std::size_t i = 0; examples != nullptr && i < prepared.size(); ++i)
    add_detail(drawn[i], prepared[i], *examples, options);
  for (std::size_t i = 0; i < prepared.size(); ++i)
    put_back_masked(frame, prepared[i], drawn[i], options);
  return static_cast<int>(prepared.size());
}

}  // namespace cameo

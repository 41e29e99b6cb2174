// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "model/infer/swapper.h"
#include "pipeline/compose/bicubic.h"

namespace cameo {

/// What tells pictures of one person's aligned faces apart: pose and expression more than light.
/// image: CV_32FC3 or CV_8UC3, square, BGR in 0..255. Returns CV_32FC1, one row; of images of one
/// size the distance is the norm of a difference.
cv::Mat face_signature(const cv::Mat& image);

/// Fineness of an aligned face of 256 pixels: root mean square of what a Gaussian of 2 pixels takes
/// away, over an ellipse about the face, in levels. Blur and low resolution lower it.
double fineness(const cv::Mat& face);

/// Photographs of a person that lend their fine detail to what a network renders of that person:
/// example-based super-resolution, by registered residuals. An example is a training face; what it
/// shows beyond the network's own image of it is the network's loss. For a new image of the same
/// decoder the nearest examples are registered to it by optical flow, both being images of one
/// network, then to the nearest of them by a flow between photographs, and their losses are added
/// where the images agree. So there is neither training nor invention: skin, lashes and glasses are
/// the person's own.
/// Sources: Freeman, Jones and Pasztor 2002, doi:10.1109/38.988747 (examples); Farneback 2003,
/// doi:10.1007/3-540-45103-X_50 (flow).
class DetailExamples {
 public:
  /// faces: aligned training faces, CV_8UC3, square, of any size. own: the decoder of the same
  /// person, latents not matched; it renders each face once, here. Throws Error (ErrorCode::Usage)
  /// if there is no face, (ErrorCode::Input) if one is not a square of that type.
  DetailExamples(std::span<const cv::Mat> faces, Swapper& own);

  std::size_t count() const { return examples_.size(); }
  /// Samples of a detail to one of the network's image, along an edge.
  int scale() const { return scale_; }

  /// What to add to an image of the decoder, once that is magnified scale() times. image: CV_32FC3,
  /// BGR in 0..255. Returns CV_32FC3 of scale() times its side, about 0. Depends on the image
  /// alone; may be called by several threads.
  cv::Mat detail_for(const cv::Mat& image) const;

  /// By how much to weaken the detail in a frame whose face has this fineness, 0..1: a face that is
  /// blurred by motion or focus has less than the examples have.
  double share_for(double fineness) const;

 private:
  struct Example {
    cv::Mat signature;
    cv::Mat gray;         // of its rendered image, CV_8UC1, side of the flow
    cv::Mat photo;        // itself so, what is coarse taken away; 128 for nothing
    BicubicImage detail;  // 128 for nothing
  };
  void add_registered(const Example& example, const cv::Mat& gray, double weight, cv::Mat& photo,
                      cv::Mat& sum) const;

  std::vector<Example> examples_;
  int scale_ = 1;
  int side_ = 0;  // of a detail, in samples
  double fineness_ = 0;
};

}  // namespace cameo

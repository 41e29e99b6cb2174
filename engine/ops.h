// SPDX-License-Identifier: MIT
#pragma once
#include <optional>

#include "engine/graph.h"
#include "kernels/conv2d.h"

// START HERE: every op a model may call. Layout NHWC; float32, on a GPU also bfloat16.
// N images, H x W pixels, C channels; O outputs, KH x KW window.

namespace cameo {

struct Conv2dOptions {
  int stride = 1;
  Pad pad;
};

/// Convolution of x with w, no bias.
/// x [N,H,W,C], w [O,KH,KW,C] -> [N,HO,WO,O], HO = (H + pad.top + pad.bottom - KH) / stride + 1.
/// Cross-correlation: the window is not flipped. Sums in float32.
/// Throws Error if the channels differ or the window exceeds the padded input.
/// Source: Keras Conv2D, channels_last; Pad::same(size, k, stride) gives its padding, which is
/// lopsided for stride 2 on even sizes.
Value conv2d(Value x, Value w, Conv2dOptions options = {});

/// Transposed convolution of square images: the gradient of a "same" convolution from the output to
/// x, whose kernel w is. x [N,H,H,C], w [C,K,K,O] -> [N,stride*H,stride*H,O]. Sums in float32.
/// Throws Error if the channels differ, images or kernel are no squares, or K < stride.
/// Source: Keras Conv2DTranspose, padding "same"; torch's weights [C,O,K,K], permuted.
Value conv2d_transpose(Value x, Value w, int stride);

/// How dense lays out the outputs of one image.
struct DenseOptions {
  int h = 1, w = 1;
};

/// y = x w^T + b over the flattened images of x.
/// x [N,H,W,C], w [O,1,1,H*W*C], b [1,1,1,O] -> [N,h,w,O/(h*w)], row-major (Keras Dense, Reshape).
/// Throws Error if the sizes differ or h*w does not divide O.
/// Source: Keras Dense, with its kernel transposed.
Value dense(Value x, Value w, Value b, DenseOptions options = {});

/// x + b, b [1,1,1,C] added to every pixel.
Value bias(Value x, Value b);

/// x where x > 0, else slope * x; slope >= 0, with 0 it is ReLU. Source: Maas et al. 2013.
Value leaky_relu(Value x, float slope);

/// 1 / (1 + exp(-x)).
Value sigmoid(Value x);

/// Spreads channels over pixels: x [N,H,W,r*r*C] -> [N,r*H,r*W,C],
/// y[n, h*r+i, w*r+j, c] = x[n, h, w, (i*r+j)*C + c].
/// Source: block row, block column, channel: TensorFlow's depth_to_space (torch's is channel
/// first).
Value pixel_shuffle(Value x, int r);

/// Gathers blocks of pixels into channels, the inverse of pixel_shuffle: x [N,r*H,r*W,C] ->
/// [N,H,W,r*r*C]. Throws Error if r does not divide the sides.
/// Source: TensorFlow's space_to_depth (torch's pixel_unshuffle is channel first).
Value pixel_unshuffle(Value x, int r);

/// leaky_relu(bias(x, b), slope) in one pass each way.
Value bias_leaky(Value x, Value b, float slope);

/// pixel_shuffle(leaky_relu(bias(x, b), slope), r) in one pass each way.
Value bias_leaky_shuffle(Value x, Value b, float slope, int r);

/// Mean over all elements of |x - t|, one number [1,1,1,1]. No gradient goes to t.
Value mae(Value x, Value t);

/// mae(sigmoid(x), t) in one pass each way. mask, float32 [1,H,W,1] or [N,H,W,1]: what each pixel's
/// error is multiplied with before the mean. No gradient goes to t or the mask.
Value sigmoid_mae(Value x, Value t, std::optional<Value> mask = {});

/// Mean over all elements of the binary cross-entropy of sigmoid(x) and a label in 0..1, the same
/// for all; one number [1,1,1,1]. Source: torch's BCEWithLogitsLoss.
Value bce_with_logits(Value x, float label);

/// Mean over all elements of (sigmoid(x) - t)^2 in one pass each way, one number [1,1,1,1];
/// elements whose target is negative count as met (PyTorch's ignore_index, but in the mean). No
/// gradient goes to t.
Value sigmoid_mse(Value x, Value t);

/// weight * mean of (1 - S) / 2 over all 11 x 11 windows inside the images, one number
/// [1,1,1,1]; S is the structural similarity of x and t in 0..1, each channel for itself, Gaussian
/// window of sigma 1.5. mask: as sigmoid_mae's; what the dissimilarity of the window around each
/// pixel is multiplied with before the mean. No gradient goes to t or the mask. Throws Error if a
/// side is below 11 pixels. Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861.
Value dssim(Value x, Value t, float weight = 1, std::optional<Value> mask = {});

/// weight * (1 - P), the mean over the images, one number [1,1,1,1]. P is the multi-scale
/// structural similarity of x and t in 0..1: the product over 1 to 5 scales, each of half the sides
/// of that before it, of the mean of (1 + C) / 2 over its 11 x 11 windows, to the power of the
/// scale's weight; C is contrast and structure of a window, at the coarsest scale its whole
/// similarity. With one scale (sides below 22) it is dssim. mask: as dssim's; a window counts by
/// its middle pixel in its scale's mean, and 1 - P by the mean weight of the coarsest. No gradient
/// goes to t or the mask. Throws Error if a side is below 11 pixels. Source: Wang et al. 2003,
/// doi:10.1109/ACSSC.2003.1292216; the weights of fewer than 5 scales are made to sum to 1.
Value ms_ssim(Value x, Value t, float weight = 1, std::optional<Value> mask = {});

/// Images [at, at + count) of a batch: [N,H,W,C] -> [count,H,W,C].
Value slice(Value x, int at, int count);

/// a + b elementwise, of equal shapes; they may be one value. Throws Error if they differ.
Value add(Value a, Value b);

/// Channels of a, then those of b: [N,H,W,A], [N,H,W,B] -> [N,H,W,A+B]. They may be one value.
/// Throws Error if another extent differs. Source: torch.cat along channels, Keras Concatenate.
Value concat(Value a, Value b);

/// x / sqrt(mean(x^2) + eps), the mean over all values of a sample, no learned scale: x [N,H,W,C].
/// Sums in double. Throws Error unless eps > 0.
/// Source: torch.nn.functional.rms_norm over [H,W,C]; Zhang and Sennrich 2019, arXiv:1910.07467.
Value rms_norm(Value x, float eps = 1e-6F);

/// x stored in another type of elements, rounded to nearest. Source: torch.Tensor.to.
Value cast(Value x, DType to);

/// k x elementwise, k constant. Throws Error if k is not finite.
Value scale(Value x, float k);

}  // namespace cameo

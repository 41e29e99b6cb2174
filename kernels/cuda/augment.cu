// SPDX-License-Identifier: MIT
#include "kernels/augment.h"

#include "kernels/augment_math.h"
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/packed.cuh"

// Compiled without fusing multiply and add (augment_math.h), so that the images are the CPU's.

namespace cameo::kernels {

constexpr int kWarpThreads = 32;  ///< more than there are nodes
constexpr int kChannels = 3;

struct ImageSize {
  int faces, side;  ///< side of the faces
  int size;         ///< side of the images
  double coverage;
  int stride;  ///< FaceBlock's
};

/// Draws one sample's random numbers a block, and leaves how it reads its face. Each node has a
/// thread; structs lie in shared memory, since a thread's own have no room in registers.
__global__ void __launch_bounds__(kWarpThreads)
    make_warps(AugmentKey key, ImageSize size, Warp* warps) {
  alignas(AugmentDraws) __shared__ unsigned char room[sizeof(AugmentDraws)];
  __shared__ NodePlaces nodes;
  AugmentDraws* draws = reinterpret_cast<AugmentDraws*>(room);
  const std::uint32_t sample = key.first_sample + blockIdx.x;
  Warp* warp = warps + blockIdx.x;
  const int i = static_cast<int>(threadIdx.x);
  const std::uint64_t iteration = key.iteration + (key.counter != nullptr ? *key.counter : 0);
  if (i < kNodeCount) draw_normals(key.seed, iteration, sample, i, key.strength.warp, draws);
  if (i == kNodeCount) {
    draw_placement(key.seed, iteration, sample, key.strength, draws);
    transfer_tone(key.tones, blockIdx.x, draws);
  }
  __syncthreads();
  if (i < kNodeCount) {
    set_node(*draws, size.side, size.coverage, i, &nodes);
    warp->node_x[i] = static_cast<float>(nodes.x[i]);
    warp->node_y[i] = static_cast<float>(nodes.y[i]);
  }
  if (i == kNodeCount) set_face_matrix(*draws, size.side, size.stride, warp);
  __syncthreads();
  if (i == 0) set_target_matrix(nodes.x, nodes.y, size.size, warp);
}

__global__ void keep_warp(Warp warp, Warp* to) {
  *to = warp;
}

/// Writes the first `count` values 16 bytes at a time if `wide`.
template <class T>
__device__ inline void write_out(const float* values, T* to, int count, bool wide) {
  const int thread = static_cast<int>(threadIdx.x), packs = wide ? count / kWide<T> : 0;
  for (int i = thread; i < packs; i += kThreads)
    store(to + i * kWide<T>, load<kWide<T>>(values + i * kWide<T>));
  for (int i = packs * kWide<T> + thread; i < count; i += kThreads)
    to[i] = from_float<T>(values[i]);
}

/// Where the images come from: warps[n * stride] belongs to sample n.
struct Source {
  const std::uint8_t* faces;
  const std::int32_t* indices;
  const Warp* warps;
  int stride;
};

/// Fills a block's Reader with sample's face and warp. Returns whether there is such a face.
__device__ inline bool open_reader(const Source& source, const ImageSize& size, int sample,
                                   Reader* from) {
  const int face = source.indices[sample];
  const bool exists = face >= 0 && face < size.faces;
  if (threadIdx.x == 0) {
    from->side = size.side;
    from->face = source.faces + std::int64_t{exists ? face : 0} * size.side * size.side * kChannels;
  }
  const auto* word = reinterpret_cast<const float*>(source.warps + sample * source.stride);
  for (unsigned i = threadIdx.x; i < sizeof(Warp) / sizeof(float); i += kThreads)
    reinterpret_cast<float*>(&from->warp)[i] = word[i];
  __syncthreads();
  return exists;
}

/// One block draws kThreads pixels of sample blockIdx.y: bent inputs, or targets.
template <class T, bool kBent>
__global__ void __launch_bounds__(kThreads)
    draw_images(Source source, ImageSize size, T* images, bool wide) {
  __shared__ Reader from;
  alignas(16) __shared__ float values[kChannels * kThreads];
  const int sample = static_cast<int>(blockIdx.y);
  const bool exists = open_reader(source, size, sample, &from);
  const int pixels = size.size * size.size, first = static_cast<int>(blockIdx.x) * kThreads;
  const int pixel = first + static_cast<int>(threadIdx.x);
  if (pixel < pixels) {
    const int row = pixel / size.size, column = pixel % size.size;
    const Bgr color = kBent ? sample_input<Bgr>(from, size.size, column, row)
                            : sample_target<Bgr>(from, column, row);
    for (int c = 0; c < kChannels; ++c)
      values[kChannels * threadIdx.x + c] = exists ? colored(from.warp, c, color.v[c]) : NAN;
  }
  __syncthreads();
  const int here = pixels - first < kThreads ? pixels - first : kThreads;
  write_out(values, images + (std::int64_t{sample} * pixels + first) * kChannels, here * kChannels,
            wide);
}

/// One block draws kThreads pixels of the mask and the weights of sample blockIdx.y.
__global__ void __launch_bounds__(kThreads)
    draw_masks(Source source, ImageSize size, MaskWeights parts, float* mask, float* weights) {
  __shared__ Reader from;
  const int sample = static_cast<int>(blockIdx.y);
  const bool exists = open_reader(source, size, sample, &from);
  const int pixels = size.size * size.size;
  const int pixel = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (pixel >= pixels) return;
  const Bgr p = sample_target<Bgr>(from, pixel % size.size, pixel / size.size);
  const MaskedPixel to =
      exists ? masked_pixel(p.v[0], p.v[1], p.v[2], parts) : MaskedPixel{NAN, NAN};
  const std::int64_t at = std::int64_t{sample} * pixels + pixel;
  if (mask != nullptr) mask[at] = to.mask;
  if (weights != nullptr) weights[at] = to.weight;
}

namespace {

constexpr int kMostSamples = 65535;  // rows of blocks in a grid

ImageSize size_of(const char* op, const FaceBlock& faces, View out) {
  const Shape s = out.shape;
  check(faces.data != nullptr && faces.count > 0 && faces.side > 1, op, ": no faces");
  check(faces.coverage > 0 && faces.coverage <= 1, op, ": coverage must be in 0..1, got ",
        faces.coverage);
  check(s.c == kChannels && s.h == s.w, op, ": images must be [N,S,S,3], got ", s);
  check(s.n <= kMostSamples &&
            s.n * sizeof(Warp) <= static_cast<std::size_t>(Cuda::kPartials) * sizeof(float),
        op, ": ", s.n, " images are too many for one call");
  return {faces.count, faces.side, s.h, faces.coverage, faces.stride};
}

dim3 blocks_of(const ImageSize& size, int images) {
  const int pixels = size.size * size.size;
  return {static_cast<unsigned>((pixels + kThreads - 1) / kThreads), static_cast<unsigned>(images)};
}

template <bool kBent>
void draw(Cuda& on, const Source& source, const ImageSize& size, View images) {
  const int pixels = size.size * size.size;
  dispatch_dtype(images.dtype, [&](auto t) {
    using T = decltype(t);
    const bool wide = pixels * kChannels % kWide<T> == 0 && aligned(images.data);
    launch(on, draw_images<T, kBent>, blocks_of(size, images.shape.n), kThreads, source, size,
           out<T>(images), wide);
  });
}

Warp* warps_of(const Cuda& on) {
  return reinterpret_cast<Warp*>(on.partials());
}

}  // namespace

void augment(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target) {
  const ImageSize size = size_of("augment", faces, input);
  check(input.shape == target.shape, "augment: input ", input.shape, " and target ", target.shape,
        " differ");
  launch(on, make_warps, static_cast<unsigned>(input.shape.n), kWarpThreads, key, size,
         warps_of(on));
  const Source source{faces.data, indices, warps_of(on), 1};
  draw<true>(on, source, size, input);
  draw<false>(on, source, size, target);
}

void augment_masks(Cuda& on, const FaceBlock& masks, const std::int32_t* indices,
                   const AugmentKey& key, const MaskWeights& parts, View mask, View weights) {
  const View some = mask ? mask : weights;
  for (const View& view : {mask, weights})
    check(!view || (view.shape == some.shape && view.shape.c == 1 && view.dtype == DType::F32),
          "augment_masks: mask ", mask.shape, " and weights ", weights.shape,
          " must be [N,S,S,1] float32");
  const Shape s = some.shape;
  const ImageSize size = size_of("augment_masks", masks, {some.data, {s.n, s.h, s.w, kChannels}});
  launch(on, make_warps, static_cast<unsigned>(s.n), kWarpThreads, key, size, warps_of(on));
  launch(on, draw_masks, blocks_of(size, s.n), kThreads,
         Source{masks.data, indices, warps_of(on), 1}, size, parts, out<float>(mask),
         out<float>(weights));
}

void read_faces(Cuda& on, const FaceBlock& faces, const std::int32_t* indices, View out) {
  const ImageSize size = size_of("read_faces", faces, out);
  launch(on, keep_warp, 1, 1, make_warp({}, size.side, size.size, size.coverage), warps_of(on));
  draw<false>(on, {faces.data, indices, warps_of(on), 0}, size, out);
}

}  // namespace cameo::kernels

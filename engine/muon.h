// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/adam.h"
#include "engine/optimizer.h"
#include "kernels/muon.h"

namespace cameo {

/// Muon: momentum whose direction is orthogonalised. The momentum of a convolution's or dense
/// layer's weight, taken as a matrix [outputs, window x inputs], is replaced by the nearest
/// semi-orthogonal matrix, approximately, so that a step changes every direction of the layer
/// alike. Five iterations of Newton and Schulz find it, with matrix products only.
/// Source: Jordan et al. 2024; torch.optim.Muon.
class Muon final : public Optimizer {
 public:
  struct Options {
    double rate = 0.02;  ///< learning rate where Adam's is that of the state as it is now
    double momentum = 0.95;
    /// Outputs are taken in equal parts of no more than this, each a matrix of its own, where the
    /// inputs are more: the cost of the products grows with the square of the shorter side.
    int max_outputs = 128;
  };

  /// rows: indices of the parameters it updates; see takes(). state: its learning rate and schedule
  /// scale Muon's, and only an Adam of the same step advances it, which must come before Muon in
  /// the phase. Plans every product and allocates here.
  Muon(ParamStore& params, DeviceAdamState& state, const std::vector<int>& rows,
       const Options& options);
  ~Muon() override;
  Muon(const Muon&) = delete;
  Muon& operator=(const Muon&) = delete;

  /// Bytes of such a Muon, or a little more, without making it.
  static std::size_t plan_memory(const ParamStore& params, const std::vector<int>& rows,
                                 const Options& options);

  /// Whether a parameter is a matrix that Muon suits: at least 16 outputs of at least 16 inputs.
  /// Others, such as biases and the layer that yields colours, are Adam's.
  static bool takes(const Param& param);

  void step() override;
  void rehearse() override;
  /// The momenta: "momentum.PARAMETER".
  std::vector<StateTensor> save() const override { return momenta_.save(); }
  void load(const StateReader& read) override { momenta_.load(read); }
  /// Momenta and what the products work in.
  std::size_t bytes() const override { return momenta_.bytes() + memory_bytes_; }

 private:
  struct Products;
  struct Matrix {
    std::int64_t at;     ///< in the store's blocks, in elements
    View grad;           ///< [outputs, 1, 1, inputs]
    float* momentum;     ///< in the state's block
    Products* products;  ///< of its extents
  };
  struct Buffers;

  Products& products_of(int outputs, int inputs);
  void allocate();
  /// Orthogonalises the direction in the buffers; returns where the result lies.
  template <class On>
  View orthogonalize(On& on, Products& products);

  ParamStore& params_;
  DeviceAdamState& state_;
  Options options_;
  double relative_rate_;  ///< Muon's over Adam's
  StateBlocks momenta_;
  std::vector<Matrix> matrices_;
  std::vector<std::unique_ptr<Products>> products_;
  std::unique_ptr<Buffers> buffers_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace cameo

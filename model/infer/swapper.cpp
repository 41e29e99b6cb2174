// SPDX-License-Identifier: MIT
#include "model/infer/swapper.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/floats.h"
#include "model/file/model_file.h"
#include "model/net/graphs.h"

namespace cameo {
namespace {

class GraphSwapper final : public Swapper {
 public:
  GraphSwapper(Exec exec, const SafetensorsFile& file, const SwapperOptions& options)
      : exec_(std::move(exec)),
        params_(exec_),
        network_(options.match_latents ? load_matched_network(file, params_, options.side)
                                       : load_network(file, params_)) {
    record(options);
  }

  GraphSwapper(Exec exec, const Network& network, std::uint64_t seed, const SwapperOptions& options)
      : exec_(std::move(exec)), params_(exec_), network_(network) {
    network_.declare(params_);
    params_.allocate(/*with_gradients=*/false);
    params_.initialize(seed);
    record(options);
  }

  int size() const override { return network_.size; }
  int coverage() const override { return network_.coverage; }
  int batch() const override { return graph_->face.shape().n; }
  bool has_mask() const override { return has_mask_; }
  std::span<const float> masks() const override { return masks_; }

  void run(std::span<const float> x, std::span<float> y, int count) override {
    const auto floats =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(size() * size()) * 3;
    check(count > 0 && count <= batch() && x.size() >= floats && y.size() >= floats,
          "swapper: ", count, " faces, ", x.size(), " floats in and ", y.size(),
          " out, for a batch of ", batch());
    View in = graph_->graph.value(graph_->face), out = graph_->graph.value(graph_->image);
    in.shape.n = out.shape.n = count;
    write_floats(exec_, in, x.data());
    graph_->graph.forward();
    read_floats(exec_, out, y.data());
    if (!has_mask_) return;
    View mask = graph_->graph.value(*graph_->mask);
    mask.shape.n = count;
    masks_.resize(static_cast<std::size_t>(mask.shape.size()));
    read_floats(exec_, mask, masks_.data());
  }

 private:
  void record(const SwapperOptions& options) {
    constexpr int kGpuBatch = 16;
    const int usual = std::holds_alternative<Cpu>(exec_) ? 1 : kGpuBatch;
    const int batch = options.batch > 0 ? options.batch : usual;
    has_mask_ = network_.has_trained_mask(params_, options.side);
    graph_ =
        render_graph(exec_, params_, network_, batch, options.side, Mode::Inference, options.what);
  }

  Exec exec_;
  ParamStore params_;
  Network network_;
  std::unique_ptr<RenderGraph> graph_;
  bool has_mask_ = false;
  std::vector<float> masks_;  ///< of the last run
};

/// On a CPU: not the fastest algorithm by a stopwatch, so that every run yields the same bits.
Exec reproducible(Exec exec) {
  if (auto* cpu = std::get_if<Cpu>(&exec); cpu != nullptr && cpu->forced_algorithm.empty())
    cpu->forced_algorithm = cpu->precision == Precision::Bf16 ? "blocked-bf16" : "blocked";
  return exec;
}

}  // namespace

std::unique_ptr<Swapper> open_swapper(const std::filesystem::path& model,
                                      const SwapperOptions& options, Exec exec) {
  return std::make_unique<GraphSwapper>(reproducible(std::move(exec)),
                                        SafetensorsFile(model_file(model)), options);
}

std::unique_ptr<Swapper> untrained_swapper(const Network& network, std::uint64_t seed,
                                           const SwapperOptions& options, Exec exec) {
  check(!options.match_latents, ErrorCode::Usage,
        "an untrained network has no latent statistics to match");
  return std::make_unique<GraphSwapper>(reproducible(std::move(exec)), network, seed, options);
}

}  // namespace cameo

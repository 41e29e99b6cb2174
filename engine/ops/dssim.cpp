// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include "base/error.h"
#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class Dssim final : public Node {
 public:
  explicit Dssim(float weight) : weight_(weight) {}
  std::string_view name() const override { return "dssim"; }
  Attributes attributes() const override { return {{"weight", {weight_}}}; }
  DType out_type(DType) const override { return DType::F32; }
  std::size_t prepare(Exec&, const Prep& prep) override {
    return kernels::dssim_scratch(prep.in[0]);
  }
  std::size_t estimate_scratch(Exec&, const Prep& prep) const override {
    return kernels::dssim_scratch(prep.in[0]);
  }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::dssim_forward(on, io.in[0], io.in[1], io.out, weight_, io.scratch, mask(io));
    });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      if (io.din[0])
        kernels::dssim_backward(on, io.in[0], io.in[1], io.dout, io.din[0], weight_, io.scratch,
                                mask(io));
    });
  }

 private:
  static ConstView mask(const Io& io) { return io.in.size() > 2 ? io.in[2] : ConstView{}; }
  float weight_;
};

}  // namespace

Value dssim(Value x, Value t, float weight, std::optional<Value> mask) {
  const Shape s = x.shape();
  check(s == t.shape(), "dssim: ", s, " against target ", t.shape());
  check(!t.graph->wants_grad(t), "dssim: the target wants a gradient, and none goes to it");
  check(s.h >= kernels::kSsimWindow && s.w >= kernels::kSsimWindow, "dssim: images ", s,
        " are smaller than its window of ", kernels::kSsimWindow, " pixels");
  if (!mask) return x.graph->add_node<Dssim>({x, t}, Shape{}, weight);
  check_mask("dssim", s, *mask);
  return x.graph->add_node<Dssim>({x, t, *mask}, Shape{}, weight);
}

}  // namespace cameo

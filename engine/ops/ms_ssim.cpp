// SPDX-License-Identifier: MIT
#include "kernels/ms_ssim.h"

#include "base/error.h"
#include "engine/ops.h"
#include "engine/ops/shapes.h"

namespace cameo {
namespace {

class MsSsim final : public Node {
 public:
  explicit MsSsim(float weight) : weight_(weight) {}
  std::string_view name() const override { return "ms_ssim"; }
  Attributes attributes() const override { return {{"weight", {weight_}}}; }
  DType out_type(DType) const override { return DType::F32; }
  std::size_t prepare(Exec&, const Prep& prep) override {
    return kernels::ms_ssim_scratch(prep.in[0]);
  }
  std::size_t estimate_scratch(Exec&, const Prep& prep) const override {
    return kernels::ms_ssim_scratch(prep.in[0]);
  }
  void forward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      kernels::ms_ssim_forward(on, io.in[0], io.in[1], io.out, weight_, io.scratch, mask(io));
    });
  }
  void backward(Exec& exec, const Io& io) override {
    run(exec, [&](auto& on) {
      if (io.din[0])
        kernels::ms_ssim_backward(on, io.in[0], io.in[1], io.dout, io.din[0], weight_, io.scratch,
                                  mask(io));
    });
  }

 private:
  static ConstView mask(const Io& io) { return io.in.size() > 2 ? io.in[2] : ConstView{}; }
  float weight_;
};

}  // namespace

Value ms_ssim(Value x, Value t, float weight, std::optional<Value> mask) {
  const Shape s = x.shape();
  check(s == t.shape(), "ms_ssim: ", s, " against target ", t.shape());
  check(!t.graph->wants_grad(t), "ms_ssim: the target wants a gradient, and none goes to it");
  check(s.h >= kernels::kSsimWindow && s.w >= kernels::kSsimWindow, "ms_ssim: images ", s,
        " are smaller than its window of ", kernels::kSsimWindow, " pixels");
  if (!mask) return x.graph->add_node<MsSsim>({x, t}, Shape{}, weight);
  check_mask("ms_ssim", s, *mask);
  return x.graph->add_node<MsSsim>({x, t, *mask}, Shape{}, weight);
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "kernels/cpu/dnnl_primitive.h"

#include <utility>

#include "base/round_up.h"

namespace cameo::kernels {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kF32 = memory::data_type::f32;
constexpr std::size_t kAlign = 64;

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

/// An operand in the layout that a primitive wants, reordered from and to the plain one.
class ReorderedMemory {
 public:
  explicit ReorderedMemory(const Layout& layout)
      : arg_(layout.arg),
        reorders_(layout.plain != layout.wanted),
        plain_(layout.plain, dnnl_cpu(), nullptr),
        wanted_(layout.wanted, dnnl_cpu(), nullptr) {
    if (!reorders_) return;
    in_ = dnnl::reorder(plain_, wanted_);
    out_ = dnnl::reorder(wanted_, plain_);
  }
  bool reorders() const { return reorders_; }
  std::size_t bytes() const {
    return reorders_ ? round_up(wanted_.get_desc().get_size(), kAlign) : 0;
  }
  int arg() const { return arg_; }

  /// Places the operands: `packed` is used where the layouts differ.
  void place(void* plain, void* packed) {
    plain_.set_data_handle(plain);
    wanted_.set_data_handle(reorders_ ? packed : plain);
  }
  const memory& wanted() const { return wanted_; }
  void reorder_in(dnnl::stream& stream) {
    if (reorders_) in_.execute(stream, plain_, wanted_);
  }
  void reorder_out(dnnl::stream& stream) {
    if (reorders_) out_.execute(stream, wanted_, plain_);
  }

 private:
  int arg_;
  bool reorders_;
  memory plain_, wanted_;
  dnnl::reorder in_, out_;
};

class DnnlPrimitive final : public Primitive {
 public:
  DnnlPrimitive(DnnlPlan plan, bool constant_b)
      : plan_(std::move(plan)),
        a_(plan_.a),
        b_(plan_.b),
        out_(plan_.out),
        constant_b_(constant_b && b_.reorders()),
        pad_({{static_cast<memory::dim>(plan_.scratchpad_bytes)}, memory::data_type::u8, Tag::x},
             dnnl_cpu(), nullptr),
        stream_(dnnl_cpu()) {}

  std::size_t scratch_bytes() const override {
    return a_.bytes() + (constant_b_ ? 0 : b_.bytes()) + out_.bytes() +
           round_up(plan_.scratchpad_bytes, kAlign);
  }

  void run(const Operands& operands) override {
    std::byte* at = operands.scratch;
    const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + bytes); };
    a_.place(const_cast<float*>(operands.a), take(a_.bytes()));
    a_.reorder_in(stream_);
    reorder_b(const_cast<float*>(operands.b), constant_b_ ? nullptr : take(b_.bytes()));
    out_.place(operands.out, take(out_.bytes()));
    pad_.set_data_handle(at);
    plan_.primitive.execute(stream_, {{a_.arg(), a_.wanted()},
                                      {b_.arg(), b_.wanted()},
                                      {out_.arg(), out_.wanted()},
                                      {DNNL_ARG_SCRATCHPAD, pad_}});
    out_.reorder_out(stream_);
    stream_.wait();
  }

  void drop_packed() override { packed_b_ = nullptr; }

 private:
  void reorder_b(float* plain, void* packed) {
    if (!constant_b_) {
      b_.place(plain, packed);
      b_.reorder_in(stream_);
    } else if (!packed_b_) {
      packed_b_ = cpu_.allocate(b_.bytes());
      b_.place(plain, packed_b_.get());
      b_.reorder_in(stream_);
    }
  }

  DnnlPlan plan_;
  ReorderedMemory a_, b_, out_;
  bool constant_b_;
  memory pad_;
  dnnl::stream stream_;
  Cpu cpu_;
  Memory packed_b_;
};

/// The same array, its layout left to oneDNN.
memory::desc any_layout(const memory::desc& plain, bool any) {
#if DNNL_VERSION_MAJOR >= 3
  const auto dims = plain.get_dims();
#else
  const auto dims = plain.dims();
#endif
  return any ? memory::desc(dims, kF32, Tag::any) : plain;
}

struct ConvDescs {
  memory::desc x, w, y, any_x, any_w, any_y;
  memory::dims strides, before, after;
  dnnl::algorithm algorithm = dnnl::algorithm::convolution_direct;
};

ConvDescs conv_descs(const Conv2dSpec& s, ConvForm form) {
  const memory::desc x({s.x.n, s.x.c, s.x.h, s.x.w}, kF32, Tag::nhwc);
  const memory::desc w({s.w.n, s.w.c, s.w.h, s.w.w}, kF32, Tag::ohwi);
  const memory::desc y({s.y.n, s.y.c, s.y.h, s.y.w}, kF32, Tag::nhwc);
  const bool any = form != ConvForm::DirectNhwc;
  return {.x = x,
          .w = w,
          .y = y,
          .any_x = any_layout(x, any),
          .any_w = any_layout(w, true),
          .any_y = any_layout(y, any),
          .strides = {s.stride, s.stride},
          .before = {s.pad.top, s.pad.left},
          .after = {s.pad.bottom, s.pad.right},
          .algorithm = form == ConvForm::Winograd ? dnnl::algorithm::convolution_winograd
                                                  : dnnl::algorithm::convolution_direct};
}

#if DNNL_VERSION_MAJOR >= 3
auto conv_forward(const ConvDescs& d) {
  return dnnl::convolution_forward::primitive_desc(dnnl_cpu(), dnnl::prop_kind::forward_training,
                                                   d.algorithm, d.any_x, d.any_w, d.any_y,
                                                   d.strides, d.before, d.after, user_scratchpad());
}
auto conv_backward_data(const ConvDescs& d) {
  return dnnl::convolution_backward_data::primitive_desc(dnnl_cpu(), d.algorithm, d.any_x, d.any_w,
                                                         d.any_y, d.strides, d.before, d.after,
                                                         conv_forward(d), user_scratchpad());
}
auto conv_backward_weights(const ConvDescs& d) {
  return dnnl::convolution_backward_weights::primitive_desc(
      dnnl_cpu(), d.algorithm, d.any_x, d.any_w, d.any_y, d.strides, d.before, d.after,
      conv_forward(d), user_scratchpad());
}
auto gemm_of(const memory::desc& a, const memory::desc& b, const memory::desc& out) {
  return dnnl::matmul::primitive_desc(dnnl_cpu(), a, b, out, user_scratchpad());
}
auto dense_forward(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_forward::primitive_desc(dnnl_cpu(), dnnl::prop_kind::forward_training,
                                                     x, w, y, user_scratchpad());
}
auto dense_backward_data(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_backward_data::primitive_desc(
      dnnl_cpu(), x, w, y, dense_forward(x, w, y), user_scratchpad());
}
auto dense_backward_weights(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_backward_weights::primitive_desc(
      dnnl_cpu(), x, w, y, dense_forward(x, w, y), user_scratchpad());
}
#else
auto conv_forward(const ConvDescs& d) {
  return dnnl::convolution_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, d.algorithm, d.any_x, d.any_w, d.any_y, d.strides,
       d.before, d.after},
      user_scratchpad(), dnnl_cpu());
}
auto conv_backward_data(const ConvDescs& d) {
  return dnnl::convolution_backward_data::primitive_desc(
      {d.algorithm, d.any_x, d.any_w, d.any_y, d.strides, d.before, d.after}, user_scratchpad(),
      dnnl_cpu(), conv_forward(d));
}
auto conv_backward_weights(const ConvDescs& d) {
  return dnnl::convolution_backward_weights::primitive_desc(
      {d.algorithm, d.any_x, d.any_w, d.any_y, d.strides, d.before, d.after}, user_scratchpad(),
      dnnl_cpu(), conv_forward(d));
}
auto gemm_of(const memory::desc& a, const memory::desc& b, const memory::desc& out) {
  return dnnl::matmul::primitive_desc({a, b, out}, user_scratchpad(), dnnl_cpu());
}
auto dense_forward(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_forward::primitive_desc({dnnl::prop_kind::forward_training, x, w, y},
                                                     user_scratchpad(), dnnl_cpu());
}
auto dense_backward_data(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_backward_data::primitive_desc({x, w, y}, user_scratchpad(), dnnl_cpu(),
                                                           dense_forward(x, w, y));
}
auto dense_backward_weights(const memory::desc& x, const memory::desc& w, const memory::desc& y) {
  return dnnl::inner_product_backward_weights::primitive_desc({x, w, y}, user_scratchpad(),
                                                              dnnl_cpu(), dense_forward(x, w, y));
}
#endif

/// Plans from primitive descriptors, of convolutions and dense layers.
template <class Kind, class Desc>
DnnlPlan forward_plan(const Desc& pd, const ConvDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_SRC, d.x, pd.src_desc()},
          {DNNL_ARG_WEIGHTS, d.w, pd.weights_desc()},
          {DNNL_ARG_DST, d.y, pd.dst_desc()},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}
template <class Kind, class Desc>
DnnlPlan backward_data_plan(const Desc& pd, const ConvDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_DIFF_DST, d.y, pd.diff_dst_desc()},
          {DNNL_ARG_WEIGHTS, d.w, pd.weights_desc()},
          {DNNL_ARG_DIFF_SRC, d.x, pd.diff_src_desc()},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}
template <class Kind, class Desc>
DnnlPlan backward_weights_plan(const Desc& pd, const ConvDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_SRC, d.x, pd.src_desc()},
          {DNNL_ARG_DIFF_DST, d.y, pd.diff_dst_desc()},
          {DNNL_ARG_DIFF_WEIGHTS, d.w, pd.diff_weights_desc()},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}

}  // namespace

const dnnl::engine& dnnl_cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

std::unique_ptr<Primitive> dnnl_primitive(DnnlPlan plan, bool constant_b) {
  return std::make_unique<DnnlPrimitive>(std::move(plan), constant_b);
}

Algorithm dnnl_algorithm(std::string name, DnnlPlan plan, bool constant_b) {
  return {std::move(name), dnnl_primitive(std::move(plan), constant_b)};
}

std::unique_ptr<DnnlPlan> dnnl_conv(const Conv2dSpec& spec, ConvPass pass, ConvForm form) {
  try {
    const ConvDescs d = conv_descs(spec, form);
    switch (pass) {
      case ConvPass::Forward:
        return std::make_unique<DnnlPlan>(
            forward_plan<dnnl::convolution_forward>(conv_forward(d), d));
      case ConvPass::BackwardData:
        return std::make_unique<DnnlPlan>(
            backward_data_plan<dnnl::convolution_backward_data>(conv_backward_data(d), d));
      case ConvPass::BackwardWeights:
        return std::make_unique<DnnlPlan>(
            backward_weights_plan<dnnl::convolution_backward_weights>(conv_backward_weights(d), d));
    }
  } catch (const dnnl::error&) {  // this form does not exist for this shape or machine
  }
  return nullptr;
}

DnnlPlan dnnl_gemm(const Gemm& g) {
  // Two dimensions where one product is wanted: with a third, oneDNN 2.6 takes its slow reference.
  const auto desc = [&](std::int64_t rows, std::int64_t columns, memory::dims strides) {
    memory::dims dims{g.batch, rows, columns};
    const auto from = g.batch == 1 ? 1 : 0;
    return memory::desc({dims.begin() + from, dims.end()}, kF32,
                        {strides.begin() + from, strides.end()});
  };
  const memory::desc a = desc(g.m, g.k, {g.a_batch, g.a_row, g.a_column});
  const memory::desc b = desc(g.k, g.n, {g.b_batch, g.b_row, g.b_column});
  const memory::desc out = desc(g.m, g.n, {g.out_batch, g.n, 1});
  const auto pd = gemm_of(a, b, out);
  return {dnnl::matmul(pd),
          {DNNL_ARG_SRC, a, a},
          {DNNL_ARG_WEIGHTS, b, b},
          {DNNL_ARG_DST, out, out},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}

DnnlPlan dnnl_dense(int n, int in, int out, ConvPass pass) {
  ConvDescs d;
  d.x = memory::desc({n, in}, kF32, Tag::nc);
  d.w = memory::desc({out, in}, kF32, Tag::oi);
  d.y = memory::desc({n, out}, kF32, Tag::nc);
  const memory::desc any_w({out, in}, kF32, Tag::any);
  switch (pass) {
    case ConvPass::Forward:
      return forward_plan<dnnl::inner_product_forward>(dense_forward(d.x, any_w, d.y), d);
    case ConvPass::BackwardData:
      return backward_data_plan<dnnl::inner_product_backward_data>(
          dense_backward_data(d.x, any_w, d.y), d);
    case ConvPass::BackwardWeights:
      break;
  }
  return backward_weights_plan<dnnl::inner_product_backward_weights>(
      dense_backward_weights(d.x, any_w, d.y), d);
}

}  // namespace cameo::kernels

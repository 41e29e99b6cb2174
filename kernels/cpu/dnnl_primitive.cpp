// SPDX-License-Identifier: MIT
#include "kernels/cpu/dnnl_primitive.h"

#include <utility>

#include "base/round_up.h"

namespace cameo::kernels {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;
constexpr auto kF32 = Type::f32;
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

/// Input, weights and output of a layer.
struct Tensors {
  memory::desc x, w, y;
};

/// A layer as we keep its arrays (`plain`), as one pass takes them (`pass`: layouts left to oneDNN,
/// operands of the products' type, result float32), and as backward passes want the forward one
/// described (`hint`: all of the products' type).
struct LayerDescs {
  Tensors plain, pass, hint;
  memory::dims strides, before, after;
  dnnl::algorithm algorithm = dnnl::algorithm::convolution_direct;
};

Type type_of(DType dtype) {
  return dtype == DType::BF16 ? Type::bf16 : kF32;
}

/// desc(tensor, type) makes the descriptors of x, w and y (0, 1, 2).
template <class F>
void describe(LayerDescs& d, ConvPass pass, DType products, F desc) {
  const Type type = type_of(products);
  const auto result = [pass](ConvPass of) { return pass == of; };
  d.hint = {desc(0, type), desc(1, type), desc(2, type)};
  d.pass = {desc(0, result(ConvPass::BackwardData) ? kF32 : type),
            desc(1, result(ConvPass::BackwardWeights) ? kF32 : type),
            desc(2, result(ConvPass::Forward) ? kF32 : type)};
}

LayerDescs conv_descs(const Conv2dSpec& s, ConvPass pass, ConvForm form, DType products) {
  const memory::dims dims[] = {
      {s.x.n, s.x.c, s.x.h, s.x.w}, {s.w.n, s.w.c, s.w.h, s.w.w}, {s.y.n, s.y.c, s.y.h, s.y.w}};
  LayerDescs d{
      .plain = {{dims[0], kF32, Tag::nhwc}, {dims[1], kF32, Tag::ohwi}, {dims[2], kF32, Tag::nhwc}},
      .strides = {s.stride, s.stride},
      .before = {s.pad.top, s.pad.left},
      .after = {s.pad.bottom, s.pad.right},
      .algorithm = form == ConvForm::Winograd ? dnnl::algorithm::convolution_winograd
                                              : dnnl::algorithm::convolution_direct};
  describe(d, pass, products, [&](int tensor, Type type) {
    const bool nhwc = form == ConvForm::DirectNhwc && tensor != 1;
    return memory::desc(dims[tensor], type, nhwc ? Tag::nhwc : Tag::any);
  });
  return d;
}

#if DNNL_VERSION_MAJOR >= 3
auto conv_forward(const LayerDescs& d, const Tensors& t) {
  return dnnl::convolution_forward::primitive_desc(dnnl_cpu(), dnnl::prop_kind::forward_training,
                                                   d.algorithm, t.x, t.w, t.y, d.strides, d.before,
                                                   d.after, user_scratchpad());
}
auto conv_backward_data(const LayerDescs& d) {
  return dnnl::convolution_backward_data::primitive_desc(
      dnnl_cpu(), d.algorithm, d.pass.x, d.pass.w, d.pass.y, d.strides, d.before, d.after,
      conv_forward(d, d.hint), user_scratchpad());
}
auto conv_backward_weights(const LayerDescs& d) {
  return dnnl::convolution_backward_weights::primitive_desc(
      dnnl_cpu(), d.algorithm, d.pass.x, d.pass.w, d.pass.y, d.strides, d.before, d.after,
      conv_forward(d, d.hint), user_scratchpad());
}
auto gemm_of(const memory::desc& a, const memory::desc& b, const memory::desc& out) {
  return dnnl::matmul::primitive_desc(dnnl_cpu(), a, b, out, user_scratchpad());
}
auto dense_forward(const Tensors& t) {
  return dnnl::inner_product_forward::primitive_desc(dnnl_cpu(), dnnl::prop_kind::forward_training,
                                                     t.x, t.w, t.y, user_scratchpad());
}
auto dense_backward_data(const LayerDescs& d) {
  return dnnl::inner_product_backward_data::primitive_desc(
      dnnl_cpu(), d.pass.x, d.pass.w, d.pass.y, dense_forward(d.hint), user_scratchpad());
}
auto dense_backward_weights(const LayerDescs& d) {
  return dnnl::inner_product_backward_weights::primitive_desc(
      dnnl_cpu(), d.pass.x, d.pass.w, d.pass.y, dense_forward(d.hint), user_scratchpad());
}
#else
auto conv_forward(const LayerDescs& d, const Tensors& t) {
  return dnnl::convolution_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, d.algorithm, t.x, t.w, t.y, d.strides, d.before, d.after},
      user_scratchpad(), dnnl_cpu());
}
auto conv_backward_data(const LayerDescs& d) {
  return dnnl::convolution_backward_data::primitive_desc(
      {d.algorithm, d.pass.x, d.pass.w, d.pass.y, d.strides, d.before, d.after}, user_scratchpad(),
      dnnl_cpu(), conv_forward(d, d.hint));
}
auto conv_backward_weights(const LayerDescs& d) {
  return dnnl::convolution_backward_weights::primitive_desc(
      {d.algorithm, d.pass.x, d.pass.w, d.pass.y, d.strides, d.before, d.after}, user_scratchpad(),
      dnnl_cpu(), conv_forward(d, d.hint));
}
auto gemm_of(const memory::desc& a, const memory::desc& b, const memory::desc& out) {
  return dnnl::matmul::primitive_desc({a, b, out}, user_scratchpad(), dnnl_cpu());
}
auto dense_forward(const Tensors& t) {
  return dnnl::inner_product_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, t.x, t.w, t.y}, user_scratchpad(), dnnl_cpu());
}
auto dense_backward_data(const LayerDescs& d) {
  return dnnl::inner_product_backward_data::primitive_desc(
      {d.pass.x, d.pass.w, d.pass.y}, user_scratchpad(), dnnl_cpu(), dense_forward(d.hint));
}
auto dense_backward_weights(const LayerDescs& d) {
  return dnnl::inner_product_backward_weights::primitive_desc(
      {d.pass.x, d.pass.w, d.pass.y}, user_scratchpad(), dnnl_cpu(), dense_forward(d.hint));
}
#endif

/// Plans from primitive descriptors, of convolutions and dense layers.
template <class Kind, class Desc>
DnnlPlan forward_plan(const Desc& pd, const LayerDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_SRC, d.plain.x, pd.src_desc()},
          {DNNL_ARG_WEIGHTS, d.plain.w, pd.weights_desc()},
          {DNNL_ARG_DST, d.plain.y, pd.dst_desc()},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}
template <class Kind, class Desc>
DnnlPlan backward_data_plan(const Desc& pd, const LayerDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_DIFF_DST, d.plain.y, pd.diff_dst_desc()},
          {DNNL_ARG_WEIGHTS, d.plain.w, pd.weights_desc()},
          {DNNL_ARG_DIFF_SRC, d.plain.x, pd.diff_src_desc()},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}
template <class Kind, class Desc>
DnnlPlan backward_weights_plan(const Desc& pd, const LayerDescs& d) {
  return {Kind(pd),
          {DNNL_ARG_SRC, d.plain.x, pd.src_desc()},
          {DNNL_ARG_DIFF_DST, d.plain.y, pd.diff_dst_desc()},
          {DNNL_ARG_DIFF_WEIGHTS, d.plain.w, pd.diff_weights_desc()},
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

std::unique_ptr<DnnlPlan> dnnl_conv(const Conv2dSpec& spec, ConvPass pass, ConvForm form,
                                    DType products) {
  try {
    const LayerDescs d = conv_descs(spec, pass, form, products);
    switch (pass) {
      case ConvPass::Forward:
        return std::make_unique<DnnlPlan>(
            forward_plan<dnnl::convolution_forward>(conv_forward(d, d.pass), d));
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

DnnlPlan dnnl_gemm(const Gemm& g, DType products) {
  // Two dimensions where one product is wanted: with a third, oneDNN 2.6 takes its slow reference.
  const auto desc = [&](Type type, std::int64_t rows, std::int64_t columns, memory::dims strides) {
    memory::dims dims{g.batch, rows, columns};
    const auto from = g.batch == 1 ? 1 : 0;
    return memory::desc({dims.begin() + from, dims.end()}, type,
                        {strides.begin() + from, strides.end()});
  };
  const auto desc_a = [&](Type type) {
    return desc(type, g.m, g.k, {g.a_batch, g.a_row, g.a_column});
  };
  const auto desc_b = [&](Type type) {
    return desc(type, g.k, g.n, {g.b_batch, g.b_row, g.b_column});
  };
  const Type type = type_of(products);
  const memory::desc out = desc(kF32, g.m, g.n, {g.out_batch, g.n, 1});
  const auto pd = gemm_of(desc_a(type), desc_b(type), out);
  return {dnnl::matmul(pd),
          {DNNL_ARG_SRC, desc_a(kF32), desc_a(type)},
          {DNNL_ARG_WEIGHTS, desc_b(kF32), desc_b(type)},
          {DNNL_ARG_DST, out, out},
          pd.scratchpad_desc().get_size(),
          pd.impl_info_str()};
}

DnnlPlan dnnl_dense(int n, int in, int out, ConvPass pass, DType products) {
  const memory::dims dims[] = {{n, in}, {out, in}, {n, out}};
  LayerDescs d{
      .plain = {{dims[0], kF32, Tag::nc}, {dims[1], kF32, Tag::oi}, {dims[2], kF32, Tag::nc}}};
  describe(d, pass, products, [&](int tensor, Type type) {
    return memory::desc(dims[tensor], type, tensor == 1 ? Tag::any : Tag::nc);
  });
  switch (pass) {
    case ConvPass::Forward:
      return forward_plan<dnnl::inner_product_forward>(dense_forward(d.pass), d);
    case ConvPass::BackwardData:
      return backward_data_plan<dnnl::inner_product_backward_data>(dense_backward_data(d), d);
    case ConvPass::BackwardWeights:
      break;
  }
  return backward_weights_plan<dnnl::inner_product_backward_weights>(dense_backward_weights(d), d);
}

}  // namespace cameo::kernels

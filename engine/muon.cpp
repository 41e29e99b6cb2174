// SPDX-License-Identifier: MIT
#include "engine/muon.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/round_up.h"
#include "kernels/dense.h"

namespace cameo {
namespace {

constexpr int kLeastSide = 16;

/// A weight as matrices of `outputs` rows each.
struct Parts {
  int count, outputs, inputs;
};

Parts parts_of(const Shape& weight, int max_outputs) {
  const int inputs = weight.h * weight.w * weight.c;
  int count = 1;
  if (weight.n <= inputs)
    while (weight.n / count > max_outputs && weight.n % (2 * count) == 0 &&
           weight.n / (2 * count) >= kLeastSide)
      count *= 2;
  return {count, weight.n / count, inputs};
}

std::vector<Range> ranges_of(const ParamStore& params, const std::vector<int>& rows) {
  std::vector<Range> ranges;
  for (const int row : rows) {
    const Param& p = params.table()[static_cast<std::size_t>(row)];
    ranges.push_back({p.at, p.shape.size()});
  }
  return ranges;
}

kernels::DenseSpec with_x_spec(int outputs, int inputs) {
  const bool wide = outputs <= inputs;
  return {.n = outputs,
          .in = inputs,
          .out = std::min(outputs, inputs),
          .wants_dx = wide,
          .wants_dw = !wide,
          .keeps_f32 = true};  // orthogonalize() on a CPU bears no less
}

kernels::DenseSpec square_spec(int outputs, int inputs) {
  const int side = std::min(outputs, inputs);
  return {
      .n = side, .in = side, .out = side, .wants_dx = false, .wants_dw = false, .keeps_f32 = true};
}

/// Where buffers that serve matrices of several extents lie, in bytes from the first.
struct Layout {
  std::int64_t most = 0, side = 0;  ///< elements of the largest matrix, largest shorter side
  std::size_t scratch = 0;
  std::size_t x = 0, result = 0, zeros = 0, norm = 0, scratch_at = 0, bytes = 0;
  std::array<std::size_t, 4> squares{};

  void add(int outputs, int inputs) {
    most = std::max(most, std::int64_t{outputs} * inputs);
    side = std::max(side, std::int64_t{std::min(outputs, inputs)});
  }
  void place(DType type) {
    const auto take = [&](std::size_t count) {
      return std::exchange(bytes, bytes + round_up(count, std::size_t{256}));
    };
    const auto of = [&](std::int64_t elements) {
      return static_cast<std::size_t>(elements) * bytes_of(type);
    };
    x = take(of(most));
    result = take(of(most));
    for (std::size_t& at : squares) at = take(of(side * side));
    zeros = take(of(side));
    norm = take(sizeof(GradNorm));
    scratch_at = take(scratch);
  }
};

}  // namespace

/// Products of a matrix X [outputs, inputs] and of the square matrices on its shorter side.
struct Muon::Products {
  int outputs, inputs;
  std::unique_ptr<kernels::Dense> with_x, square;

  int side() const { return std::min(outputs, inputs); }
  bool is_wide() const { return outputs <= inputs; }
  View of_square(View memory) const {
    memory.shape = {side(), 1, 1, side()};
    return memory;
  }

  /// X X^T, or X^T X where X is tall.
  void gram(ConstView x, ConstView zeros, View to, View scratch) const {
    if (is_wide())
      with_x->forward(x, x, zeros, to, scratch);
    else
      with_x->backward(x, x, x, {}, {to}, {}, scratch);
  }
  /// S X, or X S where X is tall; S is symmetric.
  void apply(ConstView s, ConstView x, ConstView zeros, View to, View scratch) const {
    if (is_wide())
      with_x->backward(x, x, s, {to}, {}, {}, scratch);
    else
      with_x->forward(x, s, zeros, to, scratch);
  }
};

struct Muon::Buffers {
  Memory memory;
  View x, result, zeros, scratch;
  View a, b, c, d;  ///< square
  GradNorm* norm;
};

Muon::Muon(ParamStore& params, DeviceAdamState& state, const std::vector<int>& rows,
           const Options& options)
    : params_(params),
      state_(state),
      options_(options),
      relative_rate_(options.rate / state.read().rate),
      momenta_(params, ranges_of(params, rows), {"momentum"}),
      buffers_(std::make_unique<Buffers>()) {
  check(options.rate > 0 && options.momentum >= 0 && options.momentum < 1, "Muon: rate ",
        options.rate, ", momentum ", options.momentum);
  float* momentum = momenta_.block(0);
  for (const int row : rows) {
    const Param& p = params.table()[static_cast<std::size_t>(row)];
    check(takes(p), "Muon: ", p.name, " ", p.shape, " is no matrix of at least ", kLeastSide,
          " outputs and inputs");
    check(static_cast<bool>(params.grad(row)), "Muon: the store has no gradients");
    const Parts parts = parts_of(p.shape, options.max_outputs);
    View grad = params.grad(row);
    grad.shape = {parts.outputs, 1, 1, parts.inputs};
    for (int i = 0; i < parts.count; ++i) {
      const std::int64_t from = i * grad.shape.size();
      matrices_.push_back(
          {p.at + from, grad, momentum + from, &products_of(parts.outputs, parts.inputs)});
      grad.data = static_cast<std::byte*>(grad.data) + grad.bytes();
    }
    momentum += p.shape.size();
  }
  if (!matrices_.empty()) allocate();
}

Muon::~Muon() = default;

bool Muon::takes(const Param& param) {
  return param.shape.n >= kLeastSide && param.shape.size() / param.shape.n >= kLeastSide;
}

Muon::Products& Muon::products_of(int outputs, int inputs) {
  for (const auto& known : products_)
    if (known->outputs == outputs && known->inputs == inputs) return *known;
  run(params_.exec(), [&](auto& on) {
    products_.push_back(std::make_unique<Products>(
        Products{outputs, inputs, make_dense(on, with_x_spec(outputs, inputs)),
                 make_dense(on, square_spec(outputs, inputs))}));
  });
  return *products_.back();
}

std::size_t Muon::plan_memory(const ParamStore& params, const std::vector<int>& rows,
                              const Options& options) {
  Layout layout;
  std::size_t momenta = 0;
  for (const int row : rows) {
    const Shape shape = params.table()[static_cast<std::size_t>(row)].shape;
    const Parts parts = parts_of(shape, options.max_outputs);
    layout.add(parts.outputs, parts.inputs);
    momenta += static_cast<std::size_t>(shape.size()) * sizeof(float);
    run(params.exec(), [&](auto& on) {
      for (const auto& spec :
           {with_x_spec(parts.outputs, parts.inputs), square_spec(parts.outputs, parts.inputs)})
        layout.scratch = std::max(layout.scratch, estimate_dense_scratch(on, spec));
    });
  }
  if (!rows.empty()) layout.place(params.type());
  return momenta + layout.bytes;
}

void Muon::allocate() {
  Layout layout;
  for (const auto& p : products_) {
    layout.add(p->outputs, p->inputs);
    layout.scratch =
        std::max({layout.scratch, p->with_x->scratch_bytes(), p->square->scratch_bytes()});
  }
  const DType type = params_.type();
  layout.place(type);
  Buffers& to = *buffers_;
  to.memory = run(params_.exec(), [&](auto& on) { return on.allocate(layout.bytes); });
  memory_bytes_ = layout.bytes;
  auto* const base = static_cast<std::byte*>(to.memory.get());
  const auto view = [&](std::size_t at) { return View{base + at, {}, type}; };
  to.x = view(layout.x);
  to.result = view(layout.result);
  to.a = view(layout.squares[0]);
  to.b = view(layout.squares[1]);
  to.c = view(layout.squares[2]);
  to.d = view(layout.squares[3]);
  to.zeros = view(layout.zeros);
  to.scratch = {base + layout.scratch_at,
                {1, 1, 1, static_cast<int>(layout.scratch / sizeof(float))}};
  to.norm = reinterpret_cast<GradNorm*>(base + layout.norm);
  const GradNorm start;
  run(params_.exec(), [&](auto& on) { on.copy_in(to.norm, &start, sizeof start); });
}

template <class On>
View Muon::orthogonalize(On& on, Products& products) {
  const Buffers& to = *buffers_;
  View x = to.x, result = to.result, zeros = to.zeros;
  x.shape = result.shape = {products.outputs, 1, 1, products.inputs};
  zeros.shape.c = products.side();
  kernels::grad_norm_add(on, to.norm, {x.data, x.dtype, x.shape.size()});
  kernels::grad_norm_finish(on, to.norm, 1);
  kernels::muon_normalize(on, to.norm, x);
  View a = products.of_square(to.a), p = products.of_square(to.b);
  const auto times = [&](ConstView left, ConstView right, View product) {
    products.square->forward(left, right, zeros, product, to.scratch);
  };
  if constexpr (!std::is_same_v<On, Cpu>) {
    for (int k = 0; k < kernels::kNewtonSchulzSteps; ++k) {
      products.gram(x, zeros, a, to.scratch);
      times(a, a, p);
      kernels::muon_polynomial(on, a, p, p);
      products.apply(p, x, zeros, result, to.scratch);
      std::swap(x, result);
    }
    return x;
  }
  // All iterates are polynomials of the first A, so they commute, and their product Q can be found
  // before it meets X: a third of the work. Only float32 bears it, since A holds the squares of the
  // singular values.
  View q = products.of_square(to.c), other = products.of_square(to.d);
  products.gram(x, zeros, a, to.scratch);
  for (int k = 0; k < kernels::kNewtonSchulzSteps; ++k) {
    View& polynomial = k == 0 ? q : p;
    times(a, a, polynomial);
    kernels::muon_polynomial(on, a, polynomial, polynomial);
    if (k > 0) {
      times(q, p, other);
      std::swap(q, other);
    }
    if (k + 1 == kernels::kNewtonSchulzSteps) break;
    ConstView now = k == 0 ? q : p;
    times(a, now, other);
    times(now, other, a);
  }
  products.apply(q, x, zeros, result, to.scratch);
  return result;
}

void Muon::step() {
  run(params_.exec(), [&](auto& on) {
    for (const Matrix& matrix : matrices_) {
      View x = buffers_->x;
      x.shape = matrix.grad.shape;
      kernels::muon_momentum(on, matrix.grad, matrix.momentum, x,
                             static_cast<float>(options_.momentum));
      const Products& products = *matrix.products;
      const View update = orthogonalize(on, *matrix.products);
      const double shape =
          std::sqrt(std::max(1.0, static_cast<double>(products.outputs) / products.inputs));
      const kernels::AdamArrays arrays = params_.arrays(matrix.at);
      kernels::muon_step(on, state_.device(), static_cast<float>(relative_rate_ * shape), update,
                         {arrays.w, arrays.copy});
    }
  });
}

void Muon::rehearse() {
  if (matrices_.empty()) return;
  run(params_.exec(), [&](auto& on) {
    for (const auto& products : products_) {
      const auto count = std::int64_t{products->outputs} * products->inputs;
      const Memory m = on.allocate(static_cast<std::size_t>(count) * sizeof(float)),
                   w = on.allocate(static_cast<std::size_t>(count) * sizeof(float)),
                   copy = on.allocate(static_cast<std::size_t>(count) * sizeof(Bf16));
      View grad = buffers_->result;
      grad.shape = {products->outputs, 1, 1, products->inputs};
      View x = buffers_->x;
      x.shape = grad.shape;
      kernels::muon_momentum(on, grad, reinterpret_cast<float*>(m.get()), x, 0);
      const View update = orthogonalize(on, *products);
      kernels::muon_step(on, state_.device(), 0, update,
                         {reinterpret_cast<float*>(w.get()),
                          x.dtype == DType::BF16 ? reinterpret_cast<Bf16*>(copy.get()) : nullptr});
    }
    on.synchronize();
  });
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "engine/graph.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "base/round_up.h"
#include "engine/floats.h"

namespace cameo {
namespace {

constexpr std::size_t kAlign = 256;               // bytes: what cuDNN and TMA like
constexpr std::size_t kGuard = 64;                // bytes behind every tensor that nobody may write
constexpr std::uint32_t kGuardWord = 0x7FC0CAFE;  // a NaN: reading too far shows as well

}  // namespace

Value Graph::leaf(const Tensor& tensor) {
  check(base_ == nullptr, "graph: a leaf was added after plan()");
  tensors_.push_back(tensor);
  return {this, static_cast<int>(tensors_.size()) - 1};
}

Value Graph::input(Shape shape, bool wants_grad) {
  return input(shape, wants_grad, params_.type());
}

Value Graph::input(Shape shape, bool wants_grad, DType dtype) {
  return leaf({.shape = shape, .dtype = dtype, .wants_grad = wants_grad});
}

Value Graph::param(std::string_view name) {
  const int row = params_.find(name);
  for (std::size_t id = 0; id < tensors_.size(); ++id)
    if (tensors_[id].param == row) return {this, static_cast<int>(id)};
  return leaf({.shape = params_.table()[static_cast<std::size_t>(row)].shape,
               .dtype = params_.type(),
               .param = row,
               .wants_grad = mode_ == Mode::Training});
}

Value Graph::record(std::unique_ptr<Node> node, const std::vector<Value>& in, Shape out) {
  check(base_ == nullptr, node->name(), ": the graph is already planned");
  check(!in.empty(), node->name(), ": an op has at least one input");
  Step step{.node = std::move(node), .stream = stream_};
  bool wants = false;
  for (const Value v : in) {
    check(v.graph == this, step.node->name(), ": an input belongs to another graph");
    step.in.push_back(v.id);
    wants |= tensor(v.id).wants_grad;
  }
  const DType dtype = step.node->out_type(tensor(step.in.front()).dtype);
  tensors_.push_back({.shape = out, .dtype = dtype, .wants_grad = wants});
  step.out = static_cast<int>(tensors_.size()) - 1;
  steps_.push_back(std::move(step));
  return {this, steps_.back().out};
}

void Graph::mark_live(const std::vector<Value>& roots) {
  for (const Value r : roots) {
    check(r.graph == this, "Graph::plan: a root belongs to another graph");
    tensor(r.id).live = true;
    roots_.push_back(r.id);
  }
  for (auto s = steps_.rbegin(); s != steps_.rend(); ++s) {
    s->live = tensor(s->out).live;
    if (!s->live) continue;
    for (const int id : s->in) tensor(id).live = true;
  }
}

void Graph::prepare_nodes() {
  const StreamGuard visit{exec_};
  for (Step& s : steps_) {
    if (!s.live) continue;
    std::vector<Shape> in;
    const auto wants = std::make_unique<bool[]>(s.in.size());
    for (std::size_t i = 0; i < s.in.size(); ++i) {
      in.push_back(tensor(s.in[i]).shape);
      wants[i] = mode_ == Mode::Training && tensor(s.in[i]).wants_grad;
    }
    const Prep prep{in, tensor(s.out).shape, {wants.get(), s.in.size()}, mode_};
    run(exec_, [&](auto& on) {
      s.stream = std::min(s.stream, on.kStreams - 1);
      on.set_stream(s.stream);
    });
    std::size_t& scratch = scratch_[s.stream].bytes;
    scratch = std::max(scratch, s.node->prepare(exec_, prep));
  }
}

std::size_t Graph::place(std::size_t bytes) {
  const std::size_t at = total_;
  total_ = round_up(at + bytes + kGuard, kAlign);
  guards_.push_back(at + bytes);
  return at;
}

void Graph::place_all() {
  for (Tensor& t : tensors_) {
    if (!t.live || t.param >= 0) continue;
    const std::size_t bytes = View{nullptr, t.shape, t.dtype}.bytes();
    const auto put = [&](std::size_t& part) {
      const std::size_t before = total_, at = place(bytes);
      part += total_ - before;
      return at;
    };
    t.at = put(memory_plan_.values);
    if (mode_ == Mode::Training && t.wants_grad) t.grad_at = put(memory_plan_.gradients);
  }
  const std::size_t before = total_;
  for (auto& [stream, scratch] : scratch_) scratch.at = place(scratch.bytes);
  memory_plan_.scratch = total_ - before;
}

std::string Graph::largest() const {
  const auto at =
      std::max_element(tensors_.begin(), tensors_.end(), [](const Tensor& a, const Tensor& b) {
        return (a.live ? a.shape.size() : 0) < (b.live ? b.shape.size() : 0);
      });
  std::ostringstream os;
  if (at != tensors_.end()) os << at->shape;
  return os.str();
}

void Graph::plan(const std::vector<Value>& roots) {
  check(base_ == nullptr, "Graph::plan: called twice");
  mark_live(roots);
  prepare_nodes();
  place_all();
  try {
    memory_ = run(exec_, [&](auto& on) { return on.allocate(total_); });
  } catch (const Error& e) {
    fail(ErrorCode::Device, "Graph::plan: ", total_ >> 20, " MiB wanted, largest tensor ",
         largest(), ": ", e.what());
  }
  base_ = memory_.get();
  for (const std::size_t at : guards_) {
    std::uint32_t guard[kGuard / 4];
    std::fill_n(guard, kGuard / 4, kGuardWord);
    run(exec_, [&](auto& on) { on.copy_in(base_ + at, guard, kGuard); });
  }
  connect(roots);
  schedule_streams();
}

void Graph::connect(const std::vector<Value>& roots) {
  // In backward order the first writer of a gradient sets it, the others add.
  std::vector<bool> written(tensors_.size(), false);
  for (const Value r : roots) written[static_cast<std::size_t>(r.id)] = true;
  for (auto s = steps_.rbegin(); s != steps_.rend(); ++s) {
    if (!s->live) continue;
    for (const int id : s->in) {
      s->in_views.push_back(view_of(tensor(id)));
      const View grad = grad_of(tensor(id));
      const bool first = !written[static_cast<std::size_t>(id)];
      s->din.push_back({grad, first ? Write::Set : Write::Add});
      if (grad) written[static_cast<std::size_t>(id)] = true;
    }
    const Tensor& out = tensor(s->out);
    const Scratch& room = scratch_[s->stream];
    const View scratch{base_ + room.at, {1, 1, 1, static_cast<int>(room.bytes / 4)}};
    s->io = {s->in_views, view_of(out), grad_of(out), s->din, scratch};
  }
}

void Graph::schedule_streams() {
  std::vector<StreamTask> forward, backward;
  for (Step& s : steps_) {
    if (!s.live) continue;
    forward_.push_back(&s);
    forward.push_back({s.stream, s.in, {s.out}});
  }
  for (auto s = steps_.rbegin(); s != steps_.rend(); ++s) {
    if (!s->live || !s->io.dout) continue;
    StreamTask work{s->stream, {s->out}, {}};  // numbers stand for gradients here
    for (std::size_t i = 0; i < s->in.size(); ++i)
      if (s->din[i]) work.writes.push_back(s->in[i]);
    backward_.push_back(&*s);
    backward.push_back(std::move(work));
  }
  forward_streams_.emplace(exec_, forward);
  backward_streams_.emplace(exec_, backward);
}

View Graph::view_of(const Tensor& t) const {
  if (t.param >= 0) return params_.weight(t.param);
  return {base_ + t.at, t.shape, t.dtype};
}

View Graph::grad_of(const Tensor& t) const {
  if (mode_ != Mode::Training || !t.wants_grad) return {nullptr, t.shape, t.dtype};
  if (t.param >= 0) return params_.grad(t.param);
  return {base_ + t.grad_at, t.shape, t.dtype};
}

void Graph::forward() {
  check(base_ != nullptr, "Graph::forward: call plan() first");
  forward_streams_->run([&](std::size_t i) {
    const Step& s = *forward_[i];
    s.node->forward(exec_, s.io);
    if (watch_) watch_(s.node->name(), s.io.out);
  });
}

void Graph::backward(RootGrad seed) {
  check(mode_ == Mode::Training, "Graph::backward: the graph was built for inference");
  for (const int id : roots_) {
    const View grad = grad_of(tensor(id));
    if (!grad || seed == RootGrad::Filled) continue;
    check(grad.dtype == DType::F32, "Graph::backward: a root is bfloat16, a loss is float32");
    const auto count = static_cast<std::size_t>(grad.shape.size());
    run(exec_, [&](auto& on) { on.fill(grad.f32(), 1.0F, count); });
  }
  backward_streams_->run([&](std::size_t i) {
    const Step& s = *backward_[i];
    s.node->backward(exec_, s.io);
    if (!watch_) return;
    for (const Grad& grad : s.din)
      if (grad) watch_(s.node->name(), grad.view);
  });
}

View Graph::value(Value v) const {
  const Tensor& t = tensor(v.id);
  check(t.live && base_ != nullptr, "Graph::value: value ", v.id, " ", t.shape,
        " leads to no root, so it has no memory");
  return view_of(t);
}

View Graph::grad(Value v) const {
  const Tensor& t = tensor(v.id);
  const View grad = t.live && base_ != nullptr ? grad_of(t) : View{};
  check(static_cast<bool>(grad), "Graph::grad: value ", v.id, " ", t.shape, " has no gradient");
  return grad;
}

std::string Graph::print() const {
  std::ostringstream os;
  for (const Step& s : steps_) {
    os << '%' << s.out << ' ' << tensor(s.out).shape << " = " << s.node->name() << '(';
    for (std::size_t i = 0; i < s.in.size(); ++i) {
      const Tensor& in = tensor(s.in[i]);
      os << (i ? ", %" : "%") << s.in[i];
      if (in.param >= 0) os << ' ' << params_.table()[static_cast<std::size_t>(in.param)].name;
      if (base_ && s.live && s.din[i]) os << (s.din[i].write == Write::Add ? " d+=" : " d=");
    }
    os << ')' << (base_ && !s.live ? "  <- not live: no memory, never run" : "") << '\n';
  }
  return os.str();
}

std::string Graph::find_nan() {
  check(base_ != nullptr, "Graph::find_nan: call plan() first");
  std::vector<float> host;
  for (Step& s : steps_) {
    if (!s.live) continue;
    s.node->forward(exec_, s.io);
    host.resize(static_cast<std::size_t>(s.io.out.shape.size()));
    read_floats(exec_, s.io.out, host.data());
    const auto bad =
        std::find_if(host.begin(), host.end(), [](float x) { return !std::isfinite(x); });
    if (bad == host.end()) continue;
    std::ostringstream os;
    os << s.node->name() << " %" << s.out << ' ' << s.io.out.shape << ", element "
       << bad - host.begin() << " is " << *bad;
    return os.str();
  }
  return "";
}

bool Graph::guards_intact() const {
  return std::all_of(guards_.begin(), guards_.end(), [&](std::size_t at) {
    std::uint32_t guard[kGuard / 4];
    run(exec_, [&](auto& on) { on.copy_out(guard, base_ + at, kGuard); });
    return std::all_of(guard, guard + kGuard / 4, [](auto word) { return word == kGuardWord; });
  });
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
// What Graph::plan does: which tensors are live, where they lie, which ops write their gradients.
#include <algorithm>
#include <limits>
#include <set>
#include <sstream>

#include "base/error.h"
#include "engine/graph.h"

namespace cameo {

std::vector<Graph::Root> Graph::roots_of(const std::vector<Value>& values) const {
  std::vector<Root> roots;
  for (const Value v : values) {
    check(v.graph == this, "Graph::plan: a root belongs to another graph");
    roots.push_back({v.id, 1});
  }
  return roots;
}

void Graph::plan(const std::vector<Value>& roots) {
  plan_roots(roots_of(roots));
}

void Graph::plan(const std::vector<Loss>& losses) {
  std::vector<Root> all;
  std::set<std::string> names;
  std::set<int> ids;
  for (const Loss& loss : losses) {
    check(loss.value.graph == this, "Graph::plan: loss ", loss.name, " belongs to another graph");
    const Tensor& t = tensor(loss.value.id);
    check(t.shape.size() == 1 && t.dtype == DType::F32, "Graph::plan: loss ", loss.name, " is ",
          t.shape, ", a loss is one float32");
    check(names.insert(loss.name).second, "Graph::plan: two losses are called ", loss.name);
    check(ids.insert(loss.value.id).second, "Graph::plan: loss ", loss.name,
          " is the value of another loss; give one of them both weights");
    all.push_back({loss.value.id, loss.weight});
  }
  plan_roots(all);
  losses_ = losses;
}

GraphMemory Graph::plan_memory(const std::vector<Value>& roots) {
  check(base_ == nullptr, "Graph::plan_memory: the graph is already planned");
  lay_out(roots_of(roots), /*estimate=*/true);
  const GraphMemory memory = arena_.memory;
  clear_layout();
  return memory;
}

void Graph::plan_roots(const std::vector<Root>& roots) {
  check(base_ == nullptr, "Graph::plan: called twice");
  lay_out(roots, /*estimate=*/false);
  for (Copy& copy : copies_) copy.from_view = copy.source.graph->value(copy.source);
  allocate();
  connect();
  schedule_streams();
}

void Graph::lay_out(const std::vector<Root>& roots, bool estimate) {
  clear_layout();
  roots_ = roots;
  mark_live();
  if (mode_ == Mode::Training) mark_gradients();
  prepare_nodes(estimate);
  place_all();
}

void Graph::clear_layout() {
  for (Tensor& t : tensors_) {
    t.live = t.has_grad = t.shares = false;
    t.at = t.grad_at = kNone;
  }
  roots_.clear();
  arena_ = {};
}

void Graph::mark_live() {
  for (const Root& r : roots_) tensor(r.id).live = tensor(storage(r.id)).live = true;
  for (auto op = ops_.rbegin(); op != ops_.rend(); ++op) {
    op->live = tensor(op->out).live;
    if (!op->live) continue;
    for (const int id : op->in) tensor(id).live = tensor(storage(id)).live = true;
  }
}

void Graph::mark_gradients() {
  for (const Root& r : roots_)
    if (r.weight != 0) tensor(r.id).has_grad = tensor(r.id).wants_grad;
  for (auto op = ops_.rbegin(); op != ops_.rend(); ++op) {
    if (!tensor(op->out).has_grad) continue;
    for (const int id : op->in) tensor(id).has_grad = tensor(id).wants_grad;
  }
}

void Graph::prepare_nodes(bool estimate) {
  const StreamGuard guard{exec_};
  for (Op& op : ops_) {
    if (!op.live) continue;
    std::vector<Shape> in;
    const auto wants = std::make_unique<bool[]>(op.in.size());
    for (std::size_t i = 0; i < op.in.size(); ++i) {
      in.push_back(tensor(op.in[i]).shape);
      wants[i] = tensor(op.out).has_grad && tensor(op.in[i]).has_grad;
    }
    const Prep prep{in, tensor(op.out).shape, {wants.get(), op.in.size()}, mode_};
    run(exec_, [&](auto& on) {
      op.stream = std::min(op.stream, on.kStreams - 1);
      on.set_stream(op.stream);
    });
    std::size_t& scratch = arena_.scratch[op.stream].bytes;
    scratch = std::max(
        scratch, estimate ? op.node->estimate_scratch(exec_, prep) : op.node->prepare(exec_, prep));
  }
}

void Graph::place_all() {
  const auto place = [&](std::size_t bytes, std::size_t& part) {
    const std::size_t at = arena_.bytes;
    arena_.guards.push_back(at + bytes);
    arena_.bytes += arena_bytes(bytes);
    part += arena_bytes(bytes);
    return at;
  };
  const std::vector<Lifetime> used = lifetimes();
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    Tensor& t = tensors_[i];
    if (!t.live || t.store != nullptr || t.alias >= 0) continue;
    const std::size_t bytes = View{nullptr, t.shape, t.dtype}.bytes();
    t.shares = used[i].bytes > 0;
    if (!t.shares) t.at = place(bytes, arena_.memory.values);
    if (t.has_grad) t.grad_at = place(bytes, arena_.memory.gradients);
  }
  place_shared(used);
  for (auto& [stream, scratch] : arena_.scratch)
    scratch.at = place(scratch.bytes, arena_.memory.scratch);
}

void Graph::place_shared(const std::vector<Lifetime>& used) {
  std::vector<Lifetime> blocks;
  std::size_t alone = 0;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].shares) {
      blocks.push_back(used[i]);
      alone += arena_bytes(used[i].bytes);
    }
  const ArenaLayout layout = share_memory(blocks);
  auto at = layout.at.begin();
  for (Tensor& t : tensors_)
    if (t.shares) t.at = arena_.bytes + *at++;
  arena_.bytes += layout.bytes;
  arena_.memory.values += layout.bytes;
  arena_.memory.saved = alone - layout.bytes;
}

/// For each tensor that may share its memory the ops from the one that writes it to the last that
/// reads it; no bytes for all others. In a training graph all values are kept for backward, and ops
/// of several streams have no order.
std::vector<Lifetime> Graph::lifetimes() const {
  std::vector<Lifetime> used(tensors_.size());
  const bool one_stream = arena_.scratch.size() <= 1;
  if (mode_ == Mode::Training || !one_stream) return used;
  const auto at = [&](int id) -> Lifetime& { return used[static_cast<std::size_t>(id)]; };
  for (int i = 0; i < static_cast<int>(ops_.size()); ++i) {
    const Op& op = ops_[static_cast<std::size_t>(i)];
    if (!op.live) continue;
    const Tensor& out = tensor(op.out);
    at(op.out) = {View{nullptr, out.shape, out.dtype}.bytes(), i, i};
    for (const int id : op.in) at(storage(id)).last = i;
  }
  for (const Root& r : roots_) at(storage(r.id)).bytes = 0;
  return used;
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

void Graph::allocate() {
  try {
    memory_ = run(exec_, [&](auto& on) { return on.allocate(arena_.bytes); });
  } catch (const Error& e) {
    fail(ErrorCode::Device, "Graph::plan: ", arena_.bytes >> 20, " MiB wanted, largest tensor ",
         largest(), ": ", e.what());
  }
  base_ = memory_.get();
  for (const std::size_t at : arena_.guards) write_guard(at);
}

void Graph::connect() {
  // In backward order the first writer of a gradient sets it, the others add.
  std::vector<bool> written(tensors_.size(), false);
  for (const Root& r : roots_) written[static_cast<std::size_t>(r.id)] = r.weight != 0;
  for (Copy& copy : copies_)
    if (tensor(copy.to).live) copy.to_view = view_of(tensor(copy.to));
  for (auto op = ops_.rbegin(); op != ops_.rend(); ++op) {
    if (!op->live) continue;
    const Tensor& out = tensor(op->out);
    op->din.reserve(op->in.size());  // first_writes_ points into it
    for (const int id : op->in) {
      op->in_views.push_back(view_of(tensor(id)));
      const View grad = out.has_grad ? grad_of(tensor(id)) : View{nullptr, tensor(id).shape};
      const bool first = !written[static_cast<std::size_t>(id)];
      op->din.push_back({grad, first ? Write::Set : Write::Add});
      if (!grad) continue;
      written[static_cast<std::size_t>(id)] = true;
      if (first && tensor(id).store != nullptr) first_writes_.push_back(&op->din.back());
    }
    const Scratch& scratch = arena_.scratch[op->stream];
    const View room{base_ + scratch.at, {1, 1, 1, static_cast<int>(scratch.bytes / 4)}};
    op->io = {op->in_views, view_of(out), grad_of(out), op->din, room};
  }
}

void Graph::schedule_streams() {
  std::vector<StreamTask> forward, backward;
  for (Op& op : ops_) {
    if (!op.live) continue;
    StreamTask task{op.stream, {}, {op.out}};
    for (const int id : op.in) task.reads.push_back(storage(id));
    forward_.push_back(&op);
    forward.push_back(std::move(task));
  }
  for (auto op = ops_.rbegin(); op != ops_.rend(); ++op) {
    if (!op->live || !op->io.dout) continue;
    StreamTask task{op->stream, {op->out}, {}};  // ids stand for gradients here
    for (std::size_t i = 0; i < op->in.size(); ++i)
      if (op->din[i]) task.writes.push_back(op->in[i]);
    backward_.push_back(&*op);
    backward.push_back(std::move(task));
  }
  forward_streams_.emplace(exec_, forward);
  backward_streams_.emplace(exec_, backward);
}

View Graph::view_of(const Tensor& t) const {
  if (t.alias >= 0) return view_of(tensor(t.alias));
  if (t.store != nullptr) return t.store->weight(t.param);
  return {base_ + t.at, t.shape, t.dtype};
}

View Graph::grad_of(const Tensor& t) const {
  if (!t.has_grad) return {nullptr, t.shape, t.dtype};
  if (t.store != nullptr) return t.store->grad(t.param);
  return {base_ + t.grad_at, t.shape, t.dtype};
}

}  // namespace cameo

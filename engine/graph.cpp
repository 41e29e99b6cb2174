// SPDX-License-Identifier: MIT
#include "engine/graph.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>
#include <tuple>

#include "base/error.h"
#include "engine/floats.h"

namespace cameo {
namespace {

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

Value Graph::input_from(Value source) {
  check(source.graph != this, "graph: input_from() is for values of other graphs");
  check(source.graph->exec_.index() == exec_.index(),
        "graph: input_from() is for graphs on the same device");
  const Tensor& t = source.graph->tensor(source.id);
  const Value value = leaf({.shape = t.shape, .dtype = t.dtype});
  copies_.push_back({source, value.id, {}, {}});
  return value;
}

Value Graph::param(ParamStore& store, std::string_view name, Trainable trainable) {
  check(store.exec().index() == exec_.index(), "graph: parameter ", name,
        " lies on another kind of device than the graph");
  const int row = store.find(name);
  const bool wants_grad = mode_ == Mode::Training && trainable == Trainable::Yes;
  for (std::size_t id = 0; id < tensors_.size(); ++id) {
    const Tensor& t = tensors_[id];
    if (t.store == &store && t.param == row && t.alias < 0 && t.wants_grad == wants_grad)
      return {this, static_cast<int>(id)};
  }
  return leaf({.shape = store.table()[static_cast<std::size_t>(row)].shape,
               .dtype = store.type(),
               .store = &store,
               .param = row,
               .wants_grad = wants_grad});
}

Value detach(Value x) {
  Graph& graph = *x.graph;
  const Graph::Tensor& t = graph.tensor(x.id);
  return graph.leaf({.shape = t.shape, .dtype = t.dtype, .alias = graph.storage(x.id)});
}

Value Graph::record(std::unique_ptr<Node> node, const std::vector<Value>& in, Shape out) {
  check(base_ == nullptr, node->name(), ": the graph is already planned");
  check(!in.empty(), node->name(), ": an op has at least one input");
  Op op{.node = std::move(node), .stream = stream_};
  bool wants = false;
  for (const Value v : in) {
    check(v.graph == this, op.node->name(), ": an input belongs to another graph");
    op.in.push_back(v.id);
    wants |= tensor(v.id).wants_grad;
  }
  const DType dtype = op.node->out_type(tensor(op.in.front()).dtype);
  tensors_.push_back({.shape = out, .dtype = dtype, .wants_grad = wants});
  op.out = static_cast<int>(tensors_.size()) - 1;
  ops_.push_back(std::move(op));
  return {this, ops_.back().out};
}

void Graph::copy_inputs() {
  for (const Copy& copy : copies_)
    if (copy.to_view)
      run(exec_, [&](auto& on) {
        on.copy_device_async(copy.to_view.data, copy.from_view.data, copy.to_view.bytes());
      });
}

void Graph::forward() {
  check(base_ != nullptr, "Graph::forward: call plan() first");
  copy_inputs();
  forward_streams_->run([&](std::size_t i) {
    const Op& op = *forward_[i];
    op.node->forward(exec_, op.io);
    if (watch_) watch_(op.node->name(), op.io.out);
  });
}

void Graph::backward(RootGrad roots, MicroBatch part,
                     const std::function<void(std::size_t)>& after_op) {
  check(mode_ == Mode::Training, "Graph::backward: the graph was built without gradients");
  for (const Root& root : roots_) {
    const View grad = grad_of(tensor(root.id));
    if (!grad || root.weight == 0 || roots == RootGrad::Filled) continue;
    check(grad.dtype == DType::F32, "Graph::backward: a root is bfloat16, a loss is float32");
    const auto count = static_cast<std::size_t>(grad.shape.size());
    const float weight = root.weight / static_cast<float>(part.count);
    run(exec_, [&](auto& on) { on.fill(grad.f32(), weight, count); });
  }
  for (Grad* const grad : first_writes_) grad->write = part.index == 0 ? Write::Set : Write::Add;
  backward_streams_->run([&](std::size_t i) {
    const Op& op = *backward_[i];
    op.node->backward(exec_, op.io);
    if (after_op) after_op(i);
    if (!watch_) return;
    for (const Grad& grad : op.din)
      if (grad) watch_(op.node->name(), grad.view);
  });
}

std::vector<GradientWrite> Graph::gradient_writes() const {
  std::map<std::tuple<ParamStore*, int, int>, std::size_t> last;  // store, row, stream
  for (std::size_t i = 0; i < backward_.size(); ++i) {
    const Op& op = *backward_[i];
    for (std::size_t k = 0; k < op.in.size(); ++k) {
      const Tensor& t = tensor(op.in[k]);
      if (op.din[k] && t.store != nullptr) last[{t.store, t.param, op.stream}] = i;
    }
  }
  std::vector<GradientWrite> writes;
  for (const auto& [key, op] : last) {
    const auto& [store, row, stream] = key;
    writes.push_back({store, row, op, stream});
  }
  return writes;
}

View Graph::value(Value v) const {
  const Tensor& t = tensor(v.id);
  check(t.live && base_ != nullptr, "Graph::value: value ", v.id, " ", t.shape,
        " leads to no root, so it has no memory");
  check(!tensor(storage(v.id)).shares, "Graph::value: value ", v.id, " ", t.shape,
        " is neither an input nor a root, so later values use its memory; make it a root");
  return view_of(t);
}

View Graph::grad(Value v) const {
  const Tensor& t = tensor(v.id);
  const View grad = t.live && base_ != nullptr ? grad_of(t) : View{};
  check(static_cast<bool>(grad), "Graph::grad: value ", v.id, " ", t.shape, " has no gradient");
  return grad;
}

View Graph::loss(std::string_view name) const {
  for (const Loss& loss : losses_)
    if (loss.name == name) return value(loss.value);
  fail(ErrorCode::Failed, "Graph::loss: no loss is called ", name);
}

std::string Graph::print() const {
  std::ostringstream os;
  const auto name_of = [&](int id) {
    const Tensor& t = tensor(storage(id));
    std::string name = '%' + std::to_string(storage(id));
    if (t.store != nullptr) name += ' ' + t.store->table()[static_cast<std::size_t>(t.param)].name;
    if (t.store != nullptr && mode_ == Mode::Training && !t.wants_grad) name += " frozen";
    return name + (storage(id) != id ? " detached" : "");
  };
  for (const Op& op : ops_) {
    os << '%' << op.out << ' ' << tensor(op.out).shape << " = " << op.node->name() << '(';
    for (std::size_t i = 0; i < op.in.size(); ++i) {
      os << (i ? ", " : "") << name_of(op.in[i]);
      if (base_ && op.live && op.din[i]) os << (op.din[i].write == Write::Add ? " d+=" : " d=");
    }
    os << ')' << (base_ && !op.live ? "  <- not live: no memory, never run" : "") << '\n';
  }
  if (arena_.memory.saved > 0)
    os << "values take " << arena_.memory.values << " bytes, " << arena_.memory.saved
       << " fewer than without sharing memory\n";
  return os.str();
}

std::vector<OpRecord> Graph::records() {
  std::vector<OpRecord> records;
  for (const Op& op : ops_) {
    OpRecord record{op.node->name(), op.node->attributes(), {}, {this, op.out}};
    for (const int id : op.in) record.in.push_back({this, storage(id)});
    records.push_back(std::move(record));
  }
  return records;
}

std::optional<ParamRow> Graph::param_row(Value v) const {
  const Tensor& t = tensor(v.id);
  if (t.store == nullptr) return {};
  return ParamRow{t.store, t.param};
}

void Graph::run_alone(const Op& op) {
  const StreamGuard guard{exec_};
  run(exec_, [&](auto& on) { on.set_stream(op.stream); });
  op.node->forward(exec_, op.io);
  run(exec_, [](auto& on) { on.synchronize(); });
}

std::string Graph::find_nan() {
  check(base_ != nullptr, "Graph::find_nan: call plan() first");
  copy_inputs();
  std::vector<float> host;
  for (Op& op : ops_) {
    if (!op.live) continue;
    run_alone(op);
    host.resize(static_cast<std::size_t>(op.io.out.shape.size()));
    read_floats(exec_, op.io.out, host.data());
    const auto bad =
        std::find_if(host.begin(), host.end(), [](float x) { return !std::isfinite(x); });
    if (bad == host.end()) continue;
    std::ostringstream os;
    os << op.node->name() << " %" << op.out << ' ' << op.io.out.shape << ", element "
       << bad - host.begin() << " is " << *bad;
    return os.str();
  }
  return "";
}

void Graph::write_guard(std::size_t at) {
  std::uint32_t guard[kGuardBytes / 4];
  std::fill_n(guard, kGuardBytes / 4, kGuardWord);
  run(exec_, [&](auto& on) { on.copy_in(base_ + at, guard, kGuardBytes); });
}

bool Graph::guard_intact(std::size_t at) const {
  std::uint32_t guard[kGuardBytes / 4];
  run(exec_, [&](auto& on) { on.copy_out(guard, base_ + at, kGuardBytes); });
  return std::all_of(guard, guard + kGuardBytes / 4, [](auto word) { return word == kGuardWord; });
}

bool Graph::guards_intact() {
  const auto intact = [&](std::size_t at) { return guard_intact(at); };
  for (const Op& op : ops_) {
    const Tensor& out = tensor(op.out);
    if (!out.shares) continue;
    const std::size_t behind = out.at + op.io.out.bytes();
    write_guard(behind);
    run_alone(op);
    if (!guard_intact(behind)) return false;
  }
  return std::all_of(arena_.guards.begin(), arena_.guards.end(), intact);
}

}  // namespace cameo

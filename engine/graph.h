// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/exec.h"
#include "engine/params.h"
#include "engine/streams.h"
#include "kernels/tensor.h"

namespace cameo {

class Graph;

/// A handle to one tensor of a graph; what model code passes from op to op.
struct Value {
  Graph* graph = nullptr;
  int id = -1;
  Shape shape() const;
};

/// What a node sees when it runs: every pointer already placed by Graph::plan.
struct Io {
  std::span<const ConstView> in;
  View out;
  ConstView dout;             ///< backward only
  std::span<const Grad> din;  ///< backward only; din[i] may be empty: nobody wants it
  View scratch;               ///< shared by all nodes of a stream, contents undefined on entry
};

/// What a graph is for.
enum class Mode : std::uint8_t {
  Training,   ///< parameters change between runs and collect gradients
  Inference,  ///< parameters stay as they are at the first run; no gradients, no backward
};

/// What a node may prepare for: shapes, which gradients will be asked, and whether weights stay.
struct Prep {
  std::span<const Shape> in;
  Shape out;
  std::span<const bool> wants;  ///< which inputs' gradients backward will be asked for
  Mode mode = Mode::Training;
};

/// One op of a graph: forward and backward of the same arithmetic, side by side.
/// backward writes d dot(dout, out) / d in[i] into each din[i] that is not empty, all elements
/// of it, setting or adding as din[i].write says.
class Node {
 public:
  virtual ~Node() = default;
  virtual std::string_view name() const = 0;
  /// How out is stored, given how the first input is.
  virtual DType out_type(DType in) const { return in; }
  /// Chooses algorithms; returns the bytes of scratch wanted. Never runs inside a capture.
  virtual std::size_t prepare(Exec&, const Prep&) { return 0; }
  virtual void forward(Exec&, const Io&) = 0;
  virtual void backward(Exec&, const Io&) = 0;
};

/// What backward starts from.
enum class RootGrad : std::uint8_t {
  Ones,    ///< each root's gradient is filled with 1
  Filled,  ///< the caller has filled the roots' gradients
};

/// Bytes of a graph's arena; parameters are not in it.
struct GraphMemory {
  std::size_t values = 0, gradients = 0, scratch = 0;
  std::size_t total() const { return values + gradients + scratch; }
};

/// A recorded program: built once, planned once, run as often as wanted.
class Graph {
 public:
  /// params: where param() leaves live; it must outlive the graph.
  Graph(Exec& exec, ParamStore& params, Mode mode = Mode::Training)
      : exec_(exec), params_(params), mode_(mode) {}
  ~Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A leaf the caller fills before each run; no gradient unless `wants_grad`. Of the parameters'
  /// type unless said.
  Value input(Shape shape, bool wants_grad = false);
  Value input(Shape shape, bool wants_grad, DType dtype);
  /// A leaf that is a parameter of the store, by name; asking twice yields the same value.
  Value param(std::string_view name);

  template <class N, class... Args>
  Value add_node(const std::vector<Value>& in, Shape out, Args&&... args) {
    return record(std::make_unique<N>(std::forward<Args>(args)...), in, out);
  }

  /// Ops recorded from here on are this stream's: on a backend that has streams (device.h) they may
  /// run at the same time as those of other streams that they do not depend on. It starts in stream
  /// 0.
  void set_stream(int stream) { stream_ = stream; }

  /// Lays out all memory and decides who writes and who adds. `roots` are the losses in training,
  /// the wanted outputs in inference.
  /// Throws Error (ErrorCode::Device) naming the largest tensor if there is not enough memory.
  void plan(const std::vector<Value>& roots);
  void forward();
  void backward(RootGrad seed = RootGrad::Ones);

  /// Where a value lies after plan(). Throws Error if the value is not live.
  View value(Value v) const;
  /// Where its gradient lies. Throws Error if it has none.
  View grad(Value v) const;
  Shape shape(int id) const { return tensors_[static_cast<std::size_t>(id)].shape; }
  /// Whether a gradient leads to this value or through it.
  bool wants_grad(Value v) const { return tensor(v.id).wants_grad; }
  GraphMemory memory() const { return memory_plan_; }
  /// One line a step: shapes, ops, who sets (d=) and who adds (d+=) gradients, what is not live.
  std::string print() const;
  /// Called with each tensor that a node has just written, values and gradients shared_init, in the
  /// node's stream: for what looks at numbers on their way, or changes them.
  using Watch = std::function<void(std::string_view op, View written)>;
  /// Empty: nobody watches.
  void watch(Watch watch) { watch_ = std::move(watch); }
  /// Runs forward node by node; names the first whose output holds a NaN or infinity, with its
  /// number and shape, or returns "" if all are finite.
  std::string find_nan();
  /// Whether the bytes behind every tensor are as plan() left them: a kernel wrote too far if not.
  bool guards_intact() const;

  Exec& exec() { return exec_; }
  Mode mode() const { return mode_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Tensor {
    Shape shape;
    DType dtype = DType::F32;
    int param = -1;  ///< row of the store, or -1
    bool wants_grad = false;
    bool live = false;
    std::size_t at = kNone, grad_at = kNone;
  };
  struct Step {
    std::unique_ptr<Node> node;
    std::vector<int> in;
    int out = -1;
    int stream = 0;
    bool live = false;
    std::vector<ConstView> in_views;
    std::vector<Grad> din;
    Io io;
  };

  Value leaf(const Tensor& tensor);
  Value record(std::unique_ptr<Node> node, const std::vector<Value>& in, Shape out);
  void mark_live(const std::vector<Value>& roots);
  void prepare_nodes();
  std::size_t place(std::size_t bytes);
  void place_all();
  void connect(const std::vector<Value>& roots);
  void schedule_streams();
  std::string largest() const;
  Tensor& tensor(int id) { return tensors_[static_cast<std::size_t>(id)]; }
  const Tensor& tensor(int id) const { return tensors_[static_cast<std::size_t>(id)]; }
  View view_of(const Tensor& t) const;
  View grad_of(const Tensor& t) const;

  Exec& exec_;
  ParamStore& params_;
  Mode mode_;
  std::vector<Tensor> tensors_;
  std::vector<Step> steps_;
  std::vector<int> roots_;
  GraphMemory memory_plan_;
  Memory memory_;
  std::byte* base_ = nullptr;
  std::size_t total_ = 0;
  /// Room of one stream for what its nodes do on the way.
  struct Scratch {
    std::size_t at = kNone, bytes = 0;
  };
  std::map<int, Scratch> scratch_;   ///< of each stream
  std::vector<std::size_t> guards_;  ///< offsets of the stretches behind tensors
  int stream_ = 0;
  Watch watch_;
  std::vector<Step*> forward_, backward_;  ///< steps in the order they are called
  std::optional<StreamSchedule> forward_streams_, backward_streams_;
};

inline Shape Value::shape() const {
  return graph->shape(id);
}

}  // namespace cameo

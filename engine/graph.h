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

#include "engine/arena.h"
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

/// A number that training minimises, times its weight; metrics go by its name.
struct Loss {
  std::string name;
  Value value;       ///< float32 [1,1,1,1]
  float weight = 1;  ///< 0: computed and reported, not trained on
};

/// Whether a graph computes gradients of a parameter.
enum class Trainable : std::uint8_t {
  No,  ///< frozen: gradients flow through its ops to their other inputs; it has none itself
  Yes,
};

/// What a node sees when it runs: every pointer already placed by Graph::plan.
struct Io {
  std::span<const ConstView> in;
  View out;
  ConstView dout;             ///< backward only
  std::span<const Grad> din;  ///< backward only; din[i] is empty where no gradient is needed
  View scratch;               ///< shared by all nodes of a stream, contents undefined on entry
};

/// Constants of an op by name, such as a stride or a slope.
using Attributes = std::vector<std::pair<std::string_view, std::vector<double>>>;

/// What a graph is for. Without gradients there is no backward, and values that are neither inputs
/// nor roots share memory.
enum class Mode : std::uint8_t {
  Training,    ///< parameters change between runs; gradients
  Evaluation,  ///< parameters change between runs; no gradients
  Inference,   ///< parameters stay as they are at the first run; no gradients
};

/// What a node prepares for: shapes, the gradients that backward will compute, and the mode.
struct Prep {
  std::span<const Shape> in;
  Shape out;
  std::span<const bool> wants;  ///< inputs whose gradients backward will compute
  Mode mode = Mode::Training;
};

/// One op of a graph: forward and backward of the same arithmetic, side by side.
/// backward writes d dot(dout, out) / d in[i] into each din[i] that is not empty, all elements
/// of it, setting or adding as din[i].write says.
class Node {
 public:
  virtual ~Node() = default;
  virtual std::string_view name() const = 0;
  /// All that determines its output besides inputs and shapes.
  virtual Attributes attributes() const { return {}; }
  /// How out is stored, given how the first input is.
  virtual DType out_type(DType in) const { return in; }
  /// Chooses algorithms, which may time them; returns the bytes of scratch that forward and
  /// backward use. Never runs inside a capture.
  virtual std::size_t prepare(Exec&, const Prep&) { return 0; }
  /// About what prepare() would return, without timing or allocating anything.
  virtual std::size_t estimate_scratch(Exec&, const Prep&) const { return 0; }
  virtual void forward(Exec&, const Io&) = 0;
  virtual void backward(Exec&, const Io&) = 0;
};

/// An op as it was recorded: for programs that write a graph in another format.
struct OpRecord {
  std::string_view name;
  Attributes attributes;
  std::vector<Value> in;  ///< of a detached value, the one that it was detached from
  Value out;
};

/// A parameter's row in its store's table.
struct ParamRow {
  const ParamStore* store = nullptr;
  int row = -1;
};

/// What backward starts from.
enum class RootGrad : std::uint8_t {
  Weights,  ///< each root's gradient is filled with its weight; that of a plain value is 1
  Filled,   ///< the caller has filled the roots' gradients
};

/// One of several parts of a batch whose gradients add up to those of the whole.
struct MicroBatch {
  int index = 0, count = 1;
};

/// A parameter's gradient and where backward writes it last.
struct GradientWrite {
  ParamStore* store = nullptr;
  int row = -1;        ///< of its table
  std::size_t op = 0;  ///< counted in the order in which backward calls ops
  int stream = 0;      ///< that this op runs in
};

/// Bytes of a graph's arena, guards and alignment included; parameters are not in it.
struct GraphMemory {
  std::size_t values = 0, gradients = 0, scratch = 0;
  std::size_t saved = 0;  ///< by which `values` is smaller because values share memory
  std::size_t total() const { return values + gradients + scratch; }
};

/// A computation: built from ops once, planned once, then run any number of times.
class Graph {
 public:
  /// params: the store of param(name); it must outlive the graph, as must every other store.
  Graph(Exec& exec, ParamStore& params, Mode mode = Mode::Training)
      : exec_(exec), params_(params), mode_(mode) {}
  ~Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A leaf the caller fills before each run; no gradient unless `wants_grad`. dtype: that of the
  /// parameters by default.
  Value input(Shape shape, bool wants_grad = false);
  Value input(Shape shape, bool wants_grad, DType dtype);
  /// A leaf that each forward() first copies from a value of another graph, on the device. No
  /// gradient flows to that graph, which must be planned before this one, run before it, and
  /// outlive it. Throws Error in plan() if the value has no memory of its own.
  Value input_from(Value source);
  /// A leaf that is a parameter of a store, by name; asking twice yields the same value. Trainable
  /// and frozen leaves of one parameter are two values. Frozen weights may change between runs.
  /// Throws Error if there is none of that name, or the store is on another device.
  Value param(ParamStore& store, std::string_view name, Trainable trainable = Trainable::Yes);
  /// The same from the graph's own store.
  Value param(std::string_view name, Trainable trainable = Trainable::Yes) {
    return param(params_, name, trainable);
  }

  template <class N, class... Args>
  Value add_node(const std::vector<Value>& in, Shape out, Args&&... args) {
    return record(std::make_unique<N>(std::forward<Args>(args)...), in, out);
  }

  /// Ops added from here on run in this stream: on a backend that has streams (device.h) they may
  /// run at the same time as those of other streams that they do not depend on. Stream 0 by
  /// default.
  void set_stream(int stream) { stream_ = stream; }

  /// Lays out and allocates all memory and decides which op sets and which adds to a gradient.
  /// `roots` are what backward starts from in training, the outputs in inference.
  /// Throws Error (ErrorCode::Device) naming the largest tensor if there is not enough memory.
  void plan(const std::vector<Value>& roots);
  /// The same with losses as roots. Throws Error unless each is one float32 with a name of its own.
  void plan(const std::vector<Loss>& losses);
  /// What plan() would allocate, without allocating it or timing algorithms; the stores need not be
  /// allocated either. Exact for values and gradients; for scratch the most that any algorithm in
  /// question needs on a CPU, what cuDNN's first proposals need on a GPU. The graph stays as it is.
  GraphMemory plan_memory(const std::vector<Value>& roots);
  void forward();
  /// Gradients of the sum of the roots, each times its weight. With several micro-batches they are
  /// divided by their number, and those of parameters add to those of the earlier ones.
  /// after_op: called after each op, with its number in the order of backward, in its stream.
  void backward(RootGrad roots = RootGrad::Weights, MicroBatch part = {},
                const std::function<void(std::size_t)>& after_op = {});
  /// The parameters whose gradients backward writes, a row each time that one is written by an op
  /// of another stream; after plan().
  std::vector<GradientWrite> gradient_writes() const;

  /// Where a value lies after plan(). Throws Error if it leads to no root, or if other values use
  /// the same memory.
  View value(Value v) const;
  /// Where its gradient lies. Throws Error if it has none.
  View grad(Value v) const;
  /// The losses that plan() was given.
  const std::vector<Loss>& losses() const { return losses_; }
  /// Where the loss of that name lies. Throws Error if there is none.
  View loss(std::string_view name) const;
  Shape shape(int id) const { return tensors_[static_cast<std::size_t>(id)].shape; }
  /// Whether a trainable parameter or an input with a gradient leads to this value.
  bool wants_grad(Value v) const { return tensor(v.id).wants_grad; }
  GraphMemory memory() const { return arena_.memory; }
  /// All ops in the order of recording; names and attributes live as long as the graph.
  std::vector<OpRecord> records();
  /// The parameter that a leaf is; none if it is no parameter.
  std::optional<ParamRow> param_row(Value v) const;
  /// One line an op: shapes, inputs, which ops set (d=) and which add to (d+=) gradients, what is
  /// not live; then what shared memory saves.
  std::string print() const;
  /// Called with each tensor that a node has just written, values and gradients alike, in the
  /// node's stream: to look at them or change them.
  using Watch = std::function<void(std::string_view op, View written)>;
  /// An empty function ends it.
  void watch(Watch watch) { watch_ = std::move(watch); }
  /// Runs forward node by node; names the first whose output holds a NaN or infinity, with its
  /// number and shape, or returns "" if all are finite.
  std::string find_nan();
  /// Whether no op wrote behind its tensors. Where values share memory, runs forward node by node.
  bool guards_intact();

  Exec& exec() { return exec_; }
  Mode mode() const { return mode_; }

 private:
  friend Value detach(Value x);
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Tensor {
    Shape shape;
    DType dtype = DType::F32;
    ParamStore* store = nullptr;  ///< of a parameter
    int param = -1;               ///< its row there
    int alias = -1;               ///< the tensor whose memory this one is
    bool wants_grad = false;
    bool live = false;
    bool has_grad = false;  ///< live, and a gradient leads from a root to it
    bool shares = false;    ///< its memory serves other tensors at other times
    std::size_t at = kNone, grad_at = kNone;
  };
  struct Op {
    std::unique_ptr<Node> node;
    std::vector<int> in;
    int out = -1;
    int stream = 0;
    bool live = false;
    std::vector<ConstView> in_views;
    std::vector<Grad> din;
    Io io;
  };
  struct Root {
    int id = -1;
    float weight = 1;
  };
  struct Copy {
    Value source;
    int to = -1;
    View from_view, to_view;
  };
  struct Scratch {
    std::size_t at = kNone, bytes = 0;
  };
  struct Arena {
    GraphMemory memory;
    std::size_t bytes = 0;
    std::vector<std::size_t> guards;  ///< offsets of the bytes behind tensors and scratch
    std::map<int, Scratch> scratch;   ///< of each stream
  };

  Value leaf(const Tensor& tensor);
  Value record(std::unique_ptr<Node> node, const std::vector<Value>& in, Shape out);
  std::vector<Root> roots_of(const std::vector<Value>& values) const;
  void plan_roots(const std::vector<Root>& roots);
  void lay_out(const std::vector<Root>& roots, bool estimate);
  void clear_layout();
  void copy_inputs();
  void mark_live();
  void mark_gradients();
  void prepare_nodes(bool estimate);
  void place_all();
  void place_shared(const std::vector<Lifetime>& used);
  std::vector<Lifetime> lifetimes() const;
  void allocate();
  void connect();
  void schedule_streams();
  void run_alone(const Op& op);
  void write_guard(std::size_t at);
  bool guard_intact(std::size_t at) const;
  std::string largest() const;
  /// The tensor in whose memory this one lies.
  int storage(int id) const { return tensor(id).alias >= 0 ? tensor(id).alias : id; }
  Tensor& tensor(int id) { return tensors_[static_cast<std::size_t>(id)]; }
  const Tensor& tensor(int id) const { return tensors_[static_cast<std::size_t>(id)]; }
  View view_of(const Tensor& t) const;
  View grad_of(const Tensor& t) const;

  Exec& exec_;
  ParamStore& params_;
  Mode mode_;
  std::vector<Tensor> tensors_;
  std::vector<Op> ops_;
  std::vector<Root> roots_;
  std::vector<Loss> losses_;
  std::vector<Copy> copies_;
  Arena arena_;
  Memory memory_;
  std::byte* base_ = nullptr;
  int stream_ = 0;
  Watch watch_;
  std::vector<Op*> forward_, backward_;  ///< ops in the order they are called
  std::vector<Grad*> first_writes_;      ///< of the parameters' gradients
  std::optional<StreamSchedule> forward_streams_, backward_streams_;
};

/// x as a constant: the same memory, and no gradient flows back through it.
Value detach(Value x);

inline Shape Value::shape() const {
  return graph->shape(id);
}

}  // namespace cameo

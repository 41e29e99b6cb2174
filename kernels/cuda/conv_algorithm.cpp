// SPDX-License-Identifier: MIT
#include "kernels/cuda/conv_algorithm.h"

#include <algorithm>
#include <bit>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "kernels/cuda/conv_check.h"
#include "kernels/cuda/libraries.h"
#include "kernels/cuda/pad_channels.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels {
namespace {

constexpr std::size_t kTried = 8;  // cuDNN's proposals behind these are seldom faster

/// Operands of a pass, filled with random numbers, to check and time algorithms with.
class Bench {
 public:
  Bench(Cuda& on, const Conv2dSpec& spec, ConvPass pass, cudnnContext* handle)
      : on_(on),
        spec_(spec),
        pass_(pass),
        handle_(handle),
        dtype_(storage_dtype(on.options().precision)) {
    const Conv2dSpec wide = cudnn::padded(spec);
    x_ = operand(spec.x, wide.x);
    w_ = operand(spec.w, wide.w);
    y_ = operand(spec.y, wide.y);
  }

  void run(const ConvAlgorithm& algorithm) {
    reserve_workspace(algorithm.workspace_bytes());
    if (const NarrowConv* own = algorithm.own())
      return own->run(on_, x_.given.data, w_.given.data, y_.given.data, workspace_.get());
    for (Operand* one : {&x_, &w_, &y_})
      if (one != &result() && one->wide.data != one->given.data)
        pad_channels(on_, one->given, {one->wide});
    algorithm.plan()->execute(handle_, {x_.wide.data, w_.wide.data, y_.wide.data},
                              workspace_.get());
    if (result().wide.data != result().given.data)
      pad_channels(on_, result().wide, {result().given});
  }

  /// An element that the algorithm computes wrongly, if one is found.
  std::optional<ConvSample> find_fault(const ConvAlgorithm& algorithm) {
    // What another algorithm left there may be right.
    for (const View& view : {result().given, result().wide}) fill_nan(view);
    run(algorithm);
    const auto samples = sample_conv(on_, spec_, pass_, x_.given, w_.given, y_.given);
    const auto wrong = std::find_if(samples.begin(), samples.end(), [&](const ConvSample& one) {
      return !is_right(one, on_.options().precision);
    });
    return wrong == samples.end() ? std::nullopt : std::optional(*wrong);
  }

 private:
  struct Operand {
    View given, wide;
  };

  /// Floats that hold a tensor of either type.
  static std::size_t floats_of(const View& view) {
    return (view.bytes() + sizeof(float) - 1) / sizeof(float);
  }

  void fill_nan(const View& view) {
    on_.fill(static_cast<float*>(view.data), std::bit_cast<float>(kNan), floats_of(view));
  }

  void reserve_workspace(std::size_t bytes) {
    if (workspace_ && bytes <= workspace_bytes_) return;
    workspace_bytes_ = std::max<std::size_t>(bytes, 1);
    workspace_.reset();
    workspace_ = on_.allocate(workspace_bytes_);
  }

  View make(Shape shape) {
    View view{nullptr, shape, dtype_};
    memory_.push_back(on_.allocate(floats_of(view) * sizeof(float)));
    view.data = memory_.back().get();
    fill_random(on_, view, memory_.size());
    return view;
  }

  Operand operand(Shape given, Shape wide) {
    const View view = make(given);
    return {view, given == wide ? view : make(wide)};
  }

  Operand& result() {
    return pass_ == ConvPass::Forward ? y_ : pass_ == ConvPass::BackwardData ? x_ : w_;
  }

  static constexpr std::uint32_t kNan = 0xffffffff;  // also two of bfloat16

  Cuda& on_;
  Conv2dSpec spec_;
  ConvPass pass_;
  cudnnContext* handle_;
  DType dtype_;
  std::vector<Memory> memory_;
  Memory workspace_;
  std::size_t workspace_bytes_ = 0;
  Operand x_, w_, y_;
};

/// Its last word says that what is noted was checked; another check is another word.
std::string tuning_key(Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  return key_of(spec, pass) + key_tail(on, "cuDNN " + cudnn_version() + ", checked");
}

cudnn::Proposals proposals_for(const Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const CudaOptions& options = on.options();
  return {cudnn::padded(spec), pass,
          cudnn::PlanRules{.precision = options.precision, .deterministic = options.deterministic},
          cudnn::device(options.device)};
}

std::optional<NarrowConv> own_for(const Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  if (!on.options().own_convolutions) return std::nullopt;
  return NarrowConv::make(on, spec, pass);
}

/// The algorithms of a pass that compute it rightly.
class CheckedAlgorithms {
 public:
  CheckedAlgorithms(Cuda& on, const Conv2dSpec& spec, ConvPass pass, cudnnContext* handle,
                    std::string key)
      : on_(on),
        spec_(spec),
        pass_(pass),
        handle_(handle),
        key_(std::move(key)),
        own_(own_for(on, spec, pass)),
        proposals_(proposals_for(on, spec, pass)) {}

  /// The one of that name. trusted: it was checked before.
  std::optional<ConvAlgorithm> find(const std::string& name, bool trusted) {
    std::optional<ConvAlgorithm> found;
    if (own_ && name == NarrowConv::kName)
      found.emplace(*own_);
    else if (auto plan = proposals_.take(name))
      found.emplace(std::move(*plan));
    if (found && !trusted && !passes(*found)) found.reset();
    return found;
  }

  /// Those to choose from, or the first only. Throws Error if there is none.
  std::vector<ConvAlgorithm> take(bool several) {
    std::vector<ConvAlgorithm> all;
    const std::size_t most = several ? kTried : 1;
    const auto add = [&](ConvAlgorithm one) {
      if (passes(one)) all.push_back(std::move(one));
    };
    // cuDNN's engines without tensor cores are the slower ones by far.
    const bool own_first = own_ && on_.options().precision == Precision::F32;
    if (own_first) add(ConvAlgorithm(*own_));
    while (all.size() < most) {
      auto plans = proposals_.take(1);
      if (plans.empty()) break;
      add(ConvAlgorithm(std::move(plans.front())));
    }
    if (own_ && !own_first && (several || all.empty())) add(ConvAlgorithm(*own_));
    check(!all.empty(), ErrorCode::Device, key_, ": cuDNN has no plan for it within the rules",
          left_out_ > 0 ? " that computes rightly; another version of it may" : "");
    return all;
  }

  double time(const ConvAlgorithm& algorithm) {
    return static_cast<double>(milliseconds(on_, [&] { bench().run(algorithm); }));
  }

 private:
  Bench& bench() {
    if (!bench_) bench_.emplace(on_, spec_, pass_, handle_);
    return *bench_;
  }

  /// Whether it computes rightly; if not, on_warning is told.
  bool passes(const ConvAlgorithm& algorithm) {
    Bench& on_random_numbers = bench();
    std::ostringstream fault;
    try {
      const auto wrong = on_random_numbers.find_fault(algorithm);
      if (!wrong) return true;
      fault << "computes wrongly, " << wrong->got << " at " << wrong->at << ", expected "
            << wrong->wanted;
    } catch (const Error& error) {
      fault << "fails, " << error.what();
    }
    ++left_out_;
    on_.warn(key_ + ": algorithm \"" + algorithm.name() + "\" is not used: it " + fault.str());
    return false;
  }

  Cuda& on_;
  Conv2dSpec spec_;
  ConvPass pass_;
  cudnnContext* handle_;
  std::string key_;
  std::optional<NarrowConv> own_;
  cudnn::Proposals proposals_;
  std::optional<Bench> bench_;
  int left_out_ = 0;
};

}  // namespace

ConvAlgorithm pick_conv_algorithm(Cuda& on, const Conv2dSpec& spec, ConvPass pass,
                                  cudnnContext* handle) {
  const bool forced = !on.forced_algorithm.empty();
  const bool timed = on.options().time_plans && !forced;
  const std::string key = tuning_key(on, spec, pass);
  CheckedAlgorithms algorithms(on, spec, pass, handle, key);
  const auto find = [&](const std::string& name) { return algorithms.find(name, !forced); };
  const auto candidates = [&] { return algorithms.take(timed); };
  const auto time = [&](const ConvAlgorithm& algorithm, double) {
    return algorithms.time(algorithm);
  };
  const auto name_of = [](const ConvAlgorithm& algorithm) { return algorithm.name(); };
  return pick_algorithm(on, key, timed, find, candidates, name_of, time);
}

std::size_t estimate_workspace(Cuda& on, const Conv2dSpec& spec, ConvPass pass) {
  const auto own = own_for(on, spec, pass);
  const std::size_t own_bytes = own ? own->workspace_bytes() : 0;
  cudnn::Proposals proposals = proposals_for(on, spec, pass);
  if (const auto known = on.known(tuning_key(on, spec, pass))) {
    if (own && *known == NarrowConv::kName) return own_bytes;
    if (const auto plan = proposals.take(*known)) return plan->workspace_bytes();
  }
  const auto plans = proposals.take(1);
  return std::max(own_bytes, plans.empty() ? 0 : plans.front().workspace_bytes());
}

}  // namespace cameo::kernels

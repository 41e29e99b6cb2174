// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/error.h"
#include "kernels/conv_pass.h"
#include "kernels/cuda/context.h"
#include "kernels/slice.h"
#include "kernels/tensor.h"

// What the products that libraries compute, convolutions and dense layers, have in common.

namespace cameo::kernels {

inline void check_types(const char* op, DType dtype, std::initializer_list<ConstView> operands) {
  for (const ConstView& operand : operands)
    check(operand.dtype == dtype, op, ": an operand ", operand.shape, " is ",
          operand.dtype == DType::BF16 ? "bfloat16" : "float32",
          ", which is not what the precision asks for");
}

/// One T for each pass, as far as it was prepared.
template <class T>
class ByPass {
 public:
  std::optional<T>& slot(ConvPass pass) { return all_[static_cast<std::size_t>(pass)]; }
  const T& at(ConvPass pass) const {
    const auto& one = all_[static_cast<std::size_t>(pass)];
    check(one.has_value(), name_of(pass), ": this pass was not prepared");
    return *one;
  }
  std::size_t workspace_bytes() const {
    std::size_t most = 0;
    for (const auto& one : all_)
      if (one) most = std::max(most, one->workspace_bytes());
    return most;
  }
  /// For people: "forward 30 2=7, dx 12".
  std::string names() const {
    std::string text;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (all_[i])
        text += std::string(text.empty() ? "" : ", ") + name_of(static_cast<ConvPass>(i)) + ' ' +
                all_[i]->name();
    return text;
  }

 private:
  std::array<std::optional<T>, 3> all_;
};

/// Adder for libraries that only set their result: adds it to a gradient through memory of its own.
/// Few graphs ask for it, so the memory is allocated at the first use, which is before any capture.
class SumUp {
 public:
  explicit SumUp(Cuda& on) : on_(on) {}

  /// write(view) sets all of view.
  template <class F>
  void write(const Grad& grad, F write) {
    if (grad.write == Write::Set) return write(grad.view);
    const View part{room(grad.view.bytes()), grad.view.shape, grad.view.dtype};
    write(part);
    slice_backward(on_, part, grad, 0);  // a slice of all images: adds one array to another
  }

 private:
  void* room(std::size_t bytes) {
    if (bytes > bytes_) {
      memory_ = on_.allocate(bytes);
      bytes_ = bytes;
    }
    return memory_.get();
  }

  Cuda& on_;
  Memory memory_;
  std::size_t bytes_ = 0;
};

}  // namespace cameo::kernels

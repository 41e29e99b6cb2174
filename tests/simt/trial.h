// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/philox.h"
#include "device_memory.h"
#include "kernels/bf16.h"
#include "kernels/cuda/context.h"
#include "kernels/tensor.h"

namespace cameo::test {

/// Device memory of a test. All bits are set at first, which is NaN in both types.
class Array {
 public:
  /// skip: elements that it lies beyond an aligned address.
  Array(Shape shape, DType dtype, int skip = 0)
      : shape_(shape), dtype_(dtype), before_(static_cast<std::size_t>(skip) * bytes_of(dtype)) {
    const std::size_t bytes = before_ + view().bytes();
    memory_ = device_bytes(bytes);
    std::memset(memory_.get(), 0xff, bytes);
  }
  View view() const { return {memory_.get() + before_, shape_, dtype_}; }

  void set(const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (dtype_ == DType::F32) {
        static_cast<float*>(view().data)[i] = values[i];
      } else {
        static_cast<Bf16*>(view().data)[i] = from_float<Bf16>(values[i]);
      }
    }
  }
  std::vector<float> get() const {
    std::vector<float> values(static_cast<std::size_t>(shape_.size()));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = dtype_ == DType::F32 ? static_cast<const float*>(view().data)[i]
                                       : to_float(static_cast<const Bf16*>(view().data)[i]);
    return values;
  }

 private:
  Shape shape_;
  DType dtype_;
  std::size_t before_;
  DeviceBytes memory_;
};

/// Numbers of a test in device memory, which kernels of both devices may reach.
template <class T>
class DeviceNumbers {
 public:
  explicit DeviceNumbers(const std::vector<T>& host)
      : count_(host.size()), memory_(device_bytes(host.size() * sizeof(T))) {
    std::copy(host.begin(), host.end(), data());
  }
  T* data() const { return reinterpret_cast<T*>(memory_.get()); }
  std::size_t size() const { return count_; }

 private:
  std::size_t count_;
  DeviceBytes memory_;
};

/// The emulated GPU. Its work is done when it is waited for.
inline Cuda& gpu() {
  static Cuda cuda({});
  return cuda;
}

constexpr unsigned kOrders[] = {0, 1, 2};  ///< of threads; 0 is their own
constexpr DType kTypes[] = {DType::F32, DType::BF16};

inline std::string name_of(DType dtype) {
  return dtype == DType::F32 ? "float32" : "bfloat16";
}

/// One operation on the CPU and, in several orders of threads, on the emulated GPU: its outputs
/// must agree, and those of the GPU bit for bit in two of the orders.
class Trial {
 public:
  /// dtype: of the GPU's tensors where not told otherwise. skip: as Array's.
  explicit Trial(DType dtype, int skip = 0) : dtype_(dtype), skip_(skip) {}

  /// A tensor of random numbers in -1 .. 1. Yields its index.
  int in(Shape shape) { return in(shape, dtype_); }
  int in(Shape shape, DType dtype) { return add(shape, dtype, false, true); }
  /// One to be written: NaN before, or random numbers where it is added to.
  int out(Shape shape, Write write = Write::Set) { return out(shape, write, dtype_); }
  int out(Shape shape, Write write, DType dtype) {
    return add(shape, dtype, true, write == Write::Add);
  }

  /// f(on, view): calls the operation; view(index) is the View of a tensor. off: how much a number
  /// of size 1 may be off, apart from its rounding to bfloat16.
  template <class F>
  void check(F f, double off) {
    Cpu cpu;
    std::vector<std::vector<float>> first;
    // Shared memory keeps what it held; with the same numbers again, a kernel that reads too early
    // would find what it should have waited for.
    for (const unsigned order : kOrders) {
      INFO(name_of(dtype_), ", order ", order);
      const std::uint64_t seed = order == 1 ? 100 : 0;
      std::vector<Array> host = arrays(true, seed), device = arrays(false, seed);
      f(cpu, [&](int i) { return host[static_cast<std::size_t>(i)].view(); });
      set_thread_order(order);
      f(gpu(), [&](int i) { return device[static_cast<std::size_t>(i)].view(); });
      gpu().synchronize();
      compare(host, device, off);
      if (order == 0) first = values_of(device);
      if (order == 2) CHECK(same_bits(first, values_of(device)));
    }
  }

 private:
  struct Given {
    Shape shape;
    DType dtype;
    bool written, filled;
  };

  int add(Shape shape, DType dtype, bool written, bool filled) {
    given_.push_back({shape, dtype, written, filled});
    return static_cast<int>(given_.size()) - 1;
  }

  /// Numbers that bfloat16 holds, so that both sides begin with the same.
  static std::vector<float> numbers(std::int64_t count, std::uint64_t seed) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto bits = philox(static_cast<std::uint64_t>(i), 0, seed)[0];
      values.push_back(to_float(from_float<Bf16>(2 * unit_float(bits) - 1)));
    }
    return values;
  }

  static std::vector<std::vector<float>> values_of(const std::vector<Array>& arrays) {
    std::vector<std::vector<float>> values;
    for (const Array& array : arrays) values.push_back(array.get());
    return values;
  }

  static bool same_bits(const std::vector<std::vector<float>>& a,
                        const std::vector<std::vector<float>>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(float)) != 0) return false;
    }
    return true;
  }

  std::vector<Array> arrays(bool on_host, std::uint64_t seed) const {
    std::vector<Array> all;
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const Given& g = given_[i];
      all.emplace_back(g.shape, on_host ? DType::F32 : g.dtype, on_host ? 0 : skip_);
      if (g.filled) all.back().set(numbers(g.shape.size(), seed + i));
    }
    return all;
  }

  void compare(const std::vector<Array>& host, const std::vector<Array>& device, double off) const {
    constexpr double kRounding = 1.0 / 256;  // to bfloat16
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (!given_[i].written) continue;
      const std::vector<float> wanted = host[i].get(), got = device[i].get();
      const double share = off + (given_[i].dtype == DType::F32 ? 0 : kRounding);
      std::size_t wrong = 0, at = 0;
      for (std::size_t k = 0; k < got.size(); ++k) {
        const double size = std::abs(static_cast<double>(wanted[k]));
        if (std::abs(static_cast<double>(got[k]) - wanted[k]) <= off + share * size) continue;
        at = k;
        ++wrong;
      }
      INFO("tensor ", i, " ", given_[i].shape.n, "x", given_[i].shape.h, "x", given_[i].shape.w,
           "x", given_[i].shape.c, ", last wrong at ", at, ": ", got[at], " for ", wanted[at]);
      CHECK(wrong == 0);
    }
  }

  DType dtype_;
  int skip_;
  std::vector<Given> given_;
};

}  // namespace cameo::test

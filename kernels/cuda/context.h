// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kernels/device.h"

struct CUstream_st;  // CUDA's stream behind cudaStream_t, so that this header needs no toolkit

namespace cameo {

/// How matrix products are computed on a GPU. Sums are float32 in all of them.
enum class Precision : std::uint8_t {
  F32,   ///< float32 throughout, no tensor cores
  Tf32,  ///< float32 in memory, products with 10 bits of mantissa
  Bf16,  ///< bfloat16 activations, gradients and working weights; float32 master weights
};

struct CudaOptions {
  int device = 0;
  Precision precision = Precision::Tf32;
  bool deterministic = true;    ///< only algorithms whose sums keep their order from run to run
  bool time_plans = true;       ///< time the likeliest plans of a convolution; else take the first
  std::filesystem::path cache;  ///< folder for plans found fastest; empty: keep none
};

/// Runs kernels on one NVIDIA GPU, those of a stream in the order they are called: a stream is a
/// stream. Not for two threads at a time.
class Cuda {
 public:
  /// Throws Error (ErrorCode::Device) saying why if there is no driver or no such device.
  explicit Cuda(const CudaOptions& options);
  ~Cuda();
  Cuda(Cuda&&) noexcept;
  Cuda& operator=(Cuda&&) noexcept;
  Cuda(const Cuda&) = delete;
  Cuda& operator=(const Cuda&) = delete;

  /// `bytes` of zeroed device memory, aligned to 256 bytes, ready for every stream. Throws Error (ErrorCode::Device) naming
  /// what is free if there is no room.
  Memory allocate(std::size_t bytes);
  /// Both wait until the copy is done.
  void copy_in(void* to, const void* host, std::size_t bytes);
  void copy_out(void* host, const void* from, std::size_t bytes);
  void fill(float* to, float value, std::size_t count);
  /// These as Cpu's; staging memory is pinned, so that copies need no help of the host's.
  Memory allocate_pinned(std::size_t bytes);
  void copy_in_async(void* to, const void* staged, std::size_t bytes);
  void copy_out_async(void* staged, const void* from, std::size_t bytes);
  void copy_device_async(void* to, const void* from, std::size_t bytes);
  static constexpr int kStepsAhead = 32;
  std::size_t memory_budget();  ///< nine tenths of what is free
  DType compute_dtype() const;
  std::string about() const;
  /// As Cpu's. Training has its decoders in the first two, uploads in the last.
  static constexpr int kStreams = 3;
  void set_stream(int stream);
  std::unique_ptr<Event> make_event();
  /// Captures `work` as a CUDA graph, without running it; replay() launches that. Other streams
  /// that await a signal of stream 0 are captured too; stream 0 must await them in the end.
  std::unique_ptr<Recording> record(const std::function<void()>& work);
  /// Waits until everything called so far is done, in every stream; throws Error
  /// (ErrorCode::Device) if any of it failed.
  void synchronize();

  CUstream_st* stream() const;  ///< of the present stream
  const CudaOptions& options() const;
  int multiprocessors() const;

  /// Room for what kernels add up on the way, kPartials floats in device memory, aligned to 256
  /// bytes. There from the start, because nothing may be allocated while work is captured. One
  /// kernel leaves something there only for the next. Each stream has its own.
  float* partials() const;
  static constexpr std::int64_t kPartials = std::int64_t{1} << 20;

  /// As Cpu's: the plans chosen for convolutions and products, for the checkpoint.
  std::map<std::string, std::string> tuning;
  std::string forced_algorithm;  ///< as Cpu's

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo

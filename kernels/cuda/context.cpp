// SPDX-License-Identifier: MIT
#include "kernels/cuda/context.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "kernels/cuda/devices.h"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/runtime.h"

namespace cameo {

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

int count_gpus() {
  int count = 0, driver = 0, wanted = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&wanted);
  check(driver != 0, ErrorCode::Device, "cuda: there is no NVIDIA driver on this machine");
  check(status != cudaErrorInsufficientDriver, ErrorCode::Device,
        "cuda: the NVIDIA driver is for CUDA ", cuda_version(driver), ", this program wants ",
        cuda_version(wanted), "; a newer driver helps");
  check(status != cudaErrorNoDevice, ErrorCode::Device, "cuda: the NVIDIA driver finds no GPU");
  check_cuda(status, "cuda: cannot count the GPUs");
  return count;
}

namespace {

/// A graph of what was captured, ready to launch.
class Captured final : public Recording {
 public:
  Captured(Cuda& on, cudaGraphExec_t graph) : on_(on.stream()), graph_(graph) {}
  ~Captured() override { cudaGraphExecDestroy(graph_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  void replay() override {
    check_cuda(cudaGraphLaunch(graph_, on_), "cuda: cannot launch a graph");
  }

 private:
  cudaStream_t on_;
  cudaGraphExec_t graph_;
};

/// cudaEvent_t, recorded in one stream, waited for in others.
class CudaEvent final : public Event {
 public:
  explicit CudaEvent(const Cuda& on) : on_(on) {
    check_cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming),
               "cuda: cannot create an event");
  }
  ~CudaEvent() override { cudaEventDestroy(event_); }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;
  void record() override {
    check_cuda(cudaEventRecord(event_, on_.stream()), "cuda: cannot record an event");
  }
  void wait() override {
    check_cuda(cudaStreamWaitEvent(on_.stream(), event_, 0), "cuda: cannot wait for an event");
  }

 private:
  const Cuda& on_;
  cudaEvent_t event_ = nullptr;
};

}  // namespace

struct Cuda::State {
  CudaOptions options;
  int multiprocessors = 0;
  std::array<cudaStream_t, kStreams> streams = {};
  std::array<Memory, kStreams> partials;
  std::size_t stream_index = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (cudaStream_t stream : streams)
      if (stream != nullptr) cudaStreamDestroy(stream);
  }
  std::string name() const { return "cuda:" + std::to_string(options.device); }
  void make_current() const { check_cuda(cudaSetDevice(options.device), name()); }
};

Cuda::Cuda(const CudaOptions& options) : state_(std::make_unique<State>()) {
  const int count = count_gpus();
  check(options.device >= 0 && options.device < count, ErrorCode::Device, "cuda:", options.device,
        ": there is no such GPU; the last is cuda:", count - 1);
  state_->options = options;
  state_->make_current();
  check_cuda(cudaDeviceGetAttribute(&state_->multiprocessors, cudaDevAttrMultiProcessorCount,
                                    options.device),
             state_->name());
  for (cudaStream_t& stream : state_->streams)
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), state_->name(),
               ": cannot make a stream");
  for (Memory& partials : state_->partials)
    partials = allocate(static_cast<std::size_t>(kPartials) * sizeof(float));
  // A GPU for which this program holds no code shows itself at the first kernel only.
  const Memory trial = allocate(sizeof(float));
  fill(reinterpret_cast<float*>(trial.get()), 1, 1);
  synchronize();
}

Cuda::~Cuda() = default;
Cuda::Cuda(Cuda&&) noexcept = default;
Cuda& Cuda::operator=(Cuda&&) noexcept = default;

Memory Cuda::allocate(std::size_t bytes) {
  state_->make_current();
  const std::size_t wanted = std::max<std::size_t>(bytes, 1);
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, wanted);
  if (status == cudaErrorMemoryAllocation) {
    std::size_t free = 0, total = 0;
    cudaGetLastError();
    cudaMemGetInfo(&free, &total);
    fail(ErrorCode::Device, state_->name(), ": cannot allocate ", wanted >> 20, " MiB, ",
         free >> 20, " of ", total >> 20, " MiB are free; a smaller batch or preset needs less");
  }
  check_cuda(status, state_->name(), ": cannot allocate ", wanted >> 20, " MiB");
  Memory owned(static_cast<std::byte*>(memory), [](std::byte* p) { cudaFree(p); });
  check_cuda(cudaMemsetAsync(memory, 0, wanted, stream()), state_->name());
  // Work of any stream may use the memory from here on.
  check_cuda(cudaStreamSynchronize(stream()), state_->name());
  return owned;
}

Memory Cuda::allocate_pinned(std::size_t bytes) {
  state_->make_current();
  void* memory = nullptr;
  check_cuda(cudaMallocHost(&memory, std::max<std::size_t>(bytes, 1)), state_->name(),
             ": cannot allocate ", bytes >> 20, " MiB of pinned memory");
  return {static_cast<std::byte*>(memory), [](std::byte* p) { cudaFreeHost(p); }};
}

std::size_t Cuda::memory_budget() {
  state_->make_current();
  std::size_t free = 0, total = 0;
  check_cuda(cudaMemGetInfo(&free, &total), state_->name(), ": cannot tell its memory");
  return free / 10 * 9;
}

void Cuda::copy_in_async(void* to, const void* pinned, std::size_t bytes) {
  check_cuda(cudaMemcpyAsync(to, pinned, bytes, cudaMemcpyHostToDevice, stream()), state_->name(),
             ": cannot copy ", bytes, " bytes to the GPU");
}

void Cuda::copy_out_async(void* pinned, const void* from, std::size_t bytes) {
  check_cuda(cudaMemcpyAsync(pinned, from, bytes, cudaMemcpyDeviceToHost, stream()), state_->name(),
             ": cannot copy ", bytes, " bytes from the GPU");
}

void Cuda::copy_device_async(void* to, const void* from, std::size_t bytes) {
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()), state_->name(),
             ": cannot copy ", bytes, " bytes within the GPU");
}

void Cuda::copy_in(void* to, const void* host, std::size_t bytes) {
  copy_in_async(to, host, bytes);
  synchronize();
}

void Cuda::copy_out(void* host, const void* from, std::size_t bytes) {
  copy_out_async(host, from, bytes);
  synchronize();
}

void Cuda::fill(float* to, float value, std::size_t count) {
  kernels::fill(*this, to, value, static_cast<std::int64_t>(count));
}

std::unique_ptr<Recording> Cuda::record(const std::function<void()>& work) {
  set_stream(0);
  const cudaStream_t stream = this->stream();
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), state_->name(),
             ": cannot capture");
  std::exception_ptr failure;
  try {
    work();
  } catch (...) {
    failure = std::current_exception();  // the capture must end before anything else is called
  }
  cudaGraph_t graph = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
  if (failure) {
    cudaGetLastError();
    if (graph != nullptr) cudaGraphDestroy(graph);
    std::rethrow_exception(failure);
  }
  check_cuda(ended, state_->name(), ": cannot capture");
  cudaGraphExec_t ready = nullptr;
  const cudaError_t made = cudaGraphInstantiate(&ready, graph, 0);
  cudaGraphDestroy(graph);
  check_cuda(made, state_->name(), ": cannot make a graph of what was captured");
  return std::make_unique<Captured>(*this, ready);
}

void Cuda::synchronize() {
  state_->make_current();
  for (cudaStream_t stream : state_->streams)
    check_cuda(cudaStreamSynchronize(stream), state_->name());
}

void Cuda::set_stream(int stream_index) {
  check(stream_index >= 0 && stream_index < kStreams, state_->name(), ": there is no stream ",
        stream_index);
  state_->stream_index = static_cast<std::size_t>(stream_index);
}

std::unique_ptr<Event> Cuda::make_event() {
  state_->make_current();
  return std::make_unique<CudaEvent>(*this);
}

CUstream_st* Cuda::stream() const {
  state_->make_current();
  return state_->streams[state_->stream_index];
}

const CudaOptions& Cuda::options() const {
  return state_->options;
}

DType Cuda::compute_dtype() const {
  return state_->options.precision == Precision::Bf16 ? DType::BF16 : DType::F32;
}

float* Cuda::partials() const {
  return reinterpret_cast<float*>(state_->partials[state_->stream_index].get());
}

std::string Cuda::about() const {
  const Precision precision = state_->options.precision;
  return state_->name() + ", " +
         (precision == Precision::F32    ? "float32"
          : precision == Precision::Tf32 ? "TF32"
                                         : "bfloat16");
}

int Cuda::multiprocessors() const {
  return state_->multiprocessors;
}

}  // namespace cameo

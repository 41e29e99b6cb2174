// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "runtime_api.h"

using Work = std::function<void()>;

struct CUgraph_st {
  std::vector<Work> work;
};
struct CUgraphExec_st {
  std::vector<Work> work;
};
struct CUstream_st {
  std::unique_ptr<CUgraph_st> capture;  ///< where it stands, work is recorded and not queued
};
struct CUevent_st {
  std::uint64_t after = 0;  ///< pieces of work submitted up to its record
  std::shared_ptr<double> clock = std::make_shared<double>(0.0);  ///< when that was done
};

namespace {

constexpr std::size_t kAlign = 256;  // what cudaMalloc promises

/// An allocation ends at a page that nobody may touch, and its own pages are closed to the host.
struct Block {
  std::byte* pages = nullptr;
  std::size_t bytes = 0;  ///< of the pages that may be opened
};

struct Device {
  standin::Machine machine;
  std::map<const std::byte*, std::pair<Block, std::size_t>> memory;  ///< start -> pages, size
  std::size_t used = 0;
  std::deque<Work> queue;
  std::uint64_t submitted = 0, done = 0;
  int waits = 0, captures = 0;
  double clock = 0;  ///< milliseconds of work done
  cudaError_t last = cudaSuccess;
};

Device& device() {
  static Device the_device;
  return the_device;
}

cudaError_t said(cudaError_t error) {
  if (error != cudaSuccess) device().last = error;
  return error;
}

std::size_t round_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

/// Device memory stays open while one of these lives.
class Opened {
 public:
  Opened() { protect(PROT_READ | PROT_WRITE); }
  ~Opened() { protect(PROT_NONE); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  static void protect(int rights) {
    for (const auto& [start, block] : device().memory)
      mprotect(block.first.pages, block.first.bytes, rights);
  }
};

void work_until(std::uint64_t last) {
  Device& d = device();
  if (d.done >= last) return;
  const Opened opened;
  while (d.done < last) {
    const Work work = std::move(d.queue.front());
    d.queue.pop_front();
    ++d.done;
    work();
  }
}

/// Whether all of the bytes lie in one allocation.
bool is_on_device(const void* at, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(at);
  auto after = device().memory.upper_bound(first);
  if (after == device().memory.begin()) return false;
  const auto& [start, block] = *--after;
  return first + bytes <= start + block.second;
}

bool touches_device(const void* at, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(at);
  return std::any_of(device().memory.begin(), device().memory.end(), [&](const auto& entry) {
    return first < entry.first + entry.second.second && entry.first < first + bytes;
  });
}

}  // namespace

namespace standin {

cudaError_t submit(cudaStream_t stream, Work work) {
  if (stream == nullptr) return said(cudaErrorInvalidValue);  // the backend has a stream of its own
  if (stream->capture) {
    stream->capture->work.push_back(std::move(work));
  } else {
    device().queue.push_back(std::move(work));
    ++device().submitted;
  }
  return cudaSuccess;
}

void spend(float milliseconds) {
  device().clock += milliseconds;
}

Machine& machine() {
  return device().machine;
}

int waits() {
  return device().waits;
}

}  // namespace standin

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
  }
  return "unknown error";
}

cudaError_t cudaGetLastError() {
  return std::exchange(device().last, cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = standin::machine().driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  if (standin::machine().driver < runtime) return said(cudaErrorInsufficientDriver);
  *count = standin::machine().devices;
  return *count > 0 ? cudaSuccess : said(cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int number) {
  const bool there = number >= 0 && number < standin::machine().devices;
  return there ? cudaSuccess : said(cudaErrorInvalidDevice);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  constexpr int kMultiprocessors = 3, kMajor = 9;
  *value = attribute == cudaDevAttrMultiProcessorCount      ? kMultiprocessors
           : attribute == cudaDevAttrComputeCapabilityMajor ? kMajor
                                                            : 0;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number) {
  if (number >= device().machine.devices) return said(cudaErrorInvalidDevice);
  std::strcpy(properties->name, "Stand-in");
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *total = standin::machine().memory;
  *free = *total - std::min(*total, device().used);
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  Device& d = device();
  if (d.captures > 0) return said(cudaErrorStreamCaptureUnsupported);
  if (bytes > d.machine.memory - std::min(d.machine.memory, d.used))
    return said(cudaErrorMemoryAllocation);
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t kept = round_up(bytes, kAlign), open = round_up(kept, page);
  void* const pages =
      mmap(nullptr, open + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return said(cudaErrorMemoryAllocation);
  auto* const first = static_cast<std::byte*>(pages);
  constexpr int kRubbish = 0xA5;  // what lies in fresh device memory is anybody's guess
  std::memset(first, kRubbish, open);
  mprotect(first, open + page, PROT_NONE);
  std::byte* const start = first + open - kept;
  d.memory[start] = {{first, open}, bytes};
  d.used += bytes;
  *memory = start;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) return cudaSuccess;
  Device& d = device();
  if (d.captures > 0) return said(cudaErrorStreamCaptureUnsupported);
  work_until(d.submitted);
  const auto at = d.memory.find(static_cast<std::byte*>(memory));
  if (at == d.memory.end()) return said(cudaErrorInvalidValue);
  const auto [block, bytes] = at->second;
  munmap(block.pages, block.bytes + static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  d.used -= bytes;
  d.memory.erase(at);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = ::operator new(bytes);
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  work_until(device().submitted);
  ::operator delete(memory);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t stream) {
  if (!is_on_device(to, bytes)) return said(cudaErrorInvalidValue);
  return standin::submit(stream, [=] { std::memset(to, byte, bytes); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (kind == cudaMemcpyDeviceToDevice) {
    if (!is_on_device(to, bytes) || !is_on_device(from, bytes)) return said(cudaErrorInvalidValue);
    return standin::submit(stream, [=] { std::memcpy(to, from, bytes); });
  }
  const bool in = kind == cudaMemcpyHostToDevice;
  const void* const there = in ? to : from;
  const void* const here = in ? from : to;
  if (!is_on_device(there, bytes) || touches_device(here, bytes))
    return said(cudaErrorInvalidValue);
  return standin::submit(stream, [=] { std::memcpy(to, from, bytes); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  work_until(device().submitted);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream->capture) return said(cudaErrorStreamCaptureUnsupported);
  ++device().waits;
  work_until(device().submitted);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (stream->capture) return said(cudaErrorStreamCaptureUnsupported);
  stream->capture = std::make_unique<CUgraph_st>();
  ++device().captures;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream->capture) return said(cudaErrorInvalidValue);
  *graph = stream->capture.release();
  --device().captures;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned) {
  *ready = new CUgraphExec_st{graph->work};
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t ready, cudaStream_t stream) {
  return standin::submit(stream, [ready] {
    for (const Work& work : ready->work) work();
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready) {
  work_until(device().submitted);
  delete ready;
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, 0);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (stream->capture) return said(cudaErrorStreamCaptureUnsupported);
  const cudaError_t error =
      standin::submit(stream, [clock = event->clock] { *clock = device().clock; });
  event->after = device().submitted;
  return error;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  ++device().waits;
  work_until(event->after);
  return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (device().done < std::max(start->after, end->after)) return said(cudaErrorInvalidValue);
  *milliseconds = static_cast<float>(*end->clock - *start->clock);
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
// NOLINTEND(readability-identifier-naming)

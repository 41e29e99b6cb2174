// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "simt.h"

// CUDA's runtime on the host, as far as Cameo calls it: device memory that the host cannot touch,
// streams whose work is done no sooner than somebody waits for it, in any order that streams and
// events allow, graphs of that work likewise.
//
// Kernels and copies reach only what it handed out; others are refused at the launch, where a GPU
// would fail with an illegal address some time later.
//
// What it cannot show: two pieces of work at the same moment.

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
struct CUstream_st;
struct CUgraph_st;
struct CUgraphExec_st;
struct CUevent_st;
using cudaStream_t = CUstream_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;
using cudaEvent_t = CUevent_st*;

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorIllegalAddress = 700,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureUnjoined = 904,
};
enum cudaMemcpyKind {
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3
};
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };
constexpr unsigned cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2;
constexpr unsigned cudaMemAttachGlobal = 1;

struct cudaDeviceProp {
  char name[256];
};

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int number);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number);
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total);

cudaError_t cudaMalloc(void** memory, std::size_t bytes);
cudaError_t cudaMallocManaged(void** memory, std::size_t bytes,
                              unsigned flags = cudaMemAttachGlobal);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMallocHost(void** memory, std::size_t bytes);
cudaError_t cudaFreeHost(void* memory);
cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t ready, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready);

cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end);
cudaError_t cudaEventDestroy(cudaEvent_t event);
// NOLINTEND(readability-identifier-naming)

namespace standin {

/// Whether the runtime handed out the memory at this address: device, managed or pinned memory,
/// which are all that a kernel may reach. The end of an allocation counts as its own.
bool is_handed_out(const void* at);

/// Whether the word is the address of host memory that the runtime did not hand out. Words of a
/// struct are no pointers for sure, so it must be mapped.
bool is_host_memory(std::uintptr_t word);

/// Whether all of the bytes lie in device memory, and whether a stream is one of the device's.
bool is_device_memory(const void* at, std::size_t bytes);
bool is_stream(cudaStream_t stream);

/// Held by the thread whose device works: kernels of several at once would share what is a block's
/// own. Work that waits for another thread's lets go of it.
std::mutex& turn();

/// Work on device memory: queued, or recorded while the stream is being captured.
cudaError_t submit(cudaStream_t stream, std::function<void()> work);

/// Which of the pieces of work that nothing holds up is done next.
enum class Order { Oldest, Newest };

/// The machine that a test pretends to have.
struct Machine {
  int driver = 13000, devices = 1;
  std::size_t memory = std::size_t{1} << 30;
  Order order = Order::Newest;
};
Machine& machine();

/// Work says how long it would take: events tell time by this, and so alike on every machine.
void spend(float milliseconds);

/// How often anybody had to wait for the device, in all.
int waits();

/// The same of a kernel, which counts where the stream is not being captured.
cudaError_t submit_kernel(cudaStream_t stream, std::function<void()> work);

/// Bytes of dynamic shared memory that a kernel was allowed, 0 if nobody asked.
std::size_t& shared_limit(void* kernel);

/// How many kernels were launched outside graphs, in all.
int launches();

}  // namespace standin

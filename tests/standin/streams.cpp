// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <numeric>
#include <sys/mman.h>

#include "tests/standin/device_state.h"

// Streams, events and graphs of the stand-in: who waits for whom, and what is done next.

using standin::device;
using standin::Device;
using standin::Program;
using standin::said;
using standin::work_off;

struct CUgraph_st {
  standin::Program program;
};
struct CUgraphExec_st {
  standin::Program program;
};
struct CUstream_st {
  CUgraph_st* capture = nullptr;  ///< where it stands, work is recorded and not queued
  /// What its next piece waits for, of the queue and of the capture.
  std::vector<std::size_t> queued, captured;
  std::vector<std::size_t>& after() { return capture != nullptr ? captured : queued; }
};
struct CUevent_st {
  const CUgraph_st* capture = nullptr;  ///< where it was recorded, or
  std::uint64_t emptied = 0;            ///< how often the queue had been emptied then
  std::vector<std::size_t> after;       ///< what it stands behind
  std::shared_ptr<double> clock = std::make_shared<double>(-1.0);  ///< when that was done
};

namespace {

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

/// The pieces that `wanted` are or wait for.
std::vector<bool> with_ancestors(const Program& program, const std::vector<std::size_t>& wanted) {
  std::vector<bool> marked(program.pieces.size(), false);
  for (const std::size_t i : wanted) marked[i] = true;
  for (std::size_t i = marked.size(); i-- > 0;)
    if (marked[i])
      for (const std::size_t earlier : program.pieces[i].after) marked[earlier] = true;
  return marked;
}

/// Does the marked pieces, in the machine's order.
void work_through(Program& program, const std::vector<bool>& marked) {
  const auto is_ready = [&](std::size_t i) {
    const Program::Piece& piece = program.pieces[i];
    return marked[i] && !piece.done &&
           std::all_of(piece.after.begin(), piece.after.end(),
                       [&](std::size_t earlier) { return program.pieces[earlier].done; });
  };
  const bool newest = device().machine.order == standin::Order::Newest;
  for (bool found = true; found;) {
    found = false;
    for (std::size_t k = 0; k < program.pieces.size() && !found; ++k) {
      const std::size_t i = newest ? program.pieces.size() - 1 - k : k;
      if (!is_ready(i)) continue;
      program.pieces[i].work();
      program.pieces[i].done = found = true;
    }
  }
}

void forget_if_done() {
  Device& d = device();
  for (const Program::Piece& piece : d.queue.pieces)
    if (!piece.done) return;
  d.queue.pieces.clear();
  ++d.emptied;
  for (cudaStream_t stream : d.streams) stream->queued.clear();
}

void work_until(const std::vector<std::size_t>& wanted) {
  if (wanted.empty()) return;
  {
    const std::lock_guard mine(standin::turn());
    const Opened opened;
    work_through(device().queue, with_ancestors(device().queue, wanted));
  }
  forget_if_done();
}

/// What of the queue the event stands behind, as far as it may not be done.
std::vector<std::size_t> waits_of(const CUevent_st& event) {
  const bool old = event.capture != nullptr || event.emptied != device().emptied;
  return old ? std::vector<std::size_t>{} : event.after;
}

void add(std::vector<std::size_t>& to, const std::vector<std::size_t>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

namespace standin {

std::mutex& turn() {
  static std::mutex one;
  return one;
}

bool is_stream(cudaStream_t stream) {
  return device().streams.contains(stream);
}

void work_off() {
  std::vector<std::size_t> all(device().queue.pieces.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  work_until(all);
}

cudaError_t submit(cudaStream_t stream, Work work) {
  if (stream == nullptr) return said(cudaErrorInvalidValue);  // the backend has a stream of its own
  Program& program = stream->capture != nullptr ? stream->capture->program : device().queue;
  program.pieces.push_back({std::move(work), stream->after()});
  stream->after() = {program.pieces.size() - 1};
  return cudaSuccess;
}

void spend(float milliseconds) {
  device().clock += milliseconds;
}

int waits() {
  return device().waits;
}

cudaError_t submit_kernel(cudaStream_t stream, Work work) {
  if (stream != nullptr && stream->capture == nullptr) ++device().launches;
  return submit(stream, std::move(work));
}

std::size_t& shared_limit(void* kernel) {
  static std::map<void*, std::size_t> limits;
  return limits[kernel];
}

int launches() {
  return device().launches;
}

}  // namespace standin

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  device().streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  work_off();
  device().streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream->capture != nullptr) return said(cudaErrorStreamCaptureUnsupported);
  if (!stream->queued.empty()) ++device().waits;
  work_until(stream->queued);
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (event->capture == nullptr) {
    if (stream->capture != nullptr)
      return said(cudaErrorInvalidValue);  // waits for what is outside
    add(stream->queued, waits_of(*event));
    return cudaSuccess;
  }
  if (event->capture != device().capture) return said(cudaErrorInvalidValue);
  if (stream->capture == nullptr) {  // it is captured as well from here on
    stream->capture = device().capture;
    stream->captured.clear();
  }
  add(stream->captured, event->after);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (device().capture != nullptr) return said(cudaErrorStreamCaptureUnsupported);
  device().capture = stream->capture = new CUgraph_st;
  stream->captured.clear();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Device& d = device();
  if (stream->capture == nullptr || stream->capture != d.capture)
    return said(cudaErrorInvalidValue);
  const auto joined = with_ancestors(d.capture->program, stream->captured);
  const bool all = std::all_of(joined.begin(), joined.end(), [](bool one) { return one; });
  for (cudaStream_t other : d.streams) other->capture = nullptr;
  *graph = std::exchange(d.capture, nullptr);
  if (all) return cudaSuccess;
  delete std::exchange(*graph, nullptr);
  return said(cudaErrorStreamCaptureUnjoined);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned) {
  *ready = new CUgraphExec_st{graph->program};
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t ready, cudaStream_t stream) {
  return standin::submit(stream, [ready] {
    Program once = ready->program;
    work_through(once, std::vector<bool>(once.pieces.size(), true));
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready) {
  work_off();
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
  *event->clock = -1;
  const cudaError_t error =
      standin::submit(stream, [clock = event->clock] { *clock = device().clock; });
  event->capture = stream->capture;
  event->emptied = device().emptied;
  event->after = stream->after();
  return error;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event->capture != nullptr) return said(cudaErrorInvalidValue);
  ++device().waits;
  work_until(waits_of(*event));
  return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (*start->clock < 0 || *end->clock < 0) return said(cudaErrorInvalidValue);
  *milliseconds = static_cast<float>(*end->clock - *start->clock);
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
// NOLINTEND(readability-identifier-naming)

// SPDX-License-Identifier: MIT
#include "engine/nccl.h"

#include <array>
#include <chrono>
#include <cstring>
#include <dlfcn.h>

#include "base/error.h"

namespace cameo {
namespace {

// NCCL's types and numbers, the same since 2.10, so that building needs no NCCL.
struct UniqueId {
  std::array<char, 128> bytes;
};
constexpr int kFloat32 = 7, kBfloat16 = 9, kSum = 0, kSuccess = 0;

constexpr std::chrono::milliseconds kWatchInterval{200};

}  // namespace

struct Nccl::Functions {
  int (*get_version)(int*) = nullptr;
  int (*get_unique_id)(UniqueId*) = nullptr;
  int (*init_rank)(void**, int ranks, UniqueId, int rank) = nullptr;
  int (*all_reduce)(const void*, void*, std::size_t, int type, int op, void*,
                    CUstream_st*) = nullptr;
  int (*abort)(void*) = nullptr;
  int (*destroy)(void*) = nullptr;
  const char* (*error_string)(int) = nullptr;
};

Nccl::Nccl(const std::string& library)
    : call_(std::make_unique<Functions>()), library_(dlopen(library.c_str(), RTLD_NOW)) {
  if (library_ == nullptr)
    fail(ErrorCode::Device, "nccl: training on several GPUs needs it: ", dlerror(),
         "; install NVIDIA's libnccl2");
  const auto load = [&](auto& function, const char* name) {
    void* const symbol = dlsym(library_, name);
    check(symbol != nullptr, ErrorCode::Device, "nccl: ", library, " has no ", name);
    std::memcpy(&function, &symbol, sizeof symbol);
  };
  load(call_->get_version, "ncclGetVersion");
  load(call_->get_unique_id, "ncclGetUniqueId");
  load(call_->init_rank, "ncclCommInitRank");
  load(call_->all_reduce, "ncclAllReduce");
  load(call_->abort, "ncclCommAbort");
  load(call_->destroy, "ncclCommDestroy");
  load(call_->error_string, "ncclGetErrorString");
}

// The library stays loaded: it has threads of its own.
Nccl::~Nccl() {
  if (void* const communicator = communicator_.exchange(nullptr)) call_->destroy(communicator);
}

void Nccl::check_result(int result, const char* call) const {
  if (result != kSuccess)
    fail(ErrorCode::Device, "nccl: ", call, ": ", call_->error_string(result),
         "; NCCL_DEBUG=INFO tells more");
}

std::string Nccl::version() const {
  int number = 0;
  check_result(call_->get_version(&number), "ncclGetVersion");
  return std::to_string(number / 10000) + '.' + std::to_string(number / 100 % 100) + '.' +
         std::to_string(number % 100);  // 22803 is 2.28.3
}

std::string Nccl::unique_id() const {
  UniqueId id{};
  check_result(call_->get_unique_id(&id), "ncclGetUniqueId");
  return {id.bytes.begin(), id.bytes.end()};
}

void Nccl::join(const std::string& unique_id, int rank, int ranks) {
  UniqueId id{};
  check(unique_id.size() == id.bytes.size(), "nccl: a unique id of ", unique_id.size(),
        " bytes, expected ", id.bytes.size());
  std::memcpy(id.bytes.data(), unique_id.data(), unique_id.size());
  void* communicator = nullptr;
  check_result(call_->init_rank(&communicator, ranks, id, rank), "ncclCommInitRank");
  communicator_ = communicator;
}

void Nccl::all_reduce(View values, CUstream_st* stream) const {
  void* const communicator = communicator_;
  check(communicator != nullptr, "nccl: no communicator is joined");
  const int type = values.dtype == DType::F32 ? kFloat32 : kBfloat16;
  check_result(
      call_->all_reduce(values.data, values.data, static_cast<std::size_t>(values.shape.size()),
                        type, kSum, communicator, stream),
      "ncclAllReduce");
}

void Nccl::abort() {
  if (void* const communicator = communicator_.exchange(nullptr)) call_->abort(communicator);
}

NcclAllReduce::NcclAllReduce(Exec& exec, SocketRing& ring) : exec_(exec), ring_(ring) {
  const std::string own = ring.rank() == 0 ? nccl_.unique_id() : "";
  // NCCL joins the current GPU, which opening the device has made.
  nccl_.join(ring.all_gather(own).front(), ring.rank(), ring.ranks());
  thread_ = std::thread([this] { watch(); });
}

NcclAllReduce::~NcclAllReduce() {
  ends_ = true;
  thread_.join();
}

void NcclAllReduce::watch() {
  while (!ends_) {
    if (!ring_.connected()) {
      lost_ = true;
      nccl_.abort();
      return;
    }
    std::this_thread::sleep_for(kWatchInterval);
  }
}

void NcclAllReduce::start([[maybe_unused]] View values) {
  check_ranks();
#ifdef CAMEO_HAS_CUDA
  nccl_.all_reduce(values, std::get<Cuda>(exec_).stream());
#endif
}

void NcclAllReduce::check_ranks() const {
  check(!lost_, "ranks: a neighbour of rank ", ring_.rank(), " is lost: its process has ended; ",
        "see its messages");
}

}  // namespace cameo

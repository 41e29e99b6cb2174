// SPDX-License-Identifier: MIT
#include "simt.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <sstream>
#include <vector>

#include "tests/standin/simt_copies.h"
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if !defined(__x86_64__) || defined(SIMT_UCONTEXT)
#define SIMT_BY_UCONTEXT
#include <ucontext.h>
#endif

// Threads of a block share worker fibers: a worker runs one thread after another, and only where
// one has to wait does the next get a worker of its own. So a kernel without barriers never
// switches stacks.

#ifndef SIMT_BY_UCONTEXT
// Saves what a call must keep and the stack into *from, goes on from `to`. ucontext would ask the
// system for the signal mask at each switch: 231 ns against 7.
extern "C" void simt_switch(void** from, void* to);
asm(R"(
.text
.p2align 4
.type simt_switch, @function
simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size simt_switch, .-simt_switch
)");
#endif

namespace simt {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} * 1024;
constexpr unsigned kLanes = 32;

/// A flow of control with a stack; the scheduler's has none of its own.
struct Flow {
#ifdef SIMT_BY_UCONTEXT
  ucontext_t at{};
#else
  void* at = nullptr;
#endif
  std::unique_ptr<std::byte[]> stack;
  const void* bottom = nullptr;  ///< of the stack, for AddressSanitizer
  std::size_t size = 0;
  void* fake = nullptr;  ///< what AddressSanitizer keeps of a flow that waits
};

enum class Doing : std::uint8_t { NotBegun, Running, AtBarrier, Exchanging, Askew, Ended };

struct Thread {
  Doing doing = Doing::NotBegun;
  int line = 0;
  unsigned mask = 0, flip = 0;
  std::uint64_t given = 0, got = 0;
  void (*joint)(void* const*) = nullptr;  ///< what all lanes do instead of exchanging
  Flow* flow = nullptr;                   ///< where it waits
  CopyQueue copies;
};

struct Machine {
  Place place;
  const std::function<void()>* body = nullptr;
  std::vector<Thread> threads;
  std::vector<unsigned> order;
  std::size_t next = 0;  ///< in `order`, the next thread to begin
  unsigned current = 0;
  std::vector<std::unique_ptr<Flow>> flows;
  std::vector<Flow*> idle;
  Flow scheduler;
  Flow* active = nullptr;
  unsigned seed = 0;
  std::mt19937 random;
  std::uint64_t threads_run = 0;
  std::vector<unsigned char> shared;  ///< exactly as long as was asked for
};

Machine& machine() {
  static Machine m;
  return m;
}

/// Tells AddressSanitizer that this flow runs now; `from` is the one that ran before.
void arrived([[maybe_unused]] Flow& now, [[maybe_unused]] Flow& from) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(now.fake, &from.bottom, &from.size);
#endif
}

void switch_to(Flow& to) {
  Machine& m = machine();
  Flow& from = *m.active;
  m.active = &to;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake, to.bottom, to.size);
#endif
#ifdef SIMT_BY_UCONTEXT
  swapcontext(&from.at, &to.at);
#else
  simt_switch(&from.at, to.at);
#endif
  // Threads return only to the scheduler and the scheduler only to threads.
  if (&from == &m.scheduler) {
    Flow ignored;
    arrived(from, ignored);
  } else {
    arrived(from, m.scheduler);
  }
}

void set_place(unsigned thread) {
  Machine& m = machine();
  const dim3 b = m.place.block;
  m.current = thread;
  m.place.thread_index = {thread % b.x, thread / b.x % b.y, thread / b.x / b.y};
}

/// A worker's life: it begins threads as long as there are any, and then waits to be used again.
void work() {
  Machine& m = machine();
  arrived(*m.active, m.scheduler);
  for (;;) {
    while (m.next < m.order.size()) {
      set_place(m.order[m.next++]);
      m.threads[m.current].doing = Doing::Running;
      (*m.body)();
      m.threads[m.current].doing = Doing::Ended;
    }
    m.idle.push_back(m.active);
    switch_to(m.scheduler);
  }
}

Flow* new_flow() {
  auto flow = std::make_unique<Flow>();
  flow->stack = std::make_unique<std::byte[]>(kStackBytes);
  flow->bottom = flow->stack.get();
  flow->size = kStackBytes;
#ifdef SIMT_BY_UCONTEXT
  getcontext(&flow->at);
  flow->at.uc_stack.ss_sp = flow->stack.get();
  flow->at.uc_stack.ss_size = kStackBytes;
  makecontext(&flow->at, work, 0);
#else
  // As simt_switch leaves it: six registers, then where to return to, which finds the stack as a
  // called function does (8 beyond a multiple of 16).
  auto* top = reinterpret_cast<void**>(flow->stack.get() + kStackBytes - 64);
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&work);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  flow->at = top;
#endif
  machine().flows.push_back(std::move(flow));
  return machine().flows.back().get();
}

/// Leaves what waits for ever.
void drop_flows() {
  Machine& m = machine();
#if defined(__SANITIZE_ADDRESS__)
  for (const auto& flow : m.flows) __asan_unpoison_memory_region(flow->stack.get(), kStackBytes);
#endif
  m.flows.clear();
  m.idle.clear();
}

template <class... Parts>
[[noreturn]] void misuse(const Parts&... parts) {
  const uint3 b = machine().place.block_index;
  std::ostringstream line;
  line << "kernel, block (" << b.x << ',' << b.y << ',' << b.z << "): ";
  (line << ... << parts);
  drop_flows();
  throw Misuse(line.str());
}

/// Lets the current thread wait until the scheduler goes on with it.
void wait() {
  Machine& m = machine();
  const unsigned thread = m.current;
  m.threads[thread].flow = m.active;
  switch_to(m.scheduler);
  set_place(thread);
}

/// Lets it wait for the lanes of `mask`, to exchange or to act jointly.
void meet(unsigned mask, std::uint64_t given, int flip, void (*joint)(void* const*), int line) {
  Machine& m = machine();
  Thread& t = m.threads[m.current];
  t.doing = Doing::Exchanging;
  t.line = line;
  t.mask = mask;
  t.flip = static_cast<unsigned>(flip);
  t.given = given;
  t.joint = joint;
  wait();
}

void resume(unsigned thread) {
  Machine& m = machine();
  m.threads[thread].doing = Doing::Running;
  switch_to(*m.threads[thread].flow);
}

/// Opens the barrier if every thread that has not ended stands at it.
bool open_barrier() {
  Machine& m = machine();
  int line = 0;
  for (const Thread& t : m.threads) {
    if (t.doing == Doing::Ended) continue;
    if (t.doing != Doing::AtBarrier) return false;
    if (line != 0 && line != t.line)
      misuse("divergent barriers, in line ", line, " and in line ", t.line);
    line = t.line;
  }
  for (Thread& t : m.threads) {
    if (t.doing == Doing::AtBarrier) t.doing = Doing::Running;
  }
  return line != 0;
}

bool in_exchange(const Thread& t, const Thread& with) {
  return t.doing == Doing::Exchanging && t.mask == with.mask && t.line == with.line &&
         t.flip == with.flip && t.joint == with.joint;
}

/// Does what the lanes from thread `first` on came together for.
void act_jointly(unsigned first) {
  Machine& m = machine();
  std::array<void*, kLanes> given = {};
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    Thread& t = m.threads[first + lane];
    // NOLINTNEXTLINE(performance-no-int-to-ptr): lanes give words or addresses.
    given[lane] = reinterpret_cast<void*>(static_cast<std::uintptr_t>(t.given));
    t.doing = Doing::Running;
  }
  m.threads[first].joint(given.data());
}

/// Exchanges in the warp from thread `first` on, if all lanes of a mask have come.
bool exchange_warp(unsigned first) {
  Machine& m = machine();
  const auto count = static_cast<unsigned>(m.threads.size());
  for (unsigned lane = 0; lane < kLanes && first + lane < count; ++lane) {
    const Thread& leader = m.threads[first + lane];
    if (leader.doing != Doing::Exchanging) continue;
    std::vector<unsigned> members;
    for (unsigned k = 0; k < kLanes; ++k) {
      if ((leader.mask >> k & 1) != 0) members.push_back(first + k);
    }
    const bool all = std::all_of(members.begin(), members.end(), [&](unsigned i) {
      return i < count && in_exchange(m.threads[i], leader);
    });
    if (!all) continue;
    if (leader.joint != nullptr) {
      act_jointly(first);
      return true;
    }
    const unsigned mask = leader.mask, flip = leader.flip;
    for (const unsigned i : members) {
      const unsigned other = (i - first) ^ flip;
      if (other >= kLanes || (mask >> other & 1) == 0)
        misuse("lane ", i - first, " wants the value of lane ", other, ", which gives none");
      m.threads[i].got = m.threads[first + other].given;
    }
    for (const unsigned i : members) m.threads[i].doing = Doing::Running;
    return true;
  }
  return false;
}

void run_block() {
  Machine& m = machine();
  for (Thread& t : m.threads) t = {};
  m.next = 0;
  if (m.seed != 0) std::shuffle(m.order.begin(), m.order.end(), m.random);
  while (m.next < m.order.size()) {
    Flow* flow = m.idle.empty() ? new_flow() : m.idle.back();
    if (!m.idle.empty()) m.idle.pop_back();
    switch_to(*flow);
  }
  const auto going = [&](Doing what) {
    return std::count_if(m.threads.begin(), m.threads.end(),
                         [&](const Thread& t) { return t.doing == what; });
  };
  while (going(Doing::Ended) != static_cast<std::ptrdiff_t>(m.threads.size())) {
    if (going(Doing::Askew) > 0) misuse("an asynchronous copy is not aligned");
    bool opened = open_barrier();
    for (unsigned first = 0; first < m.threads.size(); first += kLanes) {
      while (exchange_warp(first)) opened = true;
    }
    if (!opened)
      misuse("divergent barrier: ", going(Doing::AtBarrier), " threads wait for the block, ",
             going(Doing::Exchanging), " in a shuffle, ", going(Doing::Ended), " have ended");
    if (m.seed != 0) std::shuffle(m.order.begin(), m.order.end(), m.random);
    for (const unsigned i : m.order) {
      if (m.threads[i].doing == Doing::Running) resume(i);
    }
  }
}

}  // namespace

const Place& here() {
  return machine().place;
}

void set_order(unsigned seed) {
  machine().seed = seed;
  machine().random.seed(seed);
}

std::uint64_t threads_run() {
  return machine().threads_run;
}

void wait_block(int line) {
  Machine& m = machine();
  Thread& t = m.threads[m.current];
  t.doing = Doing::AtBarrier;
  t.line = line;
  wait();
}

std::uint64_t exchange(unsigned mask, std::uint64_t given, int flip, int line) {
  const unsigned thread = machine().current;
  meet(mask, given, flip, nullptr, line);
  return machine().threads[thread].got;
}

void together(void* given, void (*f)(void* const*), int line) {
  meet(~0U, reinterpret_cast<std::uintptr_t>(given), 0, f, line);
}

unsigned char* dynamic_shared() {
  return machine().shared.data();
}

void copy_async(void* to, const void* from, bool in) {
  const auto ends = reinterpret_cast<std::uintptr_t>(to) | reinterpret_cast<std::uintptr_t>(from);
  Machine& m = machine();
  Thread& t = m.threads[m.current];
  t.copies.begin(to, from, in, m.seed % 2 != 0);
  if (ends % CopyQueue::kBytes == 0) return;
  t.doing = Doing::Askew;
  wait();  // for ever: only the scheduler can end the run
}

CopyQueue& copies() {
  return machine().threads[machine().current].copies;
}

void run(dim3 grid, dim3 block, const std::function<void()>& thread, std::size_t shared) {
  Machine& m = machine();
  m.place = {grid, block};
  m.body = &thread;
  m.active = &m.scheduler;
  const std::size_t count = std::size_t{block.x} * block.y * block.z;
  m.threads.resize(count);
  m.order.resize(count);
  std::iota(m.order.begin(), m.order.end(), 0U);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        m.place.block_index = {x, y, z};
        m.shared = std::vector<unsigned char>(shared, 0xff);
        run_block();
        m.threads_run += count;
      }
    }
  }
}

}  // namespace simt

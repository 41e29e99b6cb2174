// SPDX-License-Identifier: MIT
#include "engine/gradient_reducer.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "engine/streams.h"

namespace cameo {
namespace {

/// A parameter's stretch of the flat block, padding included, so that neighbours touch.
Range range_of(const ParamStore& store, int row) {
  const auto at = static_cast<std::size_t>(row);
  const std::vector<Param>& table = store.table();
  const std::int64_t end = at + 1 < table.size() ? table[at + 1].at : store.floats();
  return {table[at].at, end - table[at].at};
}

bool holds(const Range& range, std::int64_t at) {
  return at >= range.at && at < range.at + range.count;
}

/// The last of the streams, which training graphs leave to transfers.
int transfer_stream(Exec& exec) {
  return run(exec, [](auto& on) { return on.kStreams - 1; });
}

}  // namespace

GradientReducer::GradientReducer(ProcessGroup& group, Graph& graph, std::size_t bucket_bytes)
    : group_(group), exec_(graph.exec()) {
  const std::vector<GradientWrite> writes = graph.gradient_writes();
  check(!writes.empty(), "gradients: the graph has none to all-reduce");
  make_buckets(writes, bucket_bytes);
  make_marks(writes);
  reduced_ = run(exec_, [](auto& on) { return on.make_event(); });
}

void GradientReducer::make_buckets(std::vector<GradientWrite> writes, std::size_t bytes) {
  // By rows, the last first: about the order of backward. Stores in the order of their first write,
  // since addresses differ from rank to rank.
  std::map<ParamStore*, std::size_t> first;
  for (const GradientWrite& write : writes) {
    const auto [at, added] = first.emplace(write.store, write.op);
    if (!added) at->second = std::min(at->second, write.op);
  }
  std::sort(writes.begin(), writes.end(), [&](const auto& a, const auto& b) {
    return std::tuple(first[a.store], -a.row) < std::tuple(first[b.store], -b.row);
  });
  for (const GradientWrite& write : writes) {
    const Range range = range_of(*write.store, write.row);
    Bucket* open = buckets_.empty() ? nullptr : &buckets_.back();
    if (open != nullptr && open->store == write.store && holds(open->range, range.at)) {
      open->last_op = std::max(open->last_op, write.op);  // the same parameter, another stream
      continue;
    }
    const bool joins =
        open != nullptr && open->store == write.store && range.at + range.count == open->range.at &&
        static_cast<std::size_t>(open->range.count) * bytes_of(write.store->type()) < bytes;
    if (!joins) open = &buckets_.emplace_back(Bucket{write.store, {range.at + range.count, 0}});
    open->range = {range.at, open->range.count + range.count};
    open->last_op = std::max(open->last_op, write.op);
  }
  std::stable_sort(buckets_.begin(), buckets_.end(),
                   [](const Bucket& a, const Bucket& b) { return a.last_op < b.last_op; });
}

void GradientReducer::make_marks(const std::vector<GradientWrite>& writes) {
  std::map<std::pair<std::size_t, int>, std::size_t> last;  // bucket, stream -> op
  for (const GradientWrite& write : writes) {
    const std::int64_t at = range_of(*write.store, write.row).at;
    const auto bucket = std::find_if(buckets_.begin(), buckets_.end(), [&](const Bucket& one) {
      return one.store == write.store && holds(one.range, at);
    });
    std::size_t& op = last[{static_cast<std::size_t>(bucket - buckets_.begin()), write.stream}];
    op = std::max(op, write.op);
  }
  for (const auto& [key, op] : last)
    marks_.push_back(
        {op, key.first, key.second, run(exec_, [](auto& on) { return on.make_event(); })});
  std::stable_sort(marks_.begin(), marks_.end(),
                   [](const Mark& a, const Mark& b) { return a.op < b.op; });
}

void GradientReducer::after_op(std::size_t op) {
  int stream = 0;
  for (; next_mark_ < marks_.size() && marks_[next_mark_].op == op; ++next_mark_) {
    const Mark& mark = marks_[next_mark_];
    if (mark.written) mark.written->record();
    stream = mark.stream;
  }
  for (; next_bucket_ < buckets_.size() && buckets_[next_bucket_].last_op == op; ++next_bucket_)
    start(buckets_[next_bucket_], next_bucket_, stream);
}

void GradientReducer::start(const Bucket& bucket, std::size_t number, int stream) {
  run(exec_, [&](auto& on) { on.set_stream(transfer_stream(exec_)); });
  for (const Mark& mark : marks_)
    if (mark.bucket == number && mark.written) mark.written->wait();
  group_.start_all_reduce(bucket.store->grads(bucket.range));
  run(exec_, [&](auto& on) { on.set_stream(stream); });
}

void GradientReducer::finish() {
  const bool all = next_bucket_ == buckets_.size();
  next_mark_ = next_bucket_ = 0;
  group_.finish();
  check(all, "gradients: backward did not reach all of them");
  if (!reduced_) return;
  run(exec_, [&](auto& on) { on.set_stream(transfer_stream(exec_)); });
  reduced_->record();
  run(exec_, [](auto& on) { on.set_stream(0); });
  reduced_->wait();
}

}  // namespace cameo

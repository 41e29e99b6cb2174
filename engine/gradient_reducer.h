// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/collective.h"
#include "engine/graph.h"

namespace cameo {

/// All-reduce of a graph's gradients in buckets, each as soon as backward has written all of it, so
/// that the transfer and the rest of backward overlap. Source: Li et al. 2020, "PyTorch
/// Distributed", section 3.2.
class GradientReducer {
 public:
  /// A bucket is a stretch of a store's gradients: it ends where it holds that many bytes, or where
  /// parameters are no neighbours. graph: planned; all must outlive it.
  GradientReducer(ProcessGroup& group, Graph& graph, std::size_t bucket_bytes = kBucketBytes);
  static constexpr std::size_t kBucketBytes = std::size_t{25} << 20;  ///< as PyTorch's

  /// What follows an op of backward, in its stream: starts the buckets that it completes.
  void after_op(std::size_t op);
  /// Lets stream 0, or the caller on the CPU, wait for the sums. Throws Error as
  /// ProcessGroup::finish() does.
  void finish();

  int ranks() const { return group_.ranks(); }
  std::size_t buckets() const { return buckets_.size(); }
  /// Buckets started in the backward that is under way.
  std::size_t started() const { return next_bucket_; }

 private:
  struct Bucket {
    ParamStore* store = nullptr;
    Range range;
    std::size_t last_op = 0;  ///< completes it
  };
  /// The last op that writes to a bucket in a stream.
  struct Mark {
    std::size_t op = 0, bucket = 0;
    int stream = 0;
    std::unique_ptr<Event> written;  ///< nullptr where there is one stream
  };
  void make_buckets(std::vector<GradientWrite> writes, std::size_t bytes);
  void make_marks(const std::vector<GradientWrite>& writes);
  void start(const Bucket& bucket, std::size_t number, int stream);

  ProcessGroup& group_;
  Exec& exec_;
  std::vector<Bucket> buckets_;  ///< in the order in which they are complete
  std::vector<Mark> marks_;      ///< by ops
  std::size_t next_mark_ = 0, next_bucket_ = 0;
  std::unique_ptr<Event> reduced_;
};

}  // namespace cameo

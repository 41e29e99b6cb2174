// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "engine/collective.h"
#include "model/train/learner.h"

namespace cameo {

/// A rank's part of training: of a batch for all ranks, the faces from rank * batch on.
struct BatchShare {
  int rank = 0, ranks = 1;
};

/// What ranks of a data-parallel training agree on. Without a group each function does what one
/// process alone would.
class Ranks {
 public:
  explicit Ranks(ProcessGroup* group = nullptr) : group_(group) {}

  ProcessGroup* group() const { return group_; }
  int count() const { return group_ == nullptr ? 1 : group_->ranks(); }
  /// Whether this one writes the files: rank 0.
  bool leads() const { return group_ == nullptr || group_->leads(); }
  BatchShare share() const { return {group_ == nullptr ? 0 : group_->rank(), count()}; }

  /// The least value of any rank.
  double least(double own) const;
  /// The mean of all ranks' values, of each place of a list as long in every rank: the same bits in
  /// every rank.
  std::vector<double> mean(const std::vector<double>& own) const;
  /// The same of the moments of latents, which algorithms chosen by timing may give other last
  /// bits.
  LatentStats mean(const LatentSample& own) const;
  /// Lets CPUs compute in bfloat16 only if all ranks' do: each has timed that by itself.
  void share_precision(Exec& exec) const;
  /// Rank 0's choice of algorithms, which it makes while the others wait here: sums have the same
  /// bits only by the same algorithms. The others call it first and rank 0 last.
  void share_tuning(Exec& exec) const;
  /// Throws Error (ErrorCode::Usage) unless all ranks begin with the same; `start` is that in
  /// words, `hash` all of it.
  void check_same(const std::string& start, std::uint64_t hash) const;
  /// Replaces the losses of steps by their means over all ranks; returns whether any rank is to
  /// stop.
  bool agree(std::vector<Learner::Losses>& losses, bool stop) const;
  /// Throws Error (ErrorCode::Failed) if a rank is known to be lost.
  void check_ranks() const {
    if (group_ != nullptr) group_->check_ranks();
  }

 private:
  ProcessGroup* group_;
};

/// "f32", "tf32" or "bf16".
std::string precision_in_words(const Exec& exec);

/// A hash of a store's weights; waits for the device.
std::uint64_t hash_of(ParamStore& params);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "model/train/ranks.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/fnv1a.h"

namespace cameo {

double Ranks::least(double own) const {
  if (group_ == nullptr) return own;
  double least = own;
  for (const std::vector<double>& one : group_->all_gather(std::vector{own}))
    least = std::min(least, one.front());
  return least;
}

void Ranks::share_tuning(Exec& exec) const {
  if (group_ == nullptr) return;
  std::string own;  // a line each of operation and algorithm
  if (leads())
    for (const auto& [operation, algorithm] : run(exec, [](auto& on) { return on.tuning; }))
      own += operation + '\n' + algorithm + '\n';
  std::istringstream lines(group_->all_gather(own).front());
  std::string operation, algorithm;
  while (std::getline(lines, operation) && std::getline(lines, algorithm))
    run(exec, [&](auto& on) { on.tuning[operation] = algorithm; });
}

void Ranks::check_same(const std::string& start, std::uint64_t hash) const {
  if (group_ == nullptr) return;
  const std::vector<std::string> all = group_->all_gather(std::to_string(hash) + ' ' + start);
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    check(all[rank] == all[0], ErrorCode::Usage, "ranks: rank ", rank, " begins with ", all[rank],
          ", rank 0 with ", all[0], "; all need the same options, faces and model");
}

bool Ranks::agree(std::vector<Learner::Losses>& losses, bool stop) const {
  if (group_ == nullptr) return stop;
  std::vector<double> own{stop ? 1.0 : 0.0};
  for (const Learner::Losses& step : losses) {
    own.insert(own.end(), {step.a, step.b});
    own.insert(own.end(), step.all.begin(), step.all.end());
  }
  std::vector<double> sum(own.size(), 0);
  for (const std::vector<double>& one : group_->all_gather(own))
    std::transform(sum.begin(), sum.end(), one.begin(), sum.begin(), std::plus<>());
  auto from = sum.begin() + 1;
  const double ranks = count();
  for (Learner::Losses& step : losses) {
    step.a = *from++ / ranks;
    step.b = *from++ / ranks;
    for (double& loss : step.all) loss = *from++ / ranks;
  }
  return sum.front() > 0;
}

std::uint64_t hash_of(ParamStore& params) {
  Fnv1a hash;
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const std::vector<float> weights = params.read(static_cast<int>(row));
    hash.add(
        {reinterpret_cast<const unsigned char*>(weights.data()), weights.size() * sizeof(float)});
  }
  return hash.value();
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "model/train/ranks.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <sstream>
#include <variant>

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

std::vector<double> Ranks::mean(const std::vector<double>& own) const {
  if (group_ == nullptr) return own;
  std::vector<double> mean(own.size(), 0);
  for (const std::vector<double>& one : group_->all_gather(own))
    std::transform(mean.begin(), mean.end(), one.begin(), mean.begin(), std::plus<>());
  for (double& value : mean) value /= count();
  return mean;
}

LatentStats Ranks::mean(const LatentSample& own) const {
  LatentStats moments = moments_of(own);
  if (count() == 1) return moments;
  for (std::vector<float>* values : {&moments.mean, &moments.deviation}) {
    const std::vector<double> all = mean(std::vector<double>(values->begin(), values->end()));
    std::transform(all.begin(), all.end(), values->begin(),
                   [](double value) { return static_cast<float>(value); });
  }
  return moments;
}

void Ranks::share_precision(Exec& exec) const {
  auto* const cpu = std::get_if<Cpu>(&exec);
  if (group_ == nullptr || cpu == nullptr) return;
  const bool all = least(cpu->precision == Precision::Bf16 ? 1 : 0) > 0;
  cpu->precision = all ? Precision::Bf16 : Precision::F32;
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
  const std::vector<double> all = mean(own);
  auto from = all.begin() + 1;
  for (Learner::Losses& step : losses) {
    step.a = *from++;
    step.b = *from++;
    for (double& loss : step.all) loss = *from++;
  }
  return all.front() > 0;
}

std::string precision_in_words(const Exec& exec) {
  Precision precision = Precision::F32;
  if (const auto* const cpu = std::get_if<Cpu>(&exec)) precision = cpu->precision;
#ifdef CAMEO_HAS_CUDA
  if (const auto* const gpu = std::get_if<Cuda>(&exec)) precision = gpu->options().precision;
#endif
  return precision == Precision::F32 ? "f32" : precision == Precision::Tf32 ? "tf32" : "bf16";
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

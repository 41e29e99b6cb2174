// SPDX-License-Identifier: MIT
#include "model/train/trained_discriminator.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>

#include "model/file/model_file.h"

namespace cameo {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kBeta1 = 0.5;  // Radford et al. 2016, arXiv:1511.06434: more made it oscillate

/// A store with the discriminator's parameters, allocated.
ParamStore& allocated(ParamStore& params, const Discriminator& discriminator) {
  discriminator.declare(params);
  params.allocate();
  params.initialize(kSeed);
  return params;
}

std::string weight_name(const Param& p) {
  return "weight." + p.name;
}

}  // namespace

TrainedDiscriminator::TrainedDiscriminator(Exec& exec, const Recipe& recipe, int size)
    : params_(exec),
      adversary_{discriminator_of(recipe, size), allocated(params_, discriminator_of(recipe, size)),
                 recipe.gan},
      clock_(exec, {.rate = recipe.rate, .beta1 = kBeta1}),
      adam_(params_, clock_, {params_.all()}) {}

void TrainedDiscriminator::set_rate(double rate) {
  AdamState settings = clock_.read();
  settings.rate = rate;
  clock_.write(settings);
}

void TrainedDiscriminator::set_schedule(std::int64_t decay, std::int64_t more) {
  AdamState settings = clock_.read();
  const std::int64_t end = settings.step + more;
  settings.schedule = {.decay_begin = end - decay, .decay_end = end};
  clock_.write(settings);
}

std::vector<StateTensor> TrainedDiscriminator::save() const {
  std::vector<StateTensor> all = clock_.save();
  for (std::size_t row = 0; row < params_.table().size(); ++row) {
    const Param& p = params_.table()[row];
    const std::vector<float> weights = params_.read(static_cast<int>(row));
    all.push_back({weight_name(p), "F32", extents_of(p.shape), state_bytes<float>(weights)});
  }
  std::vector<StateTensor> moments = adam_.save();
  std::move(moments.begin(), moments.end(), std::back_inserter(all));
  return all;
}

void TrainedDiscriminator::load(const StateReader& read) {
  clock_.load(read);
  for (std::size_t row = 0; row < params_.table().size(); ++row) {
    const Param& p = params_.table()[row];
    std::vector<float> weights(static_cast<std::size_t>(p.shape.size()));
    read(weight_name(p), "F32", std::as_writable_bytes(std::span(weights)));
    params_.write(static_cast<int>(row), weights.data());
  }
  adam_.load(read);
}

}  // namespace cameo

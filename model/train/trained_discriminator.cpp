// SPDX-License-Identifier: MIT
#include "model/train/trained_discriminator.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "model/train/weight_state.h"

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
  for (auto& more : std::array{save_weights(params_), adam_.save()})
    std::move(more.begin(), more.end(), std::back_inserter(all));
  return all;
}

void TrainedDiscriminator::load(const StateReader& read) {
  clock_.load(read);
  load_saved_weights(params_, read);
  adam_.load(read);
}

}  // namespace cameo

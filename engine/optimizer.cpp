// SPDX-License-Identifier: MIT
#include "engine/optimizer.h"

#include <utility>

#include "base/error.h"

namespace cameo {

StateBlocks::StateBlocks(ParamStore& params, std::vector<Range> ranges,
                         std::vector<std::string> names)
    : params_(params), ranges_(std::move(ranges)), names_(std::move(names)) {
  for (const Range& r : ranges_) floats_ += r.count;
  check(floats_ > 0, "optimizer: its ranges hold no parameters; they are added before it is made");
  memory_ = run(params_.exec(), [&](auto& on) { return on.allocate(bytes()); });
}

float* StateBlocks::block(std::size_t index) const {
  return reinterpret_cast<float*>(memory_.get()) + static_cast<std::int64_t>(index) * floats_;
}

void StateBlocks::for_each(const Visit& visit) const {
  std::int64_t before = 0;
  for (const Range& range : ranges_) {
    for (const Param& p : params_.table()) {
      if (p.at < range.at || p.at >= range.at + range.count) continue;
      for (std::size_t i = 0; i < names_.size(); ++i)
        visit(names_[i] + '.' + p.name, p, block(i) + before + p.at - range.at);
    }
    before += range.count;
  }
}

std::vector<StateTensor> StateBlocks::save() const {
  std::vector<StateTensor> all;
  for_each([&](const std::string& name, const Param& p, const float* data) {
    const Shape s = p.shape;
    StateTensor tensor{.name = name, .dtype = "F32", .shape = {s.n, s.h, s.w, s.c}};
    tensor.bytes.resize(static_cast<std::size_t>(s.size()) * sizeof(float));
    run(params_.exec(),
        [&](auto& on) { on.copy_out(tensor.bytes.data(), data, tensor.bytes.size()); });
    all.push_back(std::move(tensor));
  });
  return all;
}

void StateBlocks::load(const StateReader& read) {
  std::vector<std::byte> host;
  for_each([&](const std::string& name, const Param& p, float* data) {
    host.resize(static_cast<std::size_t>(p.shape.size()) * sizeof(float));
    read(name, "F32", host);
    run(params_.exec(), [&](auto& on) { on.copy_in(data, host.data(), host.size()); });
  });
}

}  // namespace cameo

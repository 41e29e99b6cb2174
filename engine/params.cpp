// SPDX-License-Identifier: MIT
#include "engine/params.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/philox.h"
#include "base/round_up.h"
#include "engine/floats.h"

namespace cameo {
namespace {

constexpr std::int64_t kAlign = 128;  // each parameter starts on 256 bytes, in bfloat16 too

}  // namespace

ParamStore::ParamStore(Exec& exec)
    : exec_(exec), type_(run(exec, [](auto& on) { return on.compute_dtype(); })) {}

int ParamStore::add(std::string name, Shape shape, Init init) {
  check(weights_ == nullptr, "params: ", name, " was added after allocate()");
  for (const Param& p : table_) check(p.name != name, "params: ", name, " is there already");
  table_.push_back({std::move(name), shape, init, total_});
  total_ += round_up(shape.size(), kAlign);
  return static_cast<int>(table_.size()) - 1;
}

void ParamStore::allocate(bool with_gradients) {
  check(weights_ == nullptr, "params: allocated twice");
  const auto block = [&](DType type) {
    return run(exec_, [&](auto& on) {
      return on.allocate(static_cast<std::size_t>(total_) * bytes_of(type));
    });
  };
  weight_memory_ = block(DType::F32);
  weights_ = reinterpret_cast<float*>(weight_memory_.get());
  if (type_ != DType::F32) copy_memory_ = block(type_);
  if (with_gradients) grad_memory_ = block(type_);
}

ParamMemory ParamStore::memory(bool with_gradients) const {
  const auto elements = static_cast<std::size_t>(total_);
  const std::size_t copy = type_ == DType::F32 ? 0 : bytes_of(type_);
  return {.weights = elements * (sizeof(float) + copy),
          .gradients = with_gradients ? elements * bytes_of(type_) : 0};
}

void ParamStore::initialize(std::uint64_t seed) {
  std::vector<float> host;
  for (std::size_t row = 0; row < table_.size(); ++row) {
    const Param& p = table_[row];
    host.assign(static_cast<std::size_t>(p.shape.size()), 0.0F);
    if (p.init != Init::Zeros) {
      const double window = static_cast<double>(p.shape.h) * p.shape.w;
      const double in = window * p.shape.c, out = window * p.shape.n;
      const double fans = p.init == Init::GlorotUniform ? in + out : in;
      const auto limit = static_cast<float>(std::sqrt(6.0 / fans));
      // The row is the counter's upper half, so that no parameter's values depend on another's.
      for (std::size_t i = 0; i < host.size(); i += 4) {
        const Philox4 four = philox(i / 4, row, seed);
        for (std::size_t k = 0; k < 4 && i + k < host.size(); ++k)
          host[i + k] = (2.0F * unit_float(four[k]) - 1.0F) * limit;
      }
    }
    write(static_cast<int>(row), host.data());
  }
}

bool ParamStore::contains(std::string_view name) const {
  return std::any_of(table_.begin(), table_.end(), [&](const Param& p) { return p.name == name; });
}

int ParamStore::find(std::string_view name) const {
  for (std::size_t row = 0; row < table_.size(); ++row)
    if (table_[row].name == name) return static_cast<int>(row);
  fail(ErrorCode::Failed, "params: no parameter is called ", name);
}

std::int64_t ParamStore::parameters() const {
  std::int64_t sum = 0;
  for (const Param& p : table_) sum += p.shape.size();
  return sum;
}

View ParamStore::master(int index) const {
  const Param& p = table_[static_cast<std::size_t>(index)];
  check(weights_ != nullptr, "params: ", p.name, " is used before allocate()");
  return {weights_ + p.at, p.shape};
}

View ParamStore::part(const Memory& block, const Param& p) const {
  if (!block) return {nullptr, p.shape, type_};
  return {block.get() + static_cast<std::size_t>(p.at) * bytes_of(type_), p.shape, type_};
}

View ParamStore::weight(int index) const {
  const View w = master(index);
  return copy_memory_ ? part(copy_memory_, table_[static_cast<std::size_t>(index)]) : w;
}

View ParamStore::grad(int index) const {
  return part(grad_memory_, table_[static_cast<std::size_t>(index)]);
}

View ParamStore::grads(Range range) const {
  const Shape row{1, 1, 1, static_cast<int>(range.count)};
  if (!grad_memory_) return {nullptr, row, type_};
  return {grad_memory_.get() + static_cast<std::size_t>(range.at) * bytes_of(type_), row, type_};
}

kernels::AdamArrays ParamStore::arrays(std::int64_t at) const {
  return {.w = weights_ + at,
          .g = grad_memory_.get() + static_cast<std::size_t>(at) * bytes_of(type_),
          .m = nullptr,
          .v = nullptr,
          .gradient = type_,
          .copy = copy_memory_ ? reinterpret_cast<Bf16*>(copy_memory_.get()) + at : nullptr};
}

Range ParamStore::range(std::string_view prefix) const {
  Range range;
  bool over = false;
  for (const Param& p : table_) {
    const std::int64_t padded = round_up(p.shape.size(), kAlign);
    if (!p.name.starts_with(prefix)) {
      over = range.count > 0;
      continue;
    }
    check(!over, "params: those called ", prefix, "* are not neighbours");
    if (range.count == 0) range.at = p.at;
    range.count += padded;
  }
  check(range.count > 0, "params: none is called ", prefix, "*");
  return range;
}

std::vector<float> ParamStore::read(int index) const {
  return read_floats(exec_, master(index));
}

void ParamStore::write(int index, const float* host) {
  write_floats(exec_, master(index), host);
  if (copy_memory_) write_floats(exec_, weight(index), host);
}

}  // namespace cameo

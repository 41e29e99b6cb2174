// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "cudnn.h"

namespace standin {

struct State;
using Ref = std::shared_ptr<const State>;

/// What an attribute holds.
struct Value {
  cudnnBackendAttributeType_t type{};
  std::int64_t count = 0;
  std::vector<std::byte> bytes;
  std::vector<Ref> parts;  ///< where the type is that of descriptors
};

/// A descriptor: what was set, and what finalising it added.
struct State {
  cudnnBackendDescriptorType_t type{};
  bool is_final = false;
  std::map<cudnnBackendAttributeName_t, Value> values;

  template <class T>
  std::vector<T> all(cudnnBackendAttributeName_t name) const {
    const auto at = values.find(name);
    if (at == values.end()) return {};
    std::vector<T> found(static_cast<std::size_t>(at->second.count));
    std::memcpy(found.data(), at->second.bytes.data(), found.size() * sizeof(T));
    return found;
  }
  template <class T>
  T one(cudnnBackendAttributeName_t name) const {
    const auto found = all<T>(name);
    return found.empty() ? T{} : found[0];
  }
  Ref part(cudnnBackendAttributeName_t name) const {
    const auto at = values.find(name);
    return at == values.end() || at->second.parts.empty() ? nullptr : at->second.parts[0];
  }
  template <class T>
  void put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t value_type,
           const std::vector<T>& all) {
    Value& value = values[name] = {value_type, static_cast<std::int64_t>(all.size()), {}, {}};
    const auto* const first = reinterpret_cast<const std::byte*>(all.data());
    value.bytes.assign(first, first + all.size() * sizeof(T));
  }
  void put(cudnnBackendAttributeName_t name, std::vector<Ref> parts) {
    const auto count = static_cast<std::int64_t>(parts.size());
    values[name] = {CUDNN_TYPE_BACKEND_DESCRIPTOR, count, {}, std::move(parts)};
  }
};

/// What a caller holds; a descriptor that reads another one's part takes over its state.
struct Holder {
  std::shared_ptr<State> state;
};

}  // namespace standin

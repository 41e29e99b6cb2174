// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/standin/cudnn_state.h"

namespace standin {

/// An engine to choose or not to choose.
struct EngineKind {
  std::int64_t number, tile;
  float milliseconds;
  std::int64_t workspace;
  std::vector<cudnnBackendNumericalNote_t> notes;
  bool compiles = false, breaks = false;
};

constexpr auto kTensorCore = CUDNN_NUMERICAL_NOTE_TENSOR_CORE;

/// The faster, the worse: whoever neglects a note takes the wrong one.
inline const std::vector<EngineKind>& engines(cudnnBackendHeurMode_t mode) {
  static const std::vector<EngineKind> likely = {
      {1, 1, 0.1F, 0, {kTensorCore, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS}},
      {2, 1, 0.2F, 0, {CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION}},
      {3, 1, 0.3F, 0, {}, true},
      {4, 1, 0.4F, std::int64_t{65} << 20, {kTensorCore}},
      {5, 1, 0.5F, 0, {kTensorCore}, false, true},
      {6, 1, 0.6F, 512, {CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}},
      {7, 1, 3, 0, {kTensorCore}},
      {7, 2, 1, 4096, {kTensorCore}},
      {8, 1, 2, 100, {kTensorCore}}};
  static const std::vector<EngineKind> longer = {{7, 2, 1, 4096, {kTensorCore}},
                                                 {9, 1, 5, 256, {}}};
  static const std::vector<EngineKind> last = {{9, 1, 5, 256, {}}, {10, 1, 4, 64, {}}};
  return mode == CUDNN_HEUR_MODE_A ? likely : mode == CUDNN_HEUR_MODE_B ? longer : last;
}

inline Ref engine_config(const EngineKind& kind, const Ref& graph) {
  auto engine = std::make_shared<State>(State{CUDNN_BACKEND_ENGINE_DESCRIPTOR, true, {}});
  engine->put<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, {kind.number});
  engine->put(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, kind.notes);
  engine->put(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
              std::vector(kind.compiles ? 1U : 0U, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION));
  auto knob = std::make_shared<State>(State{CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, true, {}});
  knob->put(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE,
            std::vector{CUDNN_KNOB_TYPE_TILE_SIZE});
  knob->put<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, {kind.tile});
  auto config = std::make_shared<State>(State{CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, true, {}});
  config->put(CUDNN_ATTR_ENGINECFG_ENGINE, {engine});
  config->put(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, {knob});
  config->put(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, {graph});
  return config;
}

inline const EngineKind* kind_of(const State& config) {
  const Ref engine = config.part(CUDNN_ATTR_ENGINECFG_ENGINE);
  const Ref knob = config.part(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES);
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B, CUDNN_HEUR_MODE_FALLBACK})
    for (const EngineKind& kind : engines(mode))
      if (kind.number == engine->one<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX) &&
          kind.tile == knob->one<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE))
        return &kind;
  return nullptr;
}

}  // namespace standin

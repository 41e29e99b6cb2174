// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "engine/graph.h"
#include "model/onnx/model.h"

namespace cameo {

/// Writes a recorded graph as ONNX nodes: the ops that lead from `input` to `outputs`, parameters
/// as constants of their float32 weights. The graph need not be planned; its stores must be filled.
/// tensor: the ONNX tensor that is the input, NCHW, as are those of the outputs, which are
/// returned. The batch is free, whatever it was in the graph. Throws Error (ErrorCode::Usage)
/// naming the op if one has no counterpart in ONNX (ops.cpp).
std::vector<std::string> write_graph(Graph& graph, Value input, const std::string& tensor,
                                     const std::vector<Value>& outputs, OnnxModel& model);

}  // namespace cameo

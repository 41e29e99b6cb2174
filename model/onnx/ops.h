// SPDX-License-Identifier: MIT
#pragma once
#include <map>
#include <string>

#include "engine/graph.h"
#include "model/onnx/model.h"

namespace cameo {

/// Names of ONNX tensors by the ids of values.
using OnnxTensors = std::map<int, std::string>;

/// Writes an op as ONNX nodes and returns the name of what it yields, NCHW.
/// Throws Error (ErrorCode::Usage) if it has no counterpart in ONNX, or a weight is no parameter.
std::string write_op(const OpRecord& op, const OnnxTensors& tensors, OnnxModel& model);

}  // namespace cameo

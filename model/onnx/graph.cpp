// SPDX-License-Identifier: MIT
#include "model/onnx/graph.h"

#include <set>

#include "base/error.h"
#include "model/onnx/ops.h"

namespace cameo {

std::vector<std::string> write_graph(Graph& graph, Value input, const std::string& tensor,
                                     const std::vector<Value>& outputs, OnnxModel& model) {
  const std::vector<OpRecord> records = graph.records();
  std::set<int> needed;
  for (const Value output : outputs) needed.insert(output.id);
  for (auto op = records.rbegin(); op != records.rend(); ++op)
    if (needed.contains(op->out.id))
      for (const Value in : op->in) needed.insert(in.id);

  OnnxTensors tensors{{input.id, tensor}};
  for (const OpRecord& op : records)
    if (needed.contains(op.out.id)) tensors[op.out.id] = write_op(op, tensors, model);
  std::vector<std::string> names;
  for (const Value output : outputs) {
    const auto found = tensors.find(output.id);
    check(found != tensors.end(), "onnx: output ", output.id, " is neither an op's nor the input");
    names.push_back(found->second);
  }
  return names;
}

}  // namespace cameo

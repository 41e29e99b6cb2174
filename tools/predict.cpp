// SPDX-License-Identifier: MIT
#include "model/infer/predict.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "tools/cli/device.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {

int predict_command(Args args) {
  std::filesystem::path model, in, out;
  Flags flags("predict",
              "Runs a model on faces in a file of tensors, to compare it with another program.");
  flags.add("model", &model, "Folder of the model, or its file").required();
  flags.add("input", &in, "Safetensors file with x [N,S,S,3]: BGR, 0 to 1").required();
  flags.add("-o,--output", &out, "Safetensors file for z, y_a and y_b").required();
  flags.needs(model);
  flags.needs(in);
  flags.makes(out);
  return flags.run(args, [&](Log& log) {
    Exec exec = open_device(flags.common(), log);
    const int faces = predict(exec, model, in, out);
    if (flags.common().json)
      std::cout << json_text({{"output", out.string()}, {"faces", faces}}) << '\n';
    else
      std::cout << out.string() << ": z, y_a and y_b of " << faces << " faces\n";
    return Exit::Ok;
  });
}

}  // namespace cameo

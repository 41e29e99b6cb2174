// SPDX-License-Identifier: MIT
#include "tools/compare.h"

#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "tools/cli/device.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {

Exit compare_losses(Exec& exec, const BatchReplay& replay, bool json) {
  const std::int64_t steps = replay_batches(exec, replay);
  if (json)
    std::cout << json_text(
                     nlohmann::ordered_json{{"losses", replay.losses.string()}, {"steps", steps}})
              << '\n';
  else
    std::cout << replay.losses.string() << ": losses of " << steps << " steps\n";
  return Exit::Ok;
}

int compare_command(Args args) {
  BatchReplay replay;
  Flags flags("compare",
              "Trains a copy of a model on another program's batches, to compare losses.");
  flags.add("-m,--model", &replay.model, "Model to start from, a folder or file; it stays as it is")
      .required();
  flags
      .add("--batches", &replay.batches,
           "Batches: safetensors with x_a, t_a, x_b, t_b [steps,N,S,S,3], BGR, 0 to 1")
      .required();
  flags.add("--losses", &replay.losses, "Losses [steps,2] of A and B, a safetensors file to write")
      .required();
  flags.choose("--mode", replay.mode,
               {{"joint", TrainMode::Joint}, {"alternate", TrainMode::Alternate}},
               "Update of both persons in one step, or in turn");
  flags.add("--rate", &replay.rate, "Learning rate (default: the preset's)").range(0, 1);
  flags.needs(replay.model);
  flags.needs(replay.batches);
  flags.makes(replay.losses);
  return flags.run(args, [&](Log& log) {
    Exec exec = open_device(flags.common(), log);
    return compare_losses(exec, replay, flags.common().json);
  });
}

}  // namespace cameo

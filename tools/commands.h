// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// What stands on the command line after the command's name.
using Args = std::span<const std::string>;

/// One stage: `cameo <name> ...` and `cameo-<name> ...`. Returns the exit code (exit_codes.h).
struct Command {
  std::string name;
  std::string summary;  ///< one line
  int (*run)(Args);
};

/// The commands of this build, in the order of a day's work.
std::vector<Command> commands();

int extract_command(Args args);
int train_command(Args args);
int convert_command(Args args);
int evaluate_command(Args args);
int synth_command(Args args);
int import_command(Args args);
int export_command(Args args);
int predict_command(Args args);
int info_command(Args args);
int doctor_command(Args args);

/// `cameo`: lists the commands, runs one, or suggests the nearest name.
int front_door(Args args);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// The command line after the command's name.
using Args = std::span<const std::string>;

/// A command: `cameo <name> ...` and `cameo-<name> ...`. Returns the exit code (exit_codes.h).
struct Command {
  std::string name;
  std::string summary;  ///< one line
  int (*run)(Args);
};

/// The commands of this build, in the order in which they are usually run.
std::vector<Command> commands();

int extract_command(Args args);
int faces_command(Args args);
int train_command(Args args);
int convert_command(Args args);
int preview_command(Args args);
int evaluate_command(Args args);
int verify_command(Args args);
int synth_command(Args args);
int benchmark_command(Args args);
int import_command(Args args);
int export_command(Args args);
int predict_command(Args args);
int info_command(Args args);
int compare_command(Args args);
int doctor_command(Args args);

/// Runs the program `name`: `cameo-COMMAND` that command with `args`; any other name the command
/// that `args` begin with. Without one it lists the commands; of an unknown one it names the
/// nearest. Returns the exit code (exit_codes.h).
int run_program(const std::string& name, Args args);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "tools/commands.h"

#include <iostream>

#include "base/version.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/text.h"
#include "tools/image_stages.h"

namespace cameo {
namespace {

std::string usage() {
  std::string text = "cameo " CAMEO_VERSION
                     ": face swapping for images and videos\n\n"
                     "usage: cameo COMMAND [options]\n\ncommands:\n";
  for (const Command& command : commands()) {
    std::string name = "  " + command.name;
    name.resize(12, ' ');
    text += name + command.summary + '\n';
  }
  return text +
         "\n`cameo COMMAND --help` lists a command's options. Each command is also a program, "
         "cameo-COMMAND.\n";
}

int unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const std::string meant = nearest(name, names);
  std::cerr << "cameo: error: unknown command " << name
            << (meant.empty() ? "" : "; did you mean " + meant + "?")
            << " (cameo --help lists them)\n";
  return static_cast<int>(Exit::Usage);
}

}  // namespace

std::vector<Command> commands() {
  std::vector<Command> all = image_commands();
  const std::vector<Command> always{
      {"train", "train a network on two people's faces", train_command},
#ifdef CAMEO_KERAS
      {"import", "make a model from weights that Keras saved", import_command},
#endif
      {"export", "write a model for DeepFaceLive, ONNX Runtime or Keras, or as a base",
       export_command},
      {"predict", "run a model on a file of tensors, to compare it with another program",
       predict_command},
      {"compare", "train on another program's batches, to compare losses", compare_command},
      {"info", "show the layers of a preset, or what a model, faces, image or video file holds",
       info_command},
      {"doctor", "show what this build and this machine support", doctor_command}};
  // Training comes after extraction, where this build has it.
  all.insert(all.begin() + (all.empty() ? 0 : 1), always.front());
  all.insert(all.end(), always.begin() + 1, always.end());
  return all;
}

namespace {

/// `cameo ...`
int run_front_door(Args args) {
  if (args.empty()) {
    std::cerr << usage();
    return static_cast<int>(Exit::Usage);
  }
  const std::string& first = args.front();
  if (first == "--help" || first == "-h" || (first == "help" && args.size() == 1)) {
    std::cout << usage();
    return 0;
  }
  if (first == "--version") {
    std::cout << "cameo " CAMEO_VERSION "\n";
    return 0;
  }
  const bool help = first == "help";
  const std::string& name = help ? args[1] : first;
  const std::string help_option = "--help";
  for (const Command& command : commands())
    if (command.name == name) return command.run(help ? Args(&help_option, 1) : args.subspan(1));
  return unknown(name);
}

}  // namespace

int run_program(const std::string& name, Args args) {
  for (const Command& command : commands())
    if (name == "cameo-" + command.name) return command.run(args);
  return run_front_door(args);
}

}  // namespace cameo

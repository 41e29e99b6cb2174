// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/cli/config_file.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/flag.h"
#include "tools/cli/log.h"
#include "tools/cli/option_aliases.h"

namespace cameo {

/// What every command has.
struct Common {
  std::string device = "auto", precision = "auto";
  bool json = false;
  bool overwrite = false;
  bool dry_run = false;
  ProgressMode progress = ProgressMode::Bar;
  Loudness loudness = Loudness::Normal;
};

/// Where an option's value goes.
using Target = std::variant<bool*, int*, std::int64_t*, std::uint64_t*, float*, double*,
                            std::string*, std::filesystem::path*, std::vector<std::string>*,
                            std::vector<std::filesystem::path>*>;

/// Throws Error (ErrorCode::Input) unless there is such a file or folder.
void require_there(const std::filesystem::path& input);

/// The command line of one command: options bound to variables.
/// Precedence: command line, then environment (CAMEO_<COMMAND>_<OPTION>, CAMEO_<OPTION> for those
/// every command has), then the config file, then what the variable held before.
class Flags {
 public:
  Flags(std::string command, const std::string& about);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  /// names: "-b,--batch", or a word without dashes for what stands free on the line.
  Flag add(const std::string& names, Target target, const std::string& help);

  /// The same for an enum: the words that stand for its values.
  template <class E>
  Flag choose(const std::string& names, E& value, std::vector<std::pair<std::string, E>> table,
              const std::string& help);

  /// Settings that the word `word` of an option (its long name, no dashes) stands for. Each option
  /// that neither line, environment nor config file gives takes its value from here.
  void implies(const std::string& option, const std::string& word,
               std::vector<NamedSetting> settings);

  /// What must exist before the command starts (ErrorCode::Input), and what must not unless
  /// --overwrite was given (ErrorCode::Usage); an empty folder counts as not there.
  void needs(const std::filesystem::path& input) { inputs_.push_back(&input); }
  void makes(const std::filesystem::path& output) { outputs_.push_back(&output); }

  /// Further checks of what was asked for, done also in a dry run. May throw Error.
  void also(std::function<void()> check) { checks_.push_back(std::move(check)); }

  /// A dry run calls `work` too, which looks at common().dry_run and writes nothing.
  void works_dry() { works_dry_ = true; }

  /// Parses args, then calls `work`; a thrown Error is told on stderr and becomes the exit code.
  /// --help, --version and --dry-run (which prints the settings in force) end before `work`.
  int run(std::span<const std::string> args, const std::function<Exit(Log&)>& work);

  const Common& common() const { return common_; }
  /// The settings in force, as TOML.
  std::string effective() const;
  /// Writes them: <folder>/<command>.toml, or <file>.<command>.toml beside a file.
  void save_beside(const std::filesystem::path& result) const;

 private:
  struct Parser;
  enum class Parsed { Go, Done };
  struct Implied {
    std::string option, word;
    std::vector<NamedSetting> settings;
  };
  struct Bound {
    std::string name;
    std::function<Setting()> value;
  };

  Parsed parse(std::span<const std::string> args);
  void add_common();
  void describe();
  void adopt_old_environment();
  void fill_in_implied();
  void check_paths() const;
  int guarded(const std::function<int()>& body,
              const std::function<void(const std::string&)>& tell);

  std::string command_;
  Common common_;
  bool works_dry_ = false;
  std::unique_ptr<Parser> parser_;
  std::vector<Bound> bound_;
  OptionAliases aliases_;
  std::vector<Implied> implied_;
  std::vector<std::function<void()>> after_parse_;
  std::vector<std::unique_ptr<std::string>> words_;
  std::vector<const std::filesystem::path*> inputs_, outputs_;
  std::vector<std::function<void()>> checks_;
};

template <class E>
Flag Flags::choose(const std::string& names, E& value, std::vector<std::pair<std::string, E>> table,
                   const std::string& help) {
  std::vector<std::string> allowed;
  std::string* word = words_.emplace_back(std::make_unique<std::string>()).get();
  for (const auto& [name, meaning] : table) {
    allowed.push_back(name);
    if (meaning == value) *word = name;
  }
  after_parse_.push_back([&value, word, table = std::move(table)] {
    for (const auto& [name, meaning] : table)
      if (name == *word) value = meaning;
  });
  return add(names, word, help).words(allowed);
}

}  // namespace cameo

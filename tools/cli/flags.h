// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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

/// Options that every command has.
struct Common {
  std::string device = "auto", precision = "auto";
  bool json = false;
  bool overwrite = false;
  bool dry_run = false;
  ProgressMode progress = ProgressMode::Bar;
  Verbosity verbosity = Verbosity::Normal;
};

/// The variable that an option's value is stored in; an optional stays empty without the option.
using Target =
    std::variant<bool*, int*, std::int64_t*, std::uint64_t*, float*, double*, std::optional<bool>*,
                 std::optional<int>*, std::optional<double>*, std::string*, std::filesystem::path*,
                 std::vector<std::string>*, std::vector<std::filesystem::path>*>;

/// Throws Error (ErrorCode::Input) unless there is such a file or folder.
void require_there(const std::filesystem::path& input);

/// Options of one command, bound to variables.
/// Precedence: command line, then environment (CAMEO_<COMMAND>_<OPTION>, CAMEO_<OPTION> for those
/// that every command has), then the config file, then the variable's initial value.
class Flags {
 public:
  Flags(std::string command, const std::string& about);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  /// Adds an option. names: "-b,--batch", or a word without dashes for a positional argument.
  /// help begins with what the value is: "Total iterations".
  Flag add(const std::string& names, Target target, const std::string& help);

  /// Adds an option for an enum, with a word for each of its values.
  template <class E>
  Flag choose(const std::string& names, E& value, std::vector<std::pair<std::string, E>> table,
              const std::string& help);

  /// Defaults of other options while `option` (long name, no dashes) has the value `word`: they
  /// hold for options that are set neither on the command line, in the environment nor in the
  /// config file.
  void implies(const std::string& option, const std::string& word,
               std::vector<NamedSetting> settings);

  /// Inputs, which must exist before the command starts (ErrorCode::Input), and outputs, which must
  /// not unless --overwrite was given (ErrorCode::Usage); an empty folder counts as missing.
  void needs(const std::filesystem::path& input) { inputs_.push_back(&input); }
  void makes(const std::filesystem::path& output) { outputs_.push_back(&output); }

  /// Adds a check of the options that is made in a dry run too. It may throw Error.
  void also(std::function<void()> check) { checks_.push_back(std::move(check)); }

  /// A dry run calls `work` too, which looks at common().dry_run and writes nothing.
  void works_dry() { works_dry_ = true; }

  /// Parses args, then calls `work`; a thrown Error is written to stderr and sets the exit code.
  /// --help, --version and --dry-run (which prints the settings in force) end before `work`.
  int run(std::span<const std::string> args, const std::function<Exit(Log&)>& work);

  const Common& common() const { return common_; }
  /// Whether an option (long name, no dashes) was given on the command line, not elsewhere.
  bool on_line(const std::string& name) const;
  /// All settings as they are in force, as TOML.
  std::string effective() const;
  /// Writes them: <folder>/<command>.toml, or <file>.<command>.toml beside a file.
  void save_beside(const std::filesystem::path& result) const;
  /// The file that save_beside() of a command writes.
  static std::filesystem::path settings_beside(const std::filesystem::path& result,
                                               const std::string& command);

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
              const std::function<void(const std::string&)>& report);

  std::string command_;
  Common common_;
  bool works_dry_ = false;
  std::unique_ptr<Parser> parser_;
  std::vector<Bound> bound_;
  OptionAliases aliases_;
  std::vector<std::string> line_;  ///< arguments, old names replaced
  std::vector<Implied> implied_;
  std::vector<std::function<void()>> after_parse_;
  std::vector<std::unique_ptr<std::string>> words_;
  std::vector<std::unique_ptr<bool>> switches_;  ///< of optional ones, until after the parse
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

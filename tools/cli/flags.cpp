// SPDX-License-Identifier: MIT
#include "tools/cli/flags.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/version.h"
#include "tools/cli/flags_config.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/text.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

Setting as_setting(bool value) {
  return value;
}
template <class T>
Setting as_setting(const T& value) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<std::int64_t>(value);
  else
    return static_cast<double>(value);
}
template <class T>
Setting as_setting(const std::optional<T>& value) {
  return value ? as_setting(*value) : Setting(std::string());
}
Setting as_setting(const std::string& word) {
  return word;
}
Setting as_setting(const fs::path& path) {
  return path.string();
}
Setting as_setting(const std::vector<std::string>& words) {
  return words;
}
Setting as_setting(const std::vector<fs::path>& paths) {
  std::vector<std::string> words;
  words.reserve(paths.size());
  for (const fs::path& path : paths) words.push_back(path.string());
  return words;
}

std::string upper(std::string text) {
  for (char& c : text)
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// The file that --config or CAMEO_CONFIG names, or nothing. Throws Error (ErrorCode::Usage) if
/// --config names none.
fs::path config_named(std::span<const std::string> args) {
  constexpr std::string_view kEquals = "--config=";
  for (std::size_t i = 0; i < args.size(); ++i) {
    const bool equals = args[i].starts_with(kEquals);
    if (!equals && (args[i] != "--config" || i + 1 == args.size())) continue;
    std::string named = equals ? args[i].substr(kEquals.size()) : args[i + 1];
    check(!named.empty(), ErrorCode::Usage, "--config: an empty value");
    return named;
  }
  const char* named = std::getenv("CAMEO_CONFIG");
  return named == nullptr ? "" : named;
}

bool holds_something(const fs::path& path) {
  if (!fs::exists(path)) return false;
  return !fs::is_directory(path) || !fs::is_empty(path);
}

}  // namespace

void require_there(const fs::path& input) {
  check(fs::exists(input), ErrorCode::Input, input.string(), ": no such file or folder");
}

struct Flags::Parser {
  CLI::App app;
};

Flags::Flags(std::string command, const std::string& about)
    : command_(std::move(command)), parser_(std::make_unique<Parser>()) {
  CLI::App& app = parser_->app;
  app.name("cameo " + command_);
  app.description(about);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "cameo " CAMEO_VERSION, "Print the version and exit");
  app.get_formatter()->column_width(36);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

Flags::~Flags() = default;

Flag Flags::add(const std::string& names, Target target, const std::string& help) {
  CLI::App& app = parser_->app;
  CLI::Option* option = std::visit(
      [&](auto* value) -> CLI::Option* {
        using T = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, bool>) {
          return app.add_flag(names, *value, help);
        } else if constexpr (std::is_same_v<T, std::optional<bool>>) {
          bool* on = switches_.emplace_back(std::make_unique<bool>(false)).get();
          CLI::Option* flag = app.add_flag(names, *on, help);
          after_parse_.push_back([value, on, flag] {
            if (flag->count() > 0) *value = *on;
          });
          return flag;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>> ||
                             std::is_same_v<T, std::vector<fs::path>>) {
          return app.add_option(names, *value, help)
              ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        } else {
          return app.add_option(names, *value, help);
        }
      },
      target);
  std::visit(
      [&](const auto* value) {
        using T = std::decay_t<decltype(*value)>;
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
          option->capture_default_str()->type_name("N");
        } else if constexpr (std::is_same_v<T, std::optional<int>> ||
                             std::is_same_v<T, std::optional<double>>) {
          option->type_name("N");
        } else if constexpr (!std::is_same_v<T, bool> && !std::is_same_v<T, std::optional<bool>>) {
          if constexpr (std::is_same_v<T, std::string>)
            if (!value->empty()) option->capture_default_str();
          option->type_name(std::is_same_v<T, fs::path> || std::is_same_v<T, std::vector<fs::path>>
                                ? "PATH"
                                : "WORD");
        }
      },
      target);
  if (!option->get_lnames().empty()) {
    const std::string& name = option->get_lnames().front();
    option->envname("CAMEO_" + upper(command_ + "_" + name));
    bound_.push_back({name, [target] {
                        return std::visit([](const auto* value) { return as_setting(*value); },
                                          target);
                      }});
  }
  Flag flag(option, aliases_);
  if (std::holds_alternative<fs::path*>(target) ||
      std::holds_alternative<std::vector<fs::path>*>(target))
    flag.not_empty();
  return flag;
}

void Flags::implies(const std::string& option, const std::string& word,
                    std::vector<NamedSetting> settings) {
  implied_.push_back({option, word, std::move(settings)});
}

void Flags::fill_in_implied() {
  CLI::App& app = parser_->app;
  for (const Implied& implied : implied_) {
    const CLI::Option* given = app.get_option("--" + implied.option);
    if (given->count() == 0 || given->as<std::string>() != implied.word) continue;
    for (const NamedSetting& entry : implied.settings) {
      CLI::Option* option = app.get_option("--" + entry.name);
      if (option->count() > 0) continue;
      for (const std::string& input : as_inputs(entry.value)) option->add_result(input);
      option->run_callback();
    }
  }
}

void Flags::describe() {
  for (CLI::Option* option : parser_->app.get_options()) {
    // CLI11 joins the kind of value and what its validators say of themselves with a colon.
    std::string kind = option->get_expected_max() == 0 ? " " : option->get_type_name();
    if (const auto colon = kind.find(':'); colon == 0)
      kind.erase(0, 1);
    else if (colon != std::string::npos)
      kind = kind.replace(colon, 1, " (") + ")";
    if (!option->get_default_str().empty()) kind += " [" + option->get_default_str() + "]";
    if (option->get_required()) kind += ", required";
    option->option_text(kind);
  }
  parser_->app.footer("Options can also be set in the environment (CAMEO_" + upper(command_) +
                      "_<OPTION>, CAMEO_<OPTION> for those\nof every command) or in the config "
                      "file. The command line overrides the environment, which\noverrides the "
                      "config file.");
}

void Flags::adopt_old_environment() {
  const auto is_set = [](const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    return value != nullptr && *value != '\0';
  };
  for (CLI::Option* option : parser_->app.get_options()) {
    const std::string variable = option->get_envname();
    if (variable.empty() || option->get_lnames().empty() || is_set(variable)) continue;
    const std::string& name = option->get_lnames().front();
    const std::string prefix = variable.substr(0, variable.size() - name.size());
    for (const std::string& old_name : aliases_.old_names(name))
      if (is_set(prefix + upper(old_name))) option->envname(prefix + upper(old_name));
  }
}

void Flags::add_common() {
  CLI::App& app = parser_->app;
  const std::size_t own = bound_.size();
  add("--device", &common_.device, "Device to compute on; auto: a GPU if there is one")
      .words_or_numbered({"auto", "cpu", "cuda"});
  add("--precision", &common_.precision,
      "Precision of matrix products; auto: tf32 on a GPU; on a CPU f32, or in training the faster")
      .words({"auto", "f32", "tf32", "bf16"});
  add("--json", &common_.json, "Print the result as JSON");
  choose("--progress", common_.progress,
         {{"bar", ProgressMode::Bar},
          {"plain", ProgressMode::Plain},
          {"json", ProgressMode::Json},
          {"none", ProgressMode::None}},
         "Progress display on stderr; bar only on a terminal");
  add("--overwrite", &common_.overwrite, "Replace existing output");
  for (std::size_t i = own; i < bound_.size(); ++i)
    app.get_option("--" + bound_[i].name)->envname("CAMEO_" + upper(bound_[i].name));
  for (const char* name : {"--device", "--precision", "--json", "--progress", "--overwrite"})
    app.get_option(name)->group("Every command");
  app.add_flag("--dry-run", common_.dry_run, "Check options and inputs, print all settings, exit")
      ->configurable(false)
      ->group("Every command");
  app.add_flag_callback(
         "-q,--quiet", [this] { common_.verbosity = Verbosity::Quiet; }, "Only warnings and errors")
      ->envname("CAMEO_QUIET")
      ->group("Every command");
  app.add_flag_callback(
         "-v,--verbose", [this] { common_.verbosity = Verbosity::Verbose; }, "More messages")
      ->envname("CAMEO_VERBOSE")
      ->group("Every command");
}

Flags::Parsed Flags::parse(std::span<const std::string> args) {
  CLI::App& app = parser_->app;
  const fs::path config = config_named(args);
  app.set_config("--config", config.string(), "TOML file with settings", !config.empty())
      ->type_name("PATH")
      ->group("Every command");
  describe();
  adopt_old_environment();
  app.config_formatter(std::make_shared<TomlConfig>(app, aliases_, command_, config));
  try {
    line_ = aliases_.rename(args);
    std::vector<std::string> line = line_;
    std::reverse(line.begin(), line.end());
    app.parse(std::move(line));
  } catch (const CLI::Success& help) {
    app.exit(help, std::cout, std::cerr);
    return Parsed::Done;
  } catch (const CLI::FileError&) {
    fail(ErrorCode::Input, config.string(), ": no such config file");
  } catch (const CLI::ExtrasError&) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    const std::string extra = app.remaining().front();
    const bool is_option = extra[0] == '-';
    const std::string meant = is_option ? nearest(extra.substr(0, extra.find('=')), names) : "";
    fail(ErrorCode::Usage, command_, is_option ? ": unknown option " : ": unexpected argument ",
         extra, meant.empty() ? "" : "; did you mean " + meant + "?", " (cameo ", command_,
         " --help lists the options)");
  } catch (const CLI::ParseError& error) {
    fail(ErrorCode::Usage, command_, ": ", error.what(), " (cameo ", command_, " --help)");
  }
  fill_in_implied();
  for (const auto& finish : after_parse_) finish();
  return Parsed::Go;
}

void Flags::check_paths() const {
  for (const fs::path* input : inputs_)
    if (!input->empty()) require_there(*input);
  for (const fs::path* output : outputs_)
    check(output->empty() || common_.overwrite || !holds_something(*output), ErrorCode::Usage,
          output->string(), ": already exists; --overwrite replaces it");
  for (const auto& further : checks_) further();
}

int Flags::guarded(const std::function<int()>& body,
                   const std::function<void(const std::string&)>& report) {
  Exit code = Exit::Failed;
  try {
    return body();
  } catch (const Error& error) {
    report(error.what());
    code = exit_for(error.code());
  } catch (const fs::filesystem_error& error) {
    report(error.path1().string() + ": " + error.code().message());
    code = Exit::Input;
  } catch (const std::bad_alloc&) {
    report(command_ + ": not enough memory; a smaller --batch may fit");
    code = Exit::Device;
  } catch (const std::exception& error) {
    report(command_ + ": " + error.what());
  }
  return static_cast<int>(code);
}

int Flags::run(std::span<const std::string> args, const std::function<Exit(Log&)>& work) {
  add_common();
  Parsed parsed = Parsed::Done;
  const int code = guarded(
      [&] {
        parsed = parse(args);
        if (parsed == Parsed::Go) check_paths();
        return 0;
      },
      [&](const std::string& line) {
        Log(std::cerr, Log::for_stderr(ProgressMode::None, Verbosity::Normal)).error(line);
      });
  if (code != 0 || parsed == Parsed::Done) return code;
  if (common_.dry_run && !works_dry_) {
    std::cout << effective();
    return 0;
  }
  Log log(std::cerr, Log::for_stderr(common_.progress, common_.verbosity));
  catch_interrupts();
  const int result = guarded(
      [&] {
        const Exit done = work(log);
        log.end_progress();
        return interrupted() != 0 ? 128 + interrupted() : static_cast<int>(done);
      },
      [&](const std::string& line) { log.error(line); });
  return result;
}

bool Flags::on_line(const std::string& name) const {
  const CLI::Option* option = parser_->app.get_option("--" + name);
  const auto is_it = [&](const std::string& argument) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool is_short = argument.size() > 1 && argument[0] == '-' && argument[1] != '-';
    return is_short ? option->check_sname(argument.substr(1, 1)) : word == "--" + name;
  };
  return std::any_of(line_.begin(), line_.end(), is_it);
}

std::string Flags::effective() const {
  std::vector<NamedSetting> settings;
  for (const Bound& bound : bound_) {
    Setting value = bound.value();
    const auto* word = std::get_if<std::string>(&value);
    const auto* words = std::get_if<std::vector<std::string>>(&value);
    if ((word != nullptr && word->empty()) || (words != nullptr && words->empty())) continue;
    settings.push_back({bound.name, std::move(value)});
  }
  return config_text(command_, settings);
}

fs::path Flags::settings_beside(const fs::path& result, const std::string& command) {
  const std::string suffix = command + ".toml";
  const std::string name = result.filename().string();
  if (fs::is_directory(result)) return result / suffix;
  return result.parent_path() / (shortened_name(name, suffix.size() + 1) + "." + suffix);
}

void Flags::save_beside(const fs::path& result) const {
  write_text(settings_beside(result, command_), "# cameo " CAMEO_VERSION "\n" + effective());
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

#include "base/stopwatch.h"

namespace cameo {

/// How progress is shown on stderr. Bar becomes Plain where stderr is no terminal.
enum class ProgressMode { Bar, Plain, Json, None };

/// Which messages are written: warnings and errors, also what happens, also details.
enum class Verbosity { Quiet, Normal, Verbose };

/// Messages and progress of a command, on stderr: everything it writes besides its result. One
/// writer, so that a message never breaks into a progress bar. Threads may share it.
class Log {
 public:
  struct Options {
    ProgressMode progress = ProgressMode::Bar;
    Verbosity verbosity = Verbosity::Normal;
    bool terminal = false;  ///< whether `to` is one: bars and colours only there
    bool colour = false;
    double (*clock)() = steady_seconds;
  };

  Log(std::ostream& to, Options options);
  /// For stderr: whether it is a terminal, and colours unless NO_COLOR or TERM=dumb forbid them.
  static Options for_stderr(ProgressMode progress, Verbosity verbosity);

  void info(std::string_view line);    ///< unless quiet
  void detail(std::string_view line);  ///< only when verbose
  void warn(std::string_view line);    ///< always
  void error(std::string_view line);   ///< always; `cameo: error: ...`

  /// Progress of a stage: `done` of `total` items (0: unknown), items a second and time left. The
  /// rate is over all of the stage, which began when the one before it made its last progress or
  /// at start_clock(). An earlier run's items do not count: `done` less one at the first call.
  /// note: what else is worth showing, such as a loss. Writes at most ten times a second on a
  /// terminal, once in ten seconds as plain lines; the first and the last always.
  void progress(std::string_view stage, long done, long total, std::string_view note = {});
  /// The next stage begins now: what was done before it, such as opening a model, does not count.
  void start_clock();
  /// Ends the progress bar's line, if there is one.
  void end_progress();

 private:
  void write_line(std::string_view level, std::string_view line);
  void draw_bar(const std::string& text);
  void clear_bar();

  std::ostream& to_;
  Options options_;
  std::mutex mutex_;
  std::string stage_;
  double stage_begin_ = 0;
  double last_call_ = 0;   ///< when progress was last reported, the next stage's begin
  double last_shown_ = 0;  ///< when it was last written
  long first_ = 0;         ///< items that were done when the stage began, by an earlier run
  bool bar_shown_ = false;
};

}  // namespace cameo

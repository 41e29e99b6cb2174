// SPDX-License-Identifier: MIT
#pragma once
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

namespace cameo {

/// How progress is shown on stderr. Bar becomes Plain where stderr is no terminal.
enum class ProgressMode { Bar, Plain, Json, None };

/// How much is said.
enum class Loudness { Quiet, Normal, Verbose };

/// Everything a command says besides its result: log lines, warnings, progress, the error it ends
/// with. One writer, so that a line never breaks into a bar. Threads may share it.
class Log {
 public:
  struct Options {
    ProgressMode progress = ProgressMode::Bar;
    Loudness loudness = Loudness::Normal;
    bool terminal = false;  ///< whether `to` is one: bars and colours only there
    bool colour = false;
  };

  Log(std::ostream& to, Options options);
  /// stderr, with terminal and colour as found (NO_COLOR and TERM=dumb are honoured).
  static Options for_stderr(ProgressMode progress, Loudness loudness);

  void info(std::string_view line);    ///< unless quiet
  void detail(std::string_view line);  ///< only when verbose
  void warn(std::string_view line);    ///< always
  void error(std::string_view line);   ///< always; `cameo: error: ...`

  /// Shows that `done` of `total` items of `stage` are done; total 0: not known.
  /// note: what else is worth saying, such as a loss. Draws at most ten times a second on a
  /// terminal, once in ten seconds as plain lines; the first and the last always.
  void progress(std::string_view stage, long done, long total, std::string_view note = {});
  /// Ends the bar's line, if there is one.
  void end_progress();

 private:
  void write_line(std::string_view level, std::string_view line);
  void draw_bar(const std::string& text);
  void clear_bar();

  std::ostream& to_;
  Options options_;
  std::mutex mutex_;
  std::string stage_;
  double started_ = 0, drawn_ = 0;
  long first_ = 0;  ///< done when the stage was first heard of: an earlier run's share
  bool bar_shown_ = false;
};

}  // namespace cameo

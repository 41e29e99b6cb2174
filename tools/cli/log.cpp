// SPDX-License-Identifier: MIT
#include "tools/cli/log.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tools/cli/text.h"

namespace cameo {
namespace {

constexpr double kBarEvery = 0.1, kLineEvery = 10;  // seconds

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

/// "12/216, 3.4/s, ETA 1:02"; without a total "12, 3.4/s". fresh: those of `done` that this run did
/// in `elapsed` seconds.
std::string figures(long done, long total, long fresh, double elapsed) {
  std::string text = std::to_string(done);
  if (total > 0) text += "/" + std::to_string(total);
  if (fresh <= 0 || elapsed <= 0) return text;
  const double rate = static_cast<double>(fresh) / elapsed;
  const auto tenths = std::lround(rate * 10);
  text += ", " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "/s";
  if (total > done) text += ", ETA " + human_seconds(static_cast<double>(total - done) / rate);
  if (total == done) text += ", took " + human_seconds(elapsed);
  return text;
}

}  // namespace

Log::Log(std::ostream& to, Options options)
    : to_(to), options_(options), last_call_(options.clock()) {
  if (options_.progress == ProgressMode::Bar && !options_.terminal)
    options_.progress = ProgressMode::Plain;
}

Log::Options Log::for_stderr(ProgressMode progress, Verbosity verbosity) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  const bool plain = no_colour != nullptr && *no_colour != '\0';
  return {progress, verbosity, terminal && !dumb, terminal && !dumb && !plain};
}

void Log::info(std::string_view line) {
  if (options_.verbosity != Verbosity::Quiet) write_line("info", line);
}

void Log::detail(std::string_view line) {
  if (options_.verbosity == Verbosity::Verbose) write_line("detail", line);
}

void Log::warn(std::string_view line) {
  write_line("warning", line);
}

void Log::error(std::string_view line) {
  write_line("error", line);
}

void Log::write_line(std::string_view level, std::string_view line) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  if (options_.progress == ProgressMode::Json && level != "error") {
    to_ << json_text({{"event", "log"}, {"level", level}, {"message", line}}, -1) << std::endl;
    return;
  }
  const bool loud = level == "warning" || level == "error";
  if (loud) {
    const std::string_view paint = level == "error" ? "\033[31m" : "\033[33m";
    to_ << "cameo: " << (options_.colour ? paint : "") << level
        << (options_.colour ? "\033[0m" : "") << ": ";
  }
  to_ << line << std::endl;
}

void Log::progress(std::string_view stage, long done, long total, std::string_view note) {
  if (options_.progress == ProgressMode::None || options_.verbosity == Verbosity::Quiet) return;
  const std::lock_guard lock(mutex_);
  const double time = options_.clock();
  const bool first = stage_ != stage;
  const double every = options_.progress == ProgressMode::Bar ? kBarEvery : kLineEvery;
  if (first) {
    stage_ = stage;
    stage_begin_ = last_call_;
    first_ = std::max(0L, done - 1);
  }
  last_call_ = time;
  if (!first && time - last_shown_ < every && done != total) return;
  last_shown_ = time;
  const double elapsed = time - stage_begin_;
  if (options_.progress == ProgressMode::Json) {
    nlohmann::ordered_json line{
        {"event", "progress"}, {"stage", stage}, {"done", done}, {"seconds", elapsed}};
    if (total > 0) line["total"] = total;
    if (total > done && done > first_)
      line["eta_seconds"] =
          elapsed / static_cast<double>(done - first_) * static_cast<double>(total - done);
    if (!note.empty()) line["note"] = note;
    to_ << json_text(line, -1) << std::endl;
    return;
  }
  std::string text = figures(done, total, done - first_, elapsed);
  if (!note.empty()) text += ", " + std::string(note);
  if (options_.progress == ProgressMode::Plain) {
    to_ << stage_ << ": " << text << std::endl;
    return;
  }
  constexpr std::size_t kCells = 20;
  std::string bar;
  if (total > 0) {
    const auto share = static_cast<double>(done) / static_cast<double>(total);
    const auto filled = std::min(kCells, static_cast<std::size_t>(share * kCells));
    bar = "[" + std::string(filled, '#') + std::string(kCells - filled, '.') + "] ";
  }
  draw_bar(stage_ + " " + bar + text);
}

void Log::start_clock() {
  const std::lock_guard lock(mutex_);
  last_call_ = options_.clock();
}

void Log::draw_bar(const std::string& text) {
  to_ << "\r\033[K" << text.substr(0, terminal_width() - 1) << std::flush;
  bar_shown_ = true;
}

void Log::clear_bar() {
  if (bar_shown_) to_ << "\r\033[K";
  bar_shown_ = false;
}

void Log::end_progress() {
  const std::lock_guard lock(mutex_);
  if (bar_shown_) to_ << std::endl;
  bar_shown_ = false;
  stage_.clear();
  last_call_ = options_.clock();
}

}  // namespace cameo

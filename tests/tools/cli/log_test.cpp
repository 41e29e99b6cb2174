// SPDX-License-Identifier: MIT
#include "tools/cli/log.h"

#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace cameo;

namespace {

std::string said(Log::Options options, void (*speak)(Log&)) {
  std::ostringstream out;
  Log log(out, options);
  speak(log);
  return out.str();
}

void everything(Log& log) {
  log.info("info");
  log.detail("detail");
  log.warn("warning");
  log.error("error");
}

void two_steps(Log& log) {
  log.progress("stage", 1, 2, "note");
  log.progress("stage", 2, 2);
  log.end_progress();
}

}  // namespace

TEST_CASE("quiet says warnings and errors, verbose says details") {
  CHECK(said({.loudness = Loudness::Quiet}, everything) ==
        "cameo: warning: warning\ncameo: error: error\n");
  CHECK(said({}, everything) == "info\ncameo: warning: warning\ncameo: error: error\n");
  CHECK(said({.loudness = Loudness::Verbose}, everything).find("detail\n") != std::string::npos);
}

TEST_CASE("no bar and no escape code goes to what is no terminal") {
  const std::string text = said({.progress = ProgressMode::Bar}, two_steps);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find("stage: 1/2") == 0);
}

TEST_CASE("a bar is drawn over on a terminal and gives way to a log line") {
  const std::string text = said({.progress = ProgressMode::Bar, .terminal = true}, [](Log& log) {
    log.progress("stage", 1, 2);
    log.warn("careful");
    log.progress("stage", 2, 2);
  });
  CHECK(text.find("[##########..........] 1/2") != std::string::npos);
  CHECK(text.find("\r\033[Kcameo: warning: careful\n") != std::string::npos);
  CHECK(text.find("[####################] 2/2") != std::string::npos);
}

TEST_CASE("colour appears only where it is wanted") {
  CHECK(said({.terminal = true, .colour = false}, everything).find("\033[3") == std::string::npos);
  CHECK(said({.terminal = true, .colour = true}, everything).find("\033[31merror") !=
        std::string::npos);
}

TEST_CASE("json progress is one object a line") {
  std::istringstream lines(said({.progress = ProgressMode::Json}, two_steps));
  std::string line;
  REQUIRE(std::getline(lines, line));
  const auto first = nlohmann::json::parse(line);
  CHECK(first["stage"] == "stage");
  CHECK(first["done"] == 1);
  CHECK(first["total"] == 2);
  CHECK(first["note"] == "note");
  REQUIRE(std::getline(lines, line));
  CHECK(nlohmann::json::parse(line)["done"] == 2);
}

TEST_CASE("progress can be switched off, and quiet switches it off") {
  CHECK(said({.progress = ProgressMode::None}, two_steps).empty());
  CHECK(said({.loudness = Loudness::Quiet}, two_steps).empty());
}

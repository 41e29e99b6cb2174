// SPDX-License-Identifier: MIT
#include "tools/cli/log.h"

#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace cameo;

namespace {

double seconds = 0;  ///< what the clock of a test shows

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
  CHECK(said({.verbosity = Verbosity::Quiet}, everything) ==
        "cameo: warning: warning\ncameo: error: error\n");
  CHECK(said({}, everything) == "info\ncameo: warning: warning\ncameo: error: error\n");
  CHECK(said({.verbosity = Verbosity::Verbose}, everything).find("detail\n") != std::string::npos);
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

TEST_CASE("the rate is over all of a stage, its first item included") {
  seconds = 100;
  std::ostringstream out;
  Log log(out, {.progress = ProgressMode::Plain, .clock = [] { return seconds; }});
  seconds = 106;
  log.progress("extracting", 1, 7);
  seconds = 107;
  log.progress("extracting", 7, 7);
  CHECK(out.str() == "extracting: 1/7, 0.2/s, ETA 0:36\nextracting: 7/7, 1.0/s, took 0:07\n");
}

TEST_CASE("neither an earlier run's items nor setting up count for the rate") {
  seconds = 100;
  std::ostringstream out;
  Log log(out, {.progress = ProgressMode::Plain, .clock = [] { return seconds; }});
  seconds = 150;
  log.start_clock();
  seconds = 151;
  log.progress("training", 1001, 1010);
  seconds = 155;
  log.progress("training", 1010, 1010);
  CHECK(out.str() ==
        "training: 1001/1010, 1.0/s, ETA 0:09\ntraining: 1010/1010, 2.0/s, took 0:05\n");
}

TEST_CASE("a stage's time begins where the one before it ended, whatever they are called") {
  seconds = 100;
  std::ostringstream out;
  Log log(out, {.progress = ProgressMode::Plain, .clock = [] { return seconds; }});
  seconds = 110;
  log.progress("training", 1, 1);
  seconds = 112;
  log.progress("converting", 1, 1);
  seconds = 117;
  log.end_progress();
  seconds = 118;
  log.progress("converting", 1, 1);
  CHECK(out.str() ==
        "training: 1/1, 0.1/s, took 0:10\nconverting: 1/1, 0.5/s, took 0:02\n"
        "converting: 1/1, 1.0/s, took 0:01\n");
}

TEST_CASE("lines of progress come ten seconds apart, the first and the last at once") {
  seconds = 0;
  std::ostringstream out;
  Log log(out, {.progress = ProgressMode::Plain, .clock = [] { return seconds; }});
  for (const auto& [at, done] : {std::pair{1, 1}, {10, 2}, {11, 3}, {12, 4}}) {
    seconds = at;
    log.progress("extracting", done, 4);
  }
  CHECK(out.str().find(": 1/4") != std::string::npos);
  CHECK(out.str().find(": 2/4") == std::string::npos);
  CHECK(out.str().find(": 3/4") != std::string::npos);
  CHECK(out.str().find(": 4/4") != std::string::npos);
}

TEST_CASE("progress can be switched off, and quiet switches it off") {
  CHECK(said({.progress = ProgressMode::None}, two_steps).empty());
  CHECK(said({.verbosity = Verbosity::Quiet}, two_steps).empty());
}

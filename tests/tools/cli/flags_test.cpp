// SPDX-License-Identifier: MIT
#include "tools/cli/flags.h"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/programs.h"

using namespace cameo;
using cameo::test::Scratch;
using cameo::test::write_text;

namespace {

enum class Colour { Red, Blue };

/// A command with one option of each kind, as the tests see it after a run.
struct Sample {
  int batch = 64;
  double rate = 0.5, learning_rate = 1;
  Colour colour = Colour::Red;
  std::string device, preset;
  bool whole = false;
  std::optional<bool> sound;
  std::string mode;
  std::vector<std::string> names;
  std::filesystem::path input, output;
  bool worked = false;
  std::string effective;

  int run(const std::vector<std::string>& args) {
    Flags flags("sample", "A sample.");
    flags.add("-b,--batch", &batch, "Faces").range(1, 100);
    flags.add("--rate", &rate, "Speed");
    flags.choose("--colour", colour, {{"red", Colour::Red}, {"blue", Colour::Blue}}, "Colour");
    flags.add("-f,--names", &names, "Names");
    flags.add("-i,--input", &input, "Input");
    flags.add("-o,--output", &output, "Output");
    flags.add("--preset", &preset, "Settings that go together").words({"article", "none"});
    flags.implies("preset", "article",
                  {{"batch", std::int64_t{1}}, {"colour", "blue"}, {"whole", true}});
    flags.add("--whole", &whole, "Whole").old_name("entire");
    flags.add("--sound", &sound, "Sound");
    flags.add("--learning-rate", &learning_rate, "Learning rate")
        .old_name("speed")
        .old_name("pace");
    flags.add("--mode", &mode, "Mode").words({"reference", "fast"}).word("faithful", "reference");
    flags.needs(input);
    flags.makes(output);
    return flags.run(args, [&](Log&) {
      worked = true;
      device = flags.common().device;
      effective = flags.effective();
      return Exit::Ok;
    });
  }
};

/// Sets a variable of the environment for as long as it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("an option keeps its default when nobody speaks") {
  Sample sample;
  CHECK(sample.run({}) == 0);
  CHECK(sample.batch == 64);
  CHECK(sample.colour == Colour::Red);
  CHECK(sample.device == "auto");
}

TEST_CASE("what a word implies fills in what nobody else says") {
  Sample plain, other, sample;
  CHECK(other.run({"--preset", "none"}) == 0);
  CHECK(other.batch == 64);
  CHECK(sample.run({"--preset=article"}) == 0);
  CHECK(sample.batch == 1);
  CHECK(sample.colour == Colour::Blue);
  CHECK(sample.whole);
  CHECK(cameo::test::contains(sample.effective, "batch = 1\n"));

  const Scratch folder;
  write_text(folder / "c.toml", "[sample]\nbatch = 3\npreset = 'article'\n");
  const Environment colour("CAMEO_SAMPLE_COLOUR", "red");
  Sample spoken;
  CHECK(spoken.run({"--config", (folder / "c.toml").string()}) == 0);
  CHECK(spoken.batch == 3);
  CHECK(spoken.colour == Colour::Red);
  CHECK(spoken.whole);
  CHECK(plain.run({}) == 0);
  CHECK_FALSE(plain.whole);
}

TEST_CASE("an option's old names work on the line, in the environment and in config files") {
  Sample line;
  CHECK(line.run({"--speed", "2", "--entire", "--mode=faithful"}) == 0);
  CHECK(line.learning_rate == 2);
  CHECK(line.whole);
  CHECK(line.mode == "reference");
  CHECK(cameo::test::contains(line.effective, "learning-rate = 2.0\n"));
  CHECK_FALSE(cameo::test::contains(line.effective, "speed"));

  Sample both;
  CHECK(both.run({"--speed=2", "--learning-rate=3", "--pace=4"}) == 0);
  CHECK(both.learning_rate == 4);

  const Scratch folder;
  write_text(folder / "old.toml", "speed = 5\nmode = 'faithful'\n");
  write_text(folder / "both.toml", "speed = 5\n[sample]\nlearning-rate = 6\n");
  Sample old_file, both_file;
  CHECK(old_file.run({"--config", (folder / "old.toml").string()}) == 0);
  CHECK(old_file.learning_rate == 5);
  CHECK(old_file.mode == "reference");
  CHECK(both_file.run({"--config", (folder / "both.toml").string()}) == 0);
  CHECK(both_file.learning_rate == 6);

  const Environment old_variable("CAMEO_SAMPLE_PACE", "7");
  Sample environment, stronger;
  CHECK(environment.run({"--config", (folder / "both.toml").string()}) == 0);
  CHECK(environment.learning_rate == 7);
  const Environment variable("CAMEO_SAMPLE_LEARNING_RATE", "8");
  CHECK(stronger.run({}) == 0);
  CHECK(stronger.learning_rate == 8);
}

TEST_CASE("help shows no old name and no old word") {
  std::ostringstream out;
  std::streambuf* const before = std::cout.rdbuf(out.rdbuf());
  Sample sample;
  const int code = sample.run({"--help"});
  std::cout.rdbuf(before);
  CHECK(code == 0);
  CHECK(cameo::test::contains(out.str(), "--learning-rate"));
  for (const char* old : {"--speed", "--pace", "--entire", "faithful"})
    CHECK_FALSE(cameo::test::contains(out.str(), old));
}

TEST_CASE("the command line beats the environment, which beats the config file") {
  const Scratch folder;
  write_text(folder / "c.toml",
             "device = 'cpu'\nbatch = 2\n[sample]\nbatch = 3\nrate = 0.25\n[train]\nx = 1\n");
  const std::string config = (folder / "c.toml").string();

  Sample file;
  CHECK(file.run({"--config", config}) == 0);
  CHECK(file.batch == 3);
  CHECK(file.rate == doctest::Approx(0.25));
  CHECK(file.device == "cpu");

  const Environment batch("CAMEO_SAMPLE_BATCH", "4");
  Sample environment;
  CHECK(environment.run({"--config=" + config}) == 0);
  CHECK(environment.batch == 4);
  CHECK(environment.rate == doctest::Approx(0.25));

  Sample line;
  CHECK(line.run({"-b", "5", "--config", config}) == 0);
  CHECK(line.batch == 5);
}

TEST_CASE("the environment alone sets words, lists of one and the config file") {
  const Scratch folder;
  write_text(folder / "c.toml", "[sample]\nrate = 2\nnames = ['x', 'y']\n");
  const Environment config("CAMEO_CONFIG", (folder / "c.toml").c_str());
  const Environment colour("CAMEO_SAMPLE_COLOUR", "blue");
  const Environment device("CAMEO_DEVICE", "cpu");
  Sample sample;
  CHECK(sample.run({}) == 0);
  CHECK(sample.rate == 2);
  CHECK(sample.colour == Colour::Blue);
  CHECK(sample.device == "cpu");
  CHECK(sample.names == std::vector<std::string>{"x", "y"});
}

TEST_CASE("the settings in force, fed back as a config file, yield the same settings") {
  const Scratch folder;
  Sample first;
  CHECK(first.run({"-b", "7", "--colour", "blue", "-f", "anna", "b c"}) == 0);
  write_text(folder / "again.toml", first.effective);
  Sample second;
  CHECK(second.run({"--config", (folder / "again.toml").string()}) == 0);
  CHECK(second.batch == 7);
  CHECK(second.colour == Colour::Blue);
  CHECK(second.names == std::vector<std::string>{"anna", "b c"});
  CHECK(second.effective == first.effective);
}

TEST_CASE("a wrong word on the line is a usage error and nothing runs") {
  for (const std::vector<std::string>& args : {std::vector<std::string>{"--bathc", "3"},
                                               {"--batch", "many"},
                                               {"--batch", "0"},
                                               {"--batch", "101"},
                                               {"--colour", "green"},
                                               {"stray"},
                                               {"--batch"},
                                               {"--input", ""},
                                               {"--output="},
                                               {"--config", ""},
                                               {"--config="},
                                               {"--device", "gpu"}}) {
    Sample sample;
    CHECK(sample.run(args) == static_cast<int>(Exit::Usage));
    CHECK_FALSE(sample.worked);
  }
}

TEST_CASE("a config file that is missing is an input error, one with a wrong key a usage error") {
  const Scratch folder;
  write_text(folder / "key.toml", "[sample]\nbacth = 3\n");
  write_text(folder / "syntax.toml", "[sample\n");
  write_text(folder / "kind.toml", "[sample]\nbatch = 2020-01-01\n");
  Sample sample;
  CHECK(sample.run({"--config", (folder / "none.toml").string()}) == 3);
  CHECK(sample.run({"--config", (folder / "key.toml").string()}) == 2);
  CHECK(sample.run({"--config", (folder / "syntax.toml").string()}) == 2);
  CHECK(sample.run({"--config", (folder / "kind.toml").string()}) == 2);
  CHECK_FALSE(sample.worked);
}

TEST_CASE("a missing input stops a command before it starts") {
  const Scratch folder;
  Sample sample;
  CHECK(sample.run({"-i", (folder / "none").string()}) == static_cast<int>(Exit::Input));
  CHECK_FALSE(sample.worked);
}

TEST_CASE("an output that is there is replaced only when asked") {
  const Scratch folder;
  write_text(folder / "done.png", "x");
  const std::string file = (folder / "done.png").string();
  Sample sample;
  CHECK(sample.run({"-o", file}) == static_cast<int>(Exit::Usage));
  CHECK(sample.run({"-o", folder.path().string()}) == static_cast<int>(Exit::Usage));
  CHECK_FALSE(sample.worked);
  CHECK(sample.run({"-o", file, "--overwrite"}) == 0);
  CHECK(sample.worked);
  std::filesystem::create_directory(folder / "empty");
  CHECK(Sample().run({"-o", (folder / "empty").string()}) == 0);
}

TEST_CASE("a dry run checks but does not work") {
  Sample sample;
  CHECK(sample.run({"--dry-run", "-q"}) == 0);
  CHECK_FALSE(sample.worked);
  CHECK(sample.run({"--dry-run", "-i", "/no/such/place"}) == 3);
}

TEST_CASE("each fault of the library has its exit code") {
  const std::pair<ErrorCode, int> table[] = {{ErrorCode::Failed, 1}, {ErrorCode::Usage, 2},
                                             {ErrorCode::Input, 3},  {ErrorCode::NoFace, 4},
                                             {ErrorCode::Device, 5}, {ErrorCode::Format, 6}};
  for (const auto& [fault, code] : table) {
    Flags flags("sample", "A sample.");
    const int got = flags.run({}, [f = fault](Log&) -> Exit { fail(f, "thrown on purpose"); });
    CHECK(got == code);
  }
}

TEST_CASE("what else is thrown, and what failed in part, has its exit code") {
  Flags memory("sample", "A sample.");
  CHECK(memory.run({}, [](Log&) -> Exit { throw std::bad_alloc(); }) == 5);
  Flags file("sample", "A sample.");
  CHECK(file.run({}, [](Log&) -> Exit {
    return std::filesystem::exists(std::string(300, 'n')) ? Exit::Ok : Exit::Failed;
  }) == 3);
  Flags other("sample", "A sample.");
  CHECK(other.run({}, [](Log&) -> Exit { throw std::runtime_error("any"); }) == 1);
  Flags partial("sample", "A sample.");
  CHECK(partial.run({}, [](Log&) { return Exit::Partial; }) == 7);
}

TEST_CASE("the settings in force are saved in a folder, or beside a file") {
  const Scratch folder;
  write_text(folder / "clip.mp4", "x");
  Flags flags("sample", "A sample.");
  int batch = 12;
  flags.add("--batch", &batch, "Faces");
  CHECK(flags.run({}, [&](Log&) {
    flags.save_beside(folder.path());
    flags.save_beside(folder / "clip.mp4");
    return Exit::Ok;
  }) == 0);
  CHECK(cameo::test::text_of(folder / "sample.toml").find("batch = 12") != std::string::npos);
  CHECK(std::filesystem::exists(folder / "clip.mp4.sample.toml"));
}

TEST_CASE("an optional switch is on, off, or not given") {
  const auto sound = [](const std::vector<std::string>& args) {
    Sample sample;
    CHECK(sample.run(args) == 0);
    return sample.sound;
  };
  CHECK(sound({}) == std::nullopt);
  CHECK(sound({"--sound"}) == true);
  CHECK(sound({"--sound=false"}) == false);
  CHECK(Sample().run({"--sound=maybe"}) == 2);
  const Scratch scratch;
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{}, {"--sound"}, {"--sound=false"}}) {
    Sample sample;
    REQUIRE(sample.run(args) == 0);
    write_text(scratch / "again.toml", sample.effective);
    CHECK(sound({"--config", (scratch / "again.toml").string()}) == sample.sound);
  }
}

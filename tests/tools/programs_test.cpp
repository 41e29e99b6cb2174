// SPDX-License-Identifier: MIT
#include "tests/support/programs.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "kernels/system_info.h"
#include "model/file/model_file.h"
#include "model/net/autoencoder.h"
#include "model/net/graphs.h"
#include "model/net/presets.h"
#include "model/train/recipe.h"
#include "tools/commands.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::Outcome;
using cameo::test::run_shell;
using cameo::test::Scratch;
using cameo::test::write_text;

namespace {

Outcome shell(const std::string& line) {
  return run_shell(line, ".");
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

/// Whether it failed as it should: with this code, nothing on stdout, one line on stderr.
bool fails_with(const Outcome& outcome, int code) {
  return outcome.code == code && outcome.out.empty() && is_one_line(outcome.err) &&
         outcome.err.rfind("cameo: error: ", 0) == 0;
}

}  // namespace

TEST_CASE("the front door lists every command, and every command has help") {
  const Outcome door = shell("cameo --help");
  CHECK(door.code == 0);
  CHECK(door.err.empty());
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(contains(door.out, "\n  " + command.name + " "));
    const Outcome through = shell("cameo " + command.name + " --help");
    CHECK(through.code == 0);
    CHECK(contains(through.out, "--config"));
    CHECK_FALSE(contains(through.out, "(Env:"));
    CHECK(shell("cameo-" + command.name + " --help").out == through.out);
    CHECK(shell("cameo help " + command.name).out == through.out);
    CHECK(contains(shell("cameo " + command.name + " --version").out, "cameo " CAMEO_VERSION));
  }
}

TEST_CASE("the system shows a command's process under the name it was started by") {
  const auto name_of = [](const std::string& program) {
    const Scratch folder;
    // Opening the pipe waits until the program reads its settings from it.
    // The variable is set once a program has started itself anew (let_idle_threads_sleep).
    const std::string script =
        "unset OMP_WAIT_POLICY; mkfifo settings; " + program +
        " light --config settings >words & exec 3>settings; cat /proc/$!/comm; "
        "exec 3>&-; kill $!";
    return run_shell("timeout 30 sh -c '" + script + "'", folder.path()).out;
  };
  CHECK(name_of("cameo-info") == "cameo-info\n");
  CHECK(name_of("cameo info") == "cameo\n");
}

TEST_CASE("a command that is none is a usage error that names the nearest") {
  const Outcome wrong = shell("cameo trian");
  CHECK(fails_with(wrong, 2));
  CHECK(contains(wrong.err, "did you mean train?"));
  const Outcome nothing = shell("cameo");
  CHECK(nothing.code == 2);
  CHECK(nothing.out.empty());
  CHECK(contains(nothing.err, "usage: cameo COMMAND"));
}

TEST_CASE("the presets have the sizes they are known by") {
  const std::pair<const char*, int> table[] = {{"original", 82062470}, {"lowmem", 60565126}};
  for (const auto& [name, parameters] : table) {
    const Outcome json = shell(std::string("cameo info --json ") + name);
    REQUIRE(json.code == 0);
    const auto info = nlohmann::json::parse(json.out);
    CHECK(info["parameters"] == parameters);
    std::int64_t sum = 0;
    for (const auto& tensor : info["tensors"]) sum += tensor["elements"].get<std::int64_t>();
    CHECK(sum == parameters);
  }
  CHECK(contains(shell("cameo info original").out, "parameters: 82,062,470"));
  CHECK(contains(shell("cameo info light --program").out, "encoder.down1.weight"));
}

TEST_CASE("a preset's learning rate and memory of training are those of its recipe") {
  const auto info = nlohmann::json::parse(shell("cameo info light --json -b 2").out);
  const Recipe recipe = *recipe_of_preset("light");
  CHECK(info["learning_rate"] == recipe.rate);
  Exec exec = Cpu();
  ParamStore params(exec);
  const Network network = preset("light").network;
  network.declare(params);
  const auto& memory = info["training_memory"];
  const auto held = 4 * sizeof(float) * static_cast<std::size_t>(params.floats());
  CHECK(memory["weights_gradients_moments_bytes"] == held);
  const double activations = memory["activations_bytes"];
  CHECK(memory["sum_bytes"] == static_cast<double>(held) + activations);
  const auto with_dssim = [&](double dssim) {
    return static_cast<double>(joint_memory(exec, params, network, {.dssim = dssim}, 2).total());
  };
  CHECK(activations > with_dssim(0));
  CHECK(activations == doctest::Approx(with_dssim(recipe.dssim)).epsilon(1e-3));
}

TEST_CASE("the memory of training grows with the batch") {
  const auto bytes = [](const char* batch) {
    const auto info =
        nlohmann::json::parse(shell(std::string("cameo info light --json -b ") + batch).out);
    return info["training_memory"]["sum_bytes"].get<double>();
  };
  CHECK(bytes("2") > bytes("1"));
}

TEST_CASE("the memory of a batch that no machine holds is told without taking it") {
  const Outcome json = shell("cameo info original --json -b 4096");
  REQUIRE(json.code == 0);
  const auto memory = nlohmann::json::parse(json.out)["training_memory"];
  CHECK(memory["sum_bytes"].get<double>() > 1e11);
}

TEST_CASE("a model's backup is shown as what it holds, whatever it is called") {
  const Scratch folder;
  Exec exec = Cpu();
  ParamStore params(exec);
  const Network network = autoencoder(
      {.size = 16, .down = {4}, .latent = 4, .inner = 4, .up = {4}, .decoder = {4, 4, 4}});
  network.declare(params);
  params.allocate(/*with_gradients=*/false);
  save_weights(folder / "model.safetensors.bak1", "tiny", network, params);
  const Outcome json = run_shell("cameo info --json model.safetensors.bak1", folder.path());
  REQUIRE(json.code == 0);
  const auto info = nlohmann::json::parse(json.out);
  CHECK(info["metadata"]["network"] == "autoencoder");
  CHECK(info["parameters"] == network.parameters());
  CHECK(info["model"]["face_size"] == 16);
  CHECK(info["model"]["latent_statistics"] == "none");
  CHECK_FALSE(info["model"].contains("encoder"));  // weights alone do not say how they are trained
}

TEST_CASE("info says what is wrong with what it cannot show") {
  const Scratch folder;
  write_text(folder / "notes.txt", "hello");
  write_text(folder / "broken.safetensors", "hello");
  CHECK(fails_with(run_shell("cameo info orignal", folder.path()), 3));
  CHECK(fails_with(run_shell("cameo info notes.txt", folder.path()), 6));
  CHECK(fails_with(run_shell("cameo info broken.safetensors", folder.path()), 6));
  CHECK(fails_with(run_shell("cameo info", folder.path()), 2));
}

TEST_CASE("doctor tells the machine in JSON and in words") {
  const Outcome json = shell("cameo doctor --json");
  REQUIRE(json.code == 0);
  const auto found = nlohmann::json::parse(json.out);
  CHECK(found["version"] == CAMEO_VERSION);
  CHECK(found["cpu"]["cores"] >= 1);
  CHECK(found["memory"]["bytes"] > 0);
  CHECK(found["devices"][0]["name"] == "cpu");
  CHECK(found["libraries"][0]["name"] == "oneDNN");
  const Outcome words = shell("cameo-doctor");
  CHECK(contains(words.out, "oneDNN"));
  CHECK(contains(words.out, "devices"));
}

TEST_CASE("with no GPU in sight: cuda ends with a word on it, auto goes on on the CPU") {
  const Scratch folder;
  const std::string none = "CUDA_VISIBLE_DEVICES= ";  // hides those there may be
  const auto found =
      nlohmann::json::parse(run_shell(none + "cameo doctor --json", folder.path()).out);
  CHECK(found["devices"].size() == 1);
  const std::string why = found["cuda"]["why_none"];
  CHECK_FALSE(why.empty());
  write_text(folder / "m", "");
  write_text(folder / "x", "");
  const auto predict = [&](const std::string& wish) {
    return run_shell(none + "cameo predict m x -o y " + wish, folder.path());
  };
  CHECK(fails_with(predict("--device cuda"), 5));
  CHECK(contains(predict("--device cuda").err, "cuda"));
  CHECK(fails_with(predict("--device cuda:1"), 5));
  CHECK(fails_with(predict("--device cuda:x"), 2));
  CHECK(fails_with(predict("--device cpu --precision tf32"), 2));
  const Outcome narrow = predict("--device cpu --precision bf16");
  CHECK(narrow.code == (has_bf16_products() ? 6 : 2));  // 6: x is no image
  CHECK(predict("--device auto").code == 6);
}

TEST_CASE("doctor knows the folder of model files from the environment") {
  const Scratch folder;
  const Outcome own =
      run_shell("CAMEO_MODELS='" + folder.path().string() + "' cameo doctor --json", folder.path());
  CHECK(nlohmann::json::parse(own.out)["models"]["folder"] == folder.path().string());
  const Outcome cache =
      run_shell("unset CAMEO_MODELS; XDG_CACHE_HOME=/c cameo doctor --json", folder.path());
  CHECK(nlohmann::json::parse(cache.out)["models"]["folder"] == "/c/cameo/models");
}

TEST_CASE("doctor tells a model file that was cut") {
  const Scratch folder;
  const std::string name = "mmod_human_face_detector.dat";
  write_text(folder / name, "cut");
  const std::string doctor = "CAMEO_MODELS='" + folder.path().string() + "' cameo doctor";
  const Outcome json = run_shell(doctor + " --json", folder.path());
  for (const auto& file : nlohmann::json::parse(json.out)["models"]["files"])
    if (file["name"] == name) CHECK(contains(file["problem"], "3 bytes instead of 729940"));
  CHECK(contains(run_shell(doctor, folder.path()).out, "damaged  " + name));
}

TEST_CASE("a reference that is not there is named before any work") {
  const Scratch folder;
  write_text(folder / "in.png", "");
  for (const std::string option : {"--wanted", "--unwanted"}) {
    const Outcome outcome =
        run_shell("cameo extract -i in.png -o out --dry-run " + option + " none", folder.path());
    CHECK(fails_with(outcome, 3));
    CHECK(contains(outcome.err, "none: no such file or folder"));
  }
}

TEST_CASE("training refuses folders that are missing or hold no faces") {
  const Scratch folder;
  for (const char* name : {"empty", "empty_b"}) std::filesystem::create_directory(folder / name);
  CHECK(fails_with(run_shell("cameo train -A none -B none -m m", folder.path()), 3));
  const Outcome empty = run_shell("cameo train -A empty -B empty_b -m m", folder.path());
  CHECK(empty.code == 3);
  CHECK(contains(empty.err, "cameo: error: "));
  CHECK(fails_with(run_shell("cameo train -A empty -B empty_b -m m -t huge", folder.path()), 2));
  CHECK_FALSE(std::filesystem::exists(folder / "m" / "model.safetensors"));
}

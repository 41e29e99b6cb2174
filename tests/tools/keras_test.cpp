// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/model/drawn_batches.h"
#include "tests/model/keras/keras_files.h"
#include "tests/support/programs.h"

using cameo::test::contains;
using cameo::test::Outcome;
using cameo::test::run_shell;
using cameo::test::Scratch;
using cameo::test::ThreeFiles;
namespace fs = std::filesystem;

TEST_CASE("import takes a folder of Keras files, and a dry run only tells what it would do") {
  const ThreeFiles files;
  const Scratch scratch;
  const std::string from = "'" + files.path().string() + "'";
  const Outcome dry = run_shell("cameo import --dry-run " + from + " -m model", scratch.path());
  CHECK(dry.code == 0);
  CHECK(contains(dry.out, "encoder.h5: Keras 2.1.2, tensorflow, 14 arrays"));
  CHECK(contains(dry.out,
                 "dense_1    /dense_1/dense_1/kernel:0      [20,7]      "
                 "encoder.dense1.weight  ok\n"));
  CHECK(contains(dry.err, "nothing written"));
  CHECK(fs::is_empty(scratch.path()));

  const Outcome done = run_shell("cameo import " + from + " -m model", scratch.path());
  CHECK(done.code == 0);
  CHECK(done.out == dry.out);
  CHECK(contains(done.err, "custom network (size=32 "));
  CHECK(fs::exists(scratch / "model/model.safetensors"));
  CHECK(run_shell("cameo import " + from + " -m model", scratch.path()).code == 2);

  const Outcome json =
      run_shell("cameo import --json --overwrite " + from + " -m model", scratch.path());
  const auto all = nlohmann::json::parse(json.out);
  CHECK(all["arrays"].size() == 30);
  CHECK(all["arrays"][8]["shape"] == nlohmann::json{20, 7});
  CHECK(all["files"][2]["writer"] == "Keras 2.1.2, tensorflow");
}

TEST_CASE("import says what is wrong by its exit code and one line, and writes nothing") {
  const ThreeFiles files;
  const Scratch scratch;
  const auto run = [&](const std::string& options) {
    return run_shell("cameo import " + options, files.path());
  };
  const std::string model = "-m " + (scratch / "model").string();
  CHECK(run(".").code == 2);
  CHECK(run("none.h5 " + model).code == 3);
  CHECK(run(". --flip " + model).code == 2);
  const Outcome twice = run(". --decoder-b decoder_A.h5 " + model);
  CHECK(twice.code == 6);
  CHECK(contains(twice.err, "holds one decoder"));
  fs::remove(files / "decoder_A.h5");
  const Outcome missing = run(". " + model);
  CHECK(missing.code == 3);
  CHECK(contains(missing.err, "no file for decoder_A beside encoder.h5, decoder_B.h5"));
  CHECK(fs::is_empty(scratch.path()));
}

TEST_CASE("an imported model predicts, and is exported in both formats") {
  const ThreeFiles files;
  const Scratch scratch;
  const auto run = [&](const std::string& line) {
    return run_shell("cameo " + line, scratch.path());
  };
  REQUIRE(run("import -q -m model '" + files.path().string() + "'").code == 0);
  const Outcome drawn =
      run("predict model '" CAMEO_GOLDEN "/keras/io.safetensors' -o y.safetensors");
  CHECK(drawn.code == 0);
  CHECK(contains(drawn.out, "z, y_a and y_b of 1 faces"));
  CHECK(contains(run("info y.safetensors").out, "y_b     [1,32,32,3]"));
  CHECK(run("predict model model/model.safetensors -o z.safetensors").code == 6);
  CHECK(run("export -m model -o keras").out ==
        "keras/encoder.h5\nkeras/decoder_A.h5\nkeras/decoder_B.h5\n");
  CHECK(run("export -m model -o keras --format keras-v3 --overwrite").code == 0);
  CHECK(run("import keras -m again").code == 3);  // two files for each part
  CHECK(run("import -q -m again --encoder keras/encoder.h5 --decoder-a keras/decoder_A.h5 "
            "--decoder-b keras/decoder_B.weights.h5")
            .code == 0);
  CHECK(run_shell("cmp model/model.safetensors again/model.safetensors", scratch.path()).code == 0);
}

TEST_CASE("the preset article sets what the article's training did, unless told otherwise") {
  const ThreeFiles files;
  const Scratch scratch;
  fs::create_directory(scratch / "faces");
  const auto settings = [&](const std::string& more) {
    return run_shell("cameo train -A faces -B faces -m model -t article --dry-run " + more,
                     scratch.path())
        .out;
  };
  const std::string all = settings("");
  for (const char* line : {"batch = 1\n", "mode = 'alternate'\n", "reference = true\n",
                           "save-interval = 100\n", "preset = 'article'\n"})
    CHECK_MESSAGE(contains(all, line), all);
  const std::string other = settings("-b 16 --mode joint");
  CHECK(contains(other, "batch = 16\n"));
  CHECK(contains(other, "mode = 'joint'\n"));
  CHECK(contains(other, "reference = true\n"));
}

TEST_CASE("train loses on given batches what another program can be compared with") {
  const ThreeFiles files;
  const Scratch scratch;
  const auto run = [&](const std::string& line) {
    return run_shell("cameo " + line, scratch.path());
  };
  REQUIRE(run("import -q -m model '" + files.path().string() + "'").code == 0);
  cameo::test::DrawnBatches(2, 1, 32).write(scratch / "batches.safetensors");
  const std::string line = "train -m model --mode alternate --batches batches.safetensors ";
  const Outcome done = run(line + "--losses losses.safetensors");
  CHECK(done.out == "losses.safetensors: losses of 2 steps\n");
  CHECK(contains(run("info losses.safetensors").out, "losses  [2,2]"));
  CHECK(run(line + "--losses losses.safetensors").code == 2);  // is there already
  CHECK(contains(run(line).err, "--batches and --losses go together"));
  CHECK(contains(run(line + "--losses l -A a").err, "either faces of A and B or --batches"));
  CHECK(contains(run("train -m model -A a").err, "needs --faces-a and --faces-b"));
}

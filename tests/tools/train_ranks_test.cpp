// SPDX-License-Identifier: MIT
#include "tools/train_ranks.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/programs.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(const Variables& variables) {
  return [variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

std::optional<RankPlace> rank_in(const Variables& variables) {
  return rank_of(environment(variables));
}

/// "rank/ranks local@master:port"; "" without a place.
std::string place_in_words(const std::optional<RankPlace>& place) {
  if (!place) return {};
  return std::to_string(place->rank) + '/' + std::to_string(place->ranks) + ' ' +
         std::to_string(place->local_rank) + '@' + place->master + ':' +
         std::to_string(place->port);
}

Variables with(Variables variables, const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

const Variables kTorchrun{{"RANK", "5"},
                          {"WORLD_SIZE", "8"},
                          {"LOCAL_RANK", "1"},
                          {"MASTER_ADDR", "gpu7"},
                          {"MASTER_PORT", "1234"}};
const Variables kSlurm{{"SLURM_PROCID", "3"},
                       {"SLURM_STEP_NUM_TASKS", "4"},
                       {"SLURM_LOCALID", "1"},
                       {"SLURM_STEP_NODELIST", "gpu[03-05,9],login1"},
                       {"SLURM_JOB_ID", "1234567"}};
const Variables kOpenMpi{{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};

Common on(const std::string& device) {
  Common common;
  common.device = device;
  return common;
}

/// Faces of two people in a folder.
struct Faces {
  Scratch scratch;
  Faces() {
    draw_faces(scratch / "a", 0, 6);
    draw_faces(scratch / "b", 1, 6);
  }
  Outcome run(const std::string& line) const { return run_shell(line, scratch.path()); }
};

const std::string kTrain = "cameo train -A a -B b -t light --device cpu --precision f32 ";

/// Starts a training by two ranks, waits until it has trained a little, does `then` to it, and ends
/// as it does. $launcher, $first and $second are its processes.
std::string training_and(const std::string& then) {
  return "timeout 120 sh -c '" + kTrain +
         "-m model -b 1 -i 1000000 --ranks 2 & launcher=$!; "
         "until [ -s model/metrics.csv ] && [ $(wc -l <model/metrics.csv) -gt 1 ]; "
         "do sleep 0.1; done; "
         "set -- $(cat /proc/$launcher/task/$launcher/children); first=$1; second=$2; " +
         then + "; wait $launcher; code=$?; kill -0 $first && echo left; exit $code'";
}

}  // namespace

TEST_CASE("a process finds its rank in what torchrun, Slurm and Open MPI set") {
  CHECK(place_in_words(rank_in(kTorchrun)) == "5/8 1@gpu7:1234");
  CHECK(place_in_words(rank_in(kSlurm)) == "3/4 1@gpu03:24567");
  CHECK(place_in_words(rank_in(kOpenMpi)) == "1/2 1@127.0.0.1:29500");
  CHECK(place_in_words(rank_in(with(kSlurm, {{"MASTER_ADDR", "ib0"}, {"MASTER_PORT", "7"}}))) ==
        "3/4 1@ib0:7");
  CHECK(place_in_words(rank_in(with(kOpenMpi, kSlurm))) == "3/4 1@gpu03:24567");
  CHECK(place_in_words(rank_in(with(kSlurm, kTorchrun))) == "5/8 1@gpu7:1234");
}

TEST_CASE("a process that no launcher started, or alone, has no rank") {
  CHECK_FALSE(rank_in({}));
  CHECK_FALSE(rank_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}}));
  // As in the script of a Slurm job, before srun.
  CHECK_FALSE(rank_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}));
}

TEST_CASE("a rank that cannot know where to meet, or whose number is none, is told so") {
  const auto said = [](const Variables& variables) {
    return message_of([&] { rank_in(variables); });
  };
  CHECK(contains(said({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), "MASTER_ADDR: not set"));
  CHECK(contains(said(with(kOpenMpi, {{"OMPI_COMM_WORLD_SIZE", "4"}})), "MASTER_ADDR: not set"));
  CHECK(contains(said({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}}),
                 "SLURM_STEP_NODELIST: not set"));
  CHECK(said(with(kTorchrun, {{"RANK", "two"}})) == "RANK: \"two\" is no number");
  CHECK(said(with(kTorchrun, {{"MASTER_PORT", "-1"}})) == "MASTER_PORT: \"-1\" is no number");
}

TEST_CASE("the first node of Slurm's list is one name of it") {
  CHECK(first_node("gpu03") == "gpu03");
  CHECK(first_node("gpu03,gpu04") == "gpu03");
  CHECK(first_node("gpu[03-05,9],login1") == "gpu03");
  CHECK(first_node("gpu[7,9]") == "gpu7");
  CHECK(first_node("rack1-[12]") == "rack1-12");
}

TEST_CASE("--gpus and --ranks start processes, unless a launcher has") {
  CHECK(ranks_to_start({}, {}) == 0);
  CHECK(ranks_to_start({.gpus = 1}, {}) == 0);
  CHECK(ranks_to_start({.gpus = 4}, {}) == 4);
  CHECK(ranks_to_start({.ranks = 3}, {}) == 3);
  CHECK(ranks_to_start({.gpus = 8}, rank_in(kTorchrun)) == 0);
  CHECK(contains(message_of([] { ranks_to_start({.gpus = 4}, rank_in(kTorchrun)); }),
                 "--gpus or --ranks 4, but the launcher has started 8"));
  CHECK(contains(message_of([] { ranks_to_start({.gpus = 2, .ranks = 2}, {}); }), "are one"));
}

TEST_CASE("each rank takes the GPU of its number on its machine, or the CPU if that is asked for") {
  const auto place = rank_in(kTorchrun);
  CHECK(device_of_rank(on("auto"), {.gpus = 8}, place, environment({})).device == "cuda:1");
  CHECK(device_of_rank(on("cuda"), {}, place, environment({})).device == "cuda:1");
  CHECK(device_of_rank(on("cuda"), {}, place, environment({{"CUDA_VISIBLE_DEVICES", "GPU-5"}}))
            .device == "cuda:0");  // its launcher hides others
  CHECK(device_of_rank(on("auto"), {.gpus = 8}, place,
                       environment({{"CUDA_VISIBLE_DEVICES", "GPU-5"}}))
            .device == "cuda:1");
  CHECK(device_of_rank(on("cpu"), {.ranks = 8}, place, environment({})).device == "cpu");
  CHECK(device_of_rank(on("auto"), {}, {}, environment({})).device == "auto");
  CHECK(contains(message_of([&] { device_of_rank(on("auto"), {}, place, environment({})); }),
                 "--device cpu"));
  CHECK(contains(message_of([&] { device_of_rank(on("cuda:0"), {}, place, environment({})); }),
                 "is one GPU"));
  CHECK(
      contains(message_of([&] { device_of_rank(on("cpu"), {.gpus = 8}, place, environment({})); }),
               "--gpus"));
  CHECK(contains(message_of([] { device_of_rank(on("cpu"), {.gpus = 2}, {}, environment({})); }),
                 "--gpus"));
}

TEST_CASE("two processes by one command train what one does with their batches together") {
  const Faces faces;
  const auto result = [&](const std::string& line) {
    const Outcome outcome = faces.run(kTrain + "-i 3 --json -q " + line);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return nlohmann::json::parse(outcome.out);
  };
  const auto one = result("-m one -b 2"), two = result("-m two -b 1 --ranks 2");
  for (const char* loss : {"loss_a", "loss_b"})
    CHECK(two[loss].get<double>() == doctest::Approx(one[loss].get<double>()).epsilon(1e-3));
  CHECK(two["faces_seen"] == one["faces_seen"]);
  CHECK(std::filesystem::exists(faces.scratch / "two" / "preview.png"));
}

TEST_CASE("processes that torchrun would start train together, and only rank 0 speaks") {
  const Faces faces;
  const Outcome both = faces.run(
      "export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=" + std::to_string(free_port()) +
      "; (RANK=1 LOCAL_RANK=1 " + kTrain + "-m model -b 1 -i 2 >second) & RANK=0 LOCAL_RANK=0 " +
      kTrain + "-m model -b 1 -i 2 && wait $!");
  REQUIRE_MESSAGE(both.code == 0, both.err);
  CHECK(contains(both.out, "iteration 2, loss A "));
  CHECK(text_of(faces.scratch / "second").empty());
}

TEST_CASE("a process that is killed ends the others with a message and no checkpoint") {
  const Faces faces;
  // The launcher sees both ended at once: the first by the loss of the second.
  const Outcome lost =
      faces.run(training_and("kill -STOP $launcher; kill -KILL $second; "
                             "until grep -q ^State:.Z /proc/$first/status; do sleep 0.1; done; "
                             "kill -CONT $launcher"));
  CHECK(lost.code == 137);
  CHECK(contains(lost.err, "rank 1 ended with status 137; ending the others"));
  CHECK(contains(lost.err, "ranks: rank 1 is lost, says rank 0"));
  CHECK_FALSE(contains(lost.out, "left"));
  CHECK_FALSE(std::filesystem::exists(faces.scratch / "model" / "model.safetensors"));
}

TEST_CASE("a request to finish reaches all processes once, and what they have learned is saved") {
  const Faces faces;
  const Outcome ended = faces.run(training_and("kill -TERM $launcher"));
  CHECK(ended.code == 143);
  CHECK_FALSE(contains(ended.err, "lost"));
  CHECK_FALSE(contains(ended.out, "left"));
  CHECK(std::filesystem::exists(faces.scratch / "model" / "model.safetensors"));
}

TEST_CASE("processes that differ in their faces are refused before anything is written") {
  const Faces faces;
  draw_faces(faces.scratch / "c", 0, 7);
  const Outcome other = faces.run(
      "export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=" + std::to_string(free_port()) +
      "; (RANK=1 LOCAL_RANK=1 cameo train -A c -B b -t light --device cpu --precision f32 "
      "-m model -b 1 -i 2 2>/dev/null) & RANK=0 LOCAL_RANK=0 " +
      kTrain + "-m model -b 1 -i 2");
  CHECK(other.code == 2);
  CHECK(contains(other.err, "rank 1 begins with"));
  CHECK(contains(other.err, "7 faces of A"));
  CHECK_FALSE(std::filesystem::exists(faces.scratch / "model" / "model.safetensors"));
}

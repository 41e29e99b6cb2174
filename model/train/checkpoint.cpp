// SPDX-License-Identifier: MIT
#include "model/train/checkpoint.h"

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/error.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr char kTuning[] = "tuning.";

std::span<std::byte> bytes_of(std::vector<float>& floats) {
  return std::as_writable_bytes(std::span(floats));
}

/// Calls act(parameter, offset in the Adam's moment block) for each parameter that the Adam
/// updates.
void for_each_moment(const ParamStore& params, const Adam& adam,
                     const std::function<void(const Param&, std::int64_t)>& act) {
  std::int64_t before = 0;
  for (const Range& range : adam.ranges()) {
    for (const Param& p : params.table()) {
      if (p.at >= range.at && p.at < range.at + range.count) act(p, before + p.at - range.at);
    }
    before += range.count;
  }
}

/// "adam_a.m.encoder.down1.weight".
std::string moment_name(const std::string& adam, const char* which, const Param& p) {
  return adam + "." + which + "." + p.name;
}

struct Moments {
  std::vector<float> m, v;
  explicit Moments(const Adam& adam)
      : m(static_cast<std::size_t>(adam.floats())), v(static_cast<std::size_t>(adam.floats())) {}
};

void load_moments(const SafetensorsFile& file, const ParamStore& params, const std::string& name,
                  Adam& adam) {
  Moments host(adam);
  for_each_moment(params, adam, [&](const Param& p, std::int64_t at) {
    const auto begin = static_cast<std::size_t>(at);
    const auto count = static_cast<std::size_t>(p.shape.size());
    file.read(moment_name(name, "m", p), "F32", bytes_of(host.m).subspan(4 * begin, 4 * count));
    file.read(moment_name(name, "v", p), "F32", bytes_of(host.v).subspan(4 * begin, 4 * count));
  });
  adam.write(host.m.data(), host.v.data());
}

/// Host copies of what a checkpoint holds.
class Snapshot {
 public:
  /// The latents of state must outlive the snapshot.
  Snapshot(const fs::path& file, const TrainingState& state, const TrainTensors& learned)
      : tensors_(file, learned.params) {
    moments_.reserve(learned.adams.size());  // the tensors point into it
    for (const auto& [name, adam] : learned.adams) add_moments(learned.params, name, *adam);
    const AdamState clock = learned.clock.read();
    rates_ = {clock.rate, clock.beta1, clock.beta2, clock.epsilon};
    step_ = clock.step;
    tensors_.add({"clock.rates", "F64", {4}, std::as_bytes(std::span(rates_))});
    tensors_.add({"clock.step", "I64", {1}, std::as_bytes(std::span(&step_, 1))});
    tensors_.add_latent_stats("a", state.latents_a);
    tensors_.add_latent_stats("b", state.latents_b);
  }

  const ModelTensors& tensors() const { return tensors_; }

 private:
  void add_moments(const ParamStore& params, const std::string& name, const Adam& adam) {
    Moments& host = moments_.emplace_back(adam);
    adam.read(host.m.data(), host.v.data());
    for_each_moment(params, adam, [&](const Param& p, std::int64_t at) {
      const auto begin = static_cast<std::size_t>(at);
      const auto count = static_cast<std::size_t>(p.shape.size());
      tensors_.add(moment_name(name, "m", p), p.shape, std::span(host.m).subspan(begin, count));
      tensors_.add(moment_name(name, "v", p), p.shape, std::span(host.v).subspan(begin, count));
    });
  }

  ModelTensors tensors_;
  std::vector<Moments> moments_;
  std::array<double, 4> rates_{};
  std::int64_t step_ = 0;
};

Metadata metadata_of(const TrainingState& state) {
  const auto text = [](auto number) { return std::to_string(number); };
  Metadata metadata = network_metadata(state.info.preset, state.info.sizes);
  metadata.insert({{"mode", state.info.mode},
                   {"iteration", text(state.info.iteration)},
                   {"faces_seen", text(state.info.faces_seen)},
                   {"seed", text(state.seed)},
                   {"order_a.pass", text(state.order_a.pass)},
                   {"order_a.at", text(state.order_a.at)},
                   {"order_b.pass", text(state.order_b.pass)},
                   {"order_b.at", text(state.order_b.at)}});
  for (const auto& [operation, algorithm] : state.tuning) metadata[kTuning + operation] = algorithm;
  return metadata;
}

fs::path backup(const fs::path& file, int number) {
  return file.string() + ".bak" + std::to_string(number);
}

/// `file` stays in its place all the while: `kept` is a second name for it.
void keep(const fs::path& file, const fs::path& kept) {
  std::error_code error;
  fs::remove(kept, error);  // of a run that was cut off
  fs::create_hard_link(file, kept, error);
  if (error) fs::copy_file(file, kept);  // file systems without links
}

/// Number 0 becomes number 1 and so on.
void rotate_backups(const fs::path& file, int backups) {
  for (int i = backups; i > 0; --i) {
    if (fs::exists(backup(file, i - 1))) fs::rename(backup(file, i - 1), backup(file, i));
  }
}

}  // namespace

TrainingState read_training_state(const SafetensorsFile& file) {
  TrainingState state{.info = read_model_info(file)};
  if (state.info.mode.empty()) return state;
  state.seed = metadata_integer<std::uint64_t>(file, "seed");
  state.order_a = {metadata_integer<std::uint64_t>(file, "order_a.pass"),
                   metadata_integer<std::uint64_t>(file, "order_a.at")};
  state.order_b = {metadata_integer<std::uint64_t>(file, "order_b.pass"),
                   metadata_integer<std::uint64_t>(file, "order_b.at")};
  for (const auto& [key, algorithm] : file.metadata()) {
    if (key.starts_with(kTuning)) state.tuning[key.substr(sizeof kTuning - 1)] = algorithm;
  }
  return state;
}

void load_train_tensors(const SafetensorsFile& file, const TrainTensors& learned) {
  load_weights(file, learned.params);
  for (const auto& [name, adam] : learned.adams) load_moments(file, learned.params, name, *adam);
  std::array<double, 4> rates{};
  std::int64_t step = 0;
  file.read("clock.rates", "F64", std::as_writable_bytes(std::span(rates)));
  file.read("clock.step", "I64", std::as_writable_bytes(std::span(&step, 1)));
  learned.clock.write(
      {.rate = rates[0], .beta1 = rates[1], .beta2 = rates[2], .epsilon = rates[3], .step = step});
}

void save_checkpoint(const fs::path& file, const TrainingState& state, const TrainTensors& learned,
                     int backups) {
  const Snapshot snapshot(file, state, learned);
  const fs::path kept = backup(file, 0);
  std::error_code ignored;
  try {
    const bool replaces = backups > 0 && fs::exists(file);
    if (replaces) keep(file, kept);
    write_safetensors(file, snapshot.tensors().list(), metadata_of(state));
    if (replaces) rotate_backups(file, backups);
  } catch (const fs::filesystem_error& e) {
    fs::remove(kept, ignored);
    fail(ErrorCode::Input, file.string(), ": cannot keep a backup: ", e.what());
  } catch (...) {
    fs::remove(kept, ignored);
    throw;
  }
}

fs::path newest_checkpoint(const fs::path& file, int backups, std::int64_t iteration) {
  for (int i = 0; i <= backups; ++i) {
    fs::path one = i == 0 ? file : backup(file, i);
    if (fs::exists(one) && read_model_info(one).iteration <= iteration) return one;
  }
  return {};
}

}  // namespace cameo

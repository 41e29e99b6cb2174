// SPDX-License-Identifier: MIT
#include "model/train/checkpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "base/error.h"
#include "model/net/autoencoder.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, std::string>;

constexpr char kTuning[] = "tuning.";

std::vector<std::int64_t> extents(Shape s) {
  return {s.n, s.h, s.w, s.c};
}

std::span<std::byte> bytes_of(std::vector<float>& floats) {
  return std::as_writable_bytes(std::span(floats));
}

const std::string& text_of(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  check(found != file.metadata().end(), ErrorCode::Format, file.path().string(),
        ": not a Cameo model that training can go on from: its metadata has no \"", key, "\"");
  return found->second;
}

template <class Integer>
Integer number_of(const SafetensorsFile& file, const std::string& key) {
  const std::string& text = text_of(file, key);
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  check(error == std::errc() && end == text.data() + text.size(), ErrorCode::Format,
        file.path().string(), ": its metadata \"", key, "\" is no number: ", text);
  return number;
}

void check_shapes(const SafetensorsFile& file, const ParamStore& params) {
  for (const Param& p : params.table())
    check(file.entry(p.name).shape == extents(p.shape), ErrorCode::Format, file.path().string(),
          ": tensor \"", p.name, "\" does not have the shape ", p.shape, " that the preset wants");
}

void fill(const SafetensorsFile& file, ParamStore& params) {
  std::vector<float> host;
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const Param& p = params.table()[row];
    host.resize(static_cast<std::size_t>(p.shape.size()));
    file.read(p.name, "F32", bytes_of(host));
    params.write(static_cast<int>(row), host.data());
  }
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

/// "code.mean_a".
std::string code_name(const char* which, const std::string& side) {
  return std::string("code.") + which + "_" + side;
}

/// Host copies of what a checkpoint holds, and the list of tensors that point into them.
class Snapshot {
 public:
  Snapshot(const fs::path& file, const ParamStore& params) {
    weights_.resize(params.table().size());
    for (std::size_t row = 0; row < weights_.size(); ++row) {
      const Param& p = params.table()[row];
      weights_[row] = params.read(static_cast<int>(row));
      const bool finite = std::all_of(weights_[row].begin(), weights_[row].end(),
                                      [](float w) { return std::isfinite(w); });
      check(finite, file.string(), ": not saved, because ", p.name,
            " holds a number that is not finite; a lower rate may help");
      add(p.name, p, weights_[row]);
    }
  }
  Snapshot(const fs::path& file, const TrainTensors& learned) : Snapshot(file, learned.params) {
    moments_.reserve(learned.adams.size());  // the tensors point into it
    for (const auto& [name, adam] : learned.adams) add_moments(learned.params, name, *adam);
    const AdamState clock = learned.clock.read();
    rates_ = {clock.rate, clock.beta1, clock.beta2, clock.epsilon};
    step_ = clock.step;
    tensors_.push_back({"clock.rates", "F64", {4}, std::as_bytes(std::span(rates_))});
    tensors_.push_back({"clock.step", "I64", {1}, std::as_bytes(std::span(&step_, 1))});
  }
  /// moments must outlive the snapshot.
  void add_code(const std::string& side, const LatentStats& moments) {
    if (!moments) return;
    const auto width = static_cast<std::int64_t>(moments.mean.size());
    tensors_.push_back({code_name("mean", side), "F32", {width}, as_bytes(moments.mean)});
    tensors_.push_back({code_name("deviation", side), "F32", {width}, as_bytes(moments.deviation)});
  }
  ~Snapshot() = default;
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const std::vector<TensorOut>& tensors() const { return tensors_; }

 private:
  static std::span<const std::byte> as_bytes(const std::vector<float>& floats) {
    return std::as_bytes(std::span(floats));
  }
  void add(std::string name, const Param& p, std::span<const float> floats) {
    tensors_.push_back({std::move(name), "F32", extents(p.shape), std::as_bytes(floats)});
  }
  void add_moments(const ParamStore& params, const std::string& name, const Adam& adam) {
    Moments& host = moments_.emplace_back(adam);
    adam.read(host.m.data(), host.v.data());
    for_each_moment(params, adam, [&](const Param& p, std::int64_t at) {
      const auto begin = static_cast<std::size_t>(at);
      const auto count = static_cast<std::size_t>(p.shape.size());
      add(moment_name(name, "m", p), p, std::span(host.m).subspan(begin, count));
      add(moment_name(name, "v", p), p, std::span(host.v).subspan(begin, count));
    });
  }

  std::vector<std::vector<float>> weights_;
  std::vector<Moments> moments_;
  std::array<double, 4> rates_{};
  std::int64_t step_ = 0;
  std::vector<TensorOut> tensors_;
};

Metadata metadata_of(const TrainingState& state) {
  const auto text = [](auto number) { return std::to_string(number); };
  Metadata metadata{{"format", "cameo"},
                    {"preset", state.info.preset},
                    {"sizes", state.info.sizes},
                    {"version", CAMEO_VERSION},
                    {"mode", state.info.mode},
                    {"iteration", text(state.info.iteration)},
                    {"faces_seen", text(state.info.faces_seen)},
                    {"seed", text(state.seed)},
                    {"order_a.pass", text(state.order_a.pass)},
                    {"order_a.at", text(state.order_a.at)},
                    {"order_b.pass", text(state.order_b.pass)},
                    {"order_b.at", text(state.order_b.at)}};
  for (const auto& [operation, way] : state.tuning) metadata[kTuning + operation] = way;
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

fs::path model_file(const fs::path& model) {
  fs::path file = fs::is_directory(model) ? model / kModelFile : model;
  check(fs::exists(file), ErrorCode::Input, file.string(),
        ": no such model; train one with `cameo train -m FOLDER`");
  return file;
}

ModelInfo read_model_info(const SafetensorsFile& file) {
  const Metadata& metadata = file.metadata();
  check(metadata.contains("preset") && file.has("encoder.down1.weight"), ErrorCode::Format,
        file.path().string(), ": not a Cameo model: no preset is named or its weights are missing");
  ModelInfo info{.preset = metadata.at("preset"), .version = text_of(file, "version")};
  if (metadata.contains("sizes")) info.sizes = metadata.at("sizes");
  for (const auto& [name, entry] : file.tensors()) {
    if (!name.starts_with("encoder.") && !name.starts_with("decoder_")) continue;
    info.parameters += static_cast<std::int64_t>((entry.end - entry.begin) / sizeof(float));
  }
  if (!metadata.contains("mode")) return info;
  info.mode = metadata.at("mode");
  info.iteration = number_of<std::int64_t>(file, "iteration");
  info.faces_seen = number_of<std::int64_t>(file, "faces_seen");
  return info;
}

Preset preset_of(const ModelInfo& info) {
  return info.sizes.empty() ? preset(info.preset) : preset_of(info.sizes);
}

void save_weights(const fs::path& file, const Preset& preset, const ParamStore& params) {
  const Snapshot snapshot(file, params);
  write_safetensors(file, snapshot.tensors(),
                    {{"format", "cameo"},
                     {"preset", std::string(preset.name)},
                     {"sizes", sizes_of(preset)},
                     {"version", CAMEO_VERSION}});
}

void load_weights(const SafetensorsFile& file, ParamStore& params) {
  check_shapes(file, params);
  fill(file, params);
}

Preset load_network(const SafetensorsFile& file, ParamStore& params) {
  Preset preset = preset_of(read_model_info(file));
  add_parameters(params, preset);
  check_shapes(file, params);  // sizes that are not the tensors' may ask for any amount of memory
  params.allocate(/*with_gradients=*/false);
  fill(file, params);
  return preset;
}

LatentStats load_latent_stats(const SafetensorsFile& file, const std::string& side) {
  LatentStats moments;
  if (!file.has(code_name("mean", side))) return moments;
  for (auto [which, floats] :
       {std::pair{"mean", &moments.mean}, {"deviation", &moments.deviation}}) {
    const std::vector<std::int64_t>& shape = file.entry(code_name(which, side)).shape;
    check(shape.size() == 1, ErrorCode::Format, file.path().string(), ": tensor \"",
          code_name(which, side), "\" must be a row of numbers");
    floats->resize(static_cast<std::size_t>(shape[0]));
    file.read(code_name(which, side), "F32", bytes_of(*floats));
  }
  return moments;
}

TrainingState read_training_state(const SafetensorsFile& file) {
  TrainingState state{.info = read_model_info(file)};
  if (state.info.mode.empty()) return state;
  state.seed = number_of<std::uint64_t>(file, "seed");
  state.order_a = {number_of<std::uint64_t>(file, "order_a.pass"),
                   number_of<std::uint64_t>(file, "order_a.at")};
  state.order_b = {number_of<std::uint64_t>(file, "order_b.pass"),
                   number_of<std::uint64_t>(file, "order_b.at")};
  for (const auto& [key, way] : file.metadata()) {
    if (key.starts_with(kTuning)) state.tuning[key.substr(sizeof kTuning - 1)] = way;
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
  Snapshot snapshot(file, learned);
  snapshot.add_code("a", state.code_a);
  snapshot.add_code("b", state.code_b);
  const fs::path kept = backup(file, 0);
  std::error_code ignored;
  try {
    const bool replaces = backups > 0 && fs::exists(file);
    if (replaces) keep(file, kept);
    write_safetensors(file, snapshot.tensors(), metadata_of(state));
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

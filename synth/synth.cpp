// SPDX-License-Identifier: MIT
#include "synth/synth.h"

#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/stopwatch.h"
#include "synth/actor.h"
#include "synth/render.h"

namespace cameo::synth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void check_options(const SynthOptions& o) {
  check(!o.out.empty(), ErrorCode::Usage, "synth: no output folder");
  check(o.frames > 0, ErrorCode::Usage, "synth: ", o.frames,
        " frames asked for; it must be at least 1");
  check(o.first_frame >= 0, ErrorCode::Usage, "synth: first frame ", o.first_frame, " is below 0");
  check(o.swap_with.empty() == o.swap_out.empty(), ErrorCode::Usage,
        "synth: an exact swap needs both an actor (", o.swap_with, ") and a folder (", o.swap_out,
        ")");
  const bool apart = o.out != o.swap_out && o.out != o.masks_out &&
                     (o.swap_out.empty() || o.swap_out != o.masks_out);
  check(apart, ErrorCode::Usage,
        "synth: frames, swaps and masks have the same names and need a folder each");
}

void prepare_folder(const std::string& folder, bool overwrite) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error && fs::is_directory(folder), ErrorCode::Input, folder, ": cannot make this folder; ",
        error.message());
  check(overwrite || fs::is_empty(folder), ErrorCode::Usage, folder,
        ": the folder is not empty; choose another or ask to overwrite");
}

void save(const std::string& folder, const std::string& name, const cv::Mat& image) {
  const std::string path = (fs::path(folder) / name).string();
  bool written = false;
  try {
    written = cv::imwrite(path, image, {cv::IMWRITE_PNG_COMPRESSION, 1});
  } catch (const cv::Exception& e) {
    fail(ErrorCode::Input, path, ": cannot be written; ", e.what());
  }
  check(written, ErrorCode::Input, path, ": cannot be written");
}

Json as_json(Vec3 v) {
  return {v.x, v.y, v.z};
}
Json as_json(cv::Point2f p) {
  return {p.x, p.y};
}

Json as_json(const Performance& p) {
  const Pose& pose = p.pose;
  const Expression& e = p.expression;
  return {{"pose",
           {{"yaw", pose.yaw},
            {"pitch", pose.pitch},
            {"roll", pose.roll},
            {"x", pose.x},
            {"y", pose.y},
            {"scale", pose.scale}}},
          {"expression",
           {{"mouth_open", e.mouth_open},
            {"smile", e.smile},
            {"pucker", e.pucker},
            {"blink", e.blink},
            {"brow_raise", e.brow_raise},
            {"gaze_x", e.gaze_x},
            {"gaze_y", e.gaze_y}}},
          {"light",
           {{"direction", as_json(p.light.direction)},
            {"lamp", as_json(p.light.lamp)},
            {"sky", as_json(p.light.sky)}}},
          {"background",
           {{"top", as_json(p.background.top)},
            {"bottom", as_json(p.background.bottom)},
            {"seed", p.background.seed}}},
          {"noise", {{"seed", p.noise_seed}, {"levels", p.noise}}}};
}

Json as_json(const KnownPoints& k) {
  return {{"left_eye", as_json(k.left_eye)},       {"right_eye", as_json(k.right_eye)},
          {"nose_tip", as_json(k.nose_tip)},       {"left_mouth", as_json(k.left_mouth)},
          {"right_mouth", as_json(k.right_mouth)}, {"chin", as_json(k.chin)}};
}

Json heading(const SynthOptions& o) {
  Json j{{"actor", o.actor},
         {"seed", o.seed},
         {"first_frame", o.first_frame},
         {"width", o.width},
         {"height", o.height},
         {"motion", o.scene.motion == Motion::Clip ? "clip" : "random"}};
  if (!o.swap_with.empty()) j["swap_with"] = o.swap_with;
  if (o.scene.motion == Motion::Clip) {
    j["fps"] = o.scene.fps;
    j["loop_seconds"] = o.scene.loop_seconds;
  }
  return j;
}

/// The actors of a run, and where their images go.
struct Stage {
  const SynthOptions& options;
  Actor actor;
  Actor other;  ///< only with swap_with

  Json draw(std::int64_t number) const {
    const std::string name = frame_name(number);
    const RenderOptions size{.width = options.width, .height = options.height};
    const Performance performance = scene(options.seed, number, options.scene);
    save(options.out, name, render(actor, performance, size));
    const bool swap = !options.swap_with.empty();
    if (swap) save(options.swap_out, name, render(other, performance, size));
    if (!options.masks_out.empty()) {
      cv::Mat mask = region(actor, performance, Region::Face, size);
      if (swap) mask &= region(other, performance, Region::Face, size);
      save(options.masks_out, name, mask);
    }
    Json frame{{"file", name}};
    frame.update(as_json(performance));
    frame["points"] = as_json(known_points(actor, performance, size));
    if (swap) frame["swap_points"] = as_json(known_points(other, performance, size));
    return frame;
  }
};

void write_json(const std::string& path, const Json& json) {
  write_text(path, json.dump(1) + '\n');
}

}  // namespace

std::string frame_name(std::int64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits + ".png";
}

SynthResult synthesize(const SynthOptions& options, const SynthProgress& progress) {
  check_options(options);
  const Stage stage{options, actor(options.actor),
                    options.swap_with.empty() ? Actor{} : actor(options.swap_with)};
  for (const std::string& folder : {options.out, options.swap_out, options.masks_out}) {
    prepare_folder(folder, options.overwrite);
  }
  const double start = steady_seconds();
  SynthResult result{.truth = (fs::path(options.out) / "truth.json").string()};
  Json truth = heading(options);
  truth["frames"] = Json::array();
  bool going = true;
  for (int i = 0; i < options.frames && going; ++i) {
    truth["frames"].push_back(stage.draw(options.first_frame + i));
    ++result.frames;
    if (progress) going = progress(result.frames, options.frames);
  }
  write_json(result.truth, truth);
  result.seconds = steady_seconds() - start;
  return result;
}

}  // namespace cameo::synth

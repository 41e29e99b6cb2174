// SPDX-License-Identifier: MIT
#include "synth/synth.h"

#include <cmath>
#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "synth/actor.h"
#include "tools/cli/flags.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// The paths as options hold them; SynthOptions has words.
struct Places {
  fs::path out, swaps, masks, video, swap_video;
};

void add_flags(Flags& flags, synth::SynthOptions& options, Places& places) {
  std::vector<std::string> actors = synth::actor_names();
  actors.emplace_back("random");
  flags.add("--actor", &options.actor, "Actor to render; random:SEED: one of random looks")
      .words_or_numbered(actors);
  flags.add("-o,--output", &places.out, "Output folder for frames and truth.json").required();
  flags.add("-n,--frames", &options.frames, "Number of frames").range(1);
  flags.add("--first-frame", &options.first_frame, "Index of the first frame in its sequence")
      .range(0);
  flags.add("--seed", &options.seed, "Random seed for poses, expressions and light");
  flags.add("--width", &options.width, "Frame width, pixels").range(32, 4096);
  flags.add("--height", &options.height, "Frame height, pixels").range(32, 4096);
  flags.choose("--motion", options.scene.motion,
               {{"random", synth::Motion::Random}, {"clip", synth::Motion::Clip}},
               "Motion: independent frames, or a continuous clip");
  flags.add("--fps", &options.scene.fps, "Frame rate of a clip").range(1, 240);
  flags
      .add("--loop-seconds", &options.scene.loop_seconds,
           "Loop length of a clip, seconds; 0 for none")
      .range(0, 3600);
  flags.add("--swap-with", &options.swap_with, "Second actor, rendered in the same performance");
  flags.add("--swap-output", &places.swaps, "Output folder for the ground-truth swaps");
  flags.add("--masks-output", &places.masks, "Output folder for face masks");
  flags.add("--video", &places.video, "Output video of the frames");
  flags.add("--swap-video", &places.swap_video, "Output video of the ground-truth swaps");
}

/// The frames of this run; others may lie in the folder.
void write_video(const fs::path& folder, const synth::SynthOptions& drawn, int frames,
                 const fs::path& video) {
  if (video.empty()) return;
  VideoWriterOptions options;
  options.rate = {std::llround(drawn.scene.fps * 1000), 1000};
  VideoWriter writer(video, options);
  for (int i = 0; i < frames; ++i)
    writer.write(read_image(folder / synth::frame_name(drawn.first_frame + i)));
  writer.finish();
}

}  // namespace

int synth_command(Args args) {
  synth::SynthOptions options;
  Places places;
  Flags flags("synth", "Renders an actor into frames, with ground-truth swaps.");
  add_flags(flags, options, places);
  for (const fs::path* made :
       {&places.out, &places.swaps, &places.masks, &places.video, &places.swap_video})
    flags.makes(*made);
  return flags.run(args, [&](Log& log) {
    check(options.swap_with.empty() == places.swaps.empty(), ErrorCode::Usage,
          "synth: --swap-with and --swap-output go together");
    check(places.swap_video.empty() || !places.swaps.empty(), ErrorCode::Usage,
          "synth: --swap-video needs --swap-with and --swap-output");
    options.out = places.out.string();
    options.swap_out = places.swaps.string();
    options.masks_out = places.masks.string();
    options.overwrite = flags.common().overwrite;
    const auto result = synth::synthesize(options, [&](int done, int total) {
      log.progress("rendering actor " + options.actor, done, total);
      return interrupted() == 0;
    });
    write_video(places.out, options, result.frames, places.video);
    write_video(places.swaps, options, result.frames, places.swap_video);
    flags.save_beside(places.out);
    const nlohmann::ordered_json report{{"frames", result.frames},
                                        {"seconds", result.seconds},
                                        {"frames_per_second", result.frames / result.seconds},
                                        {"truth", result.truth}};
    if (flags.common().json)
      std::cout << json_text(report) << '\n';
    else
      std::cout << result.frames << " frames of actor " << options.actor << " in "
                << places.out.string() << '\n';
    return Exit::Ok;
  });
}

}  // namespace cameo

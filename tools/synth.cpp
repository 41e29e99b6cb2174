// SPDX-License-Identifier: MIT
#include "synth/synth.h"

#include <cmath>
#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/media/image.h"
#include "pipeline/media/video.h"
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
  flags.add("--actor", &options.actor, "Who is drawn").words(synth::actor_names());
  flags.add("-o,--output", &places.out, "Folder for the frames and truth.json").required();
  flags.add("-n,--frames", &options.frames, "How many frames").range(1);
  flags.add("--first-frame", &options.first_frame, "Number of the first one in its sequence")
      .range(0);
  flags.add("--seed", &options.seed, "Of poses, expressions and light");
  flags.add("--width", &options.width, "Of a frame, pixels").range(32, 4096);
  flags.add("--height", &options.height, "Of a frame, pixels").range(32, 4096);
  flags.choose("--motion", options.scene.motion,
               {{"random", synth::Motion::Random}, {"clip", synth::Motion::Clip}},
               "Every frame on its own, or frames that flow");
  flags.add("--fps", &options.scene.fps, "Frames per second of a clip").range(1, 240);
  flags
      .add("--loop-seconds", &options.scene.loop_seconds, "After which a clip begins anew; 0 never")
      .range(0, 3600);
  flags.add("--swap-with", &options.swap_with, "Also draw this actor in the same performance");
  flags.add("--swap-output", &places.swaps, "Folder for these exact swaps");
  flags.add("--masks-output", &places.masks, "Folder for masks of the face");
  flags.add("--video", &places.video, "Also write the frames as this video");
  flags.add("--swap-video", &places.swap_video, "Also write the exact swaps as this video");
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
  Flags flags("synth", "Draws an actor into a folder of frames, with the exact swap if wished.");
  add_flags(flags, options, places);
  for (const fs::path* made :
       {&places.out, &places.swaps, &places.masks, &places.video, &places.swap_video})
    flags.makes(*made);
  return flags.run(args, [&](Log& log) {
    check(options.swap_with.empty() == places.swaps.empty(), ErrorCode::Usage,
          "synth: --swap-with and --swap-output go together");
    check(places.swap_video.empty() || !places.swaps.empty(), ErrorCode::Usage,
          "synth: --swap-video wants --swap-with and --swap-output");
    options.out = places.out.string();
    options.swap_out = places.swaps.string();
    options.masks_out = places.masks.string();
    options.overwrite = flags.common().overwrite;
    const auto result = synth::synthesize(options, [&](int done, int total) {
      log.progress("drawing actor " + options.actor, done, total);
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

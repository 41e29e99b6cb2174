// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/c2pa.h"
#include "tests/support/programs.h"
#include "tests/support/time_stamp_authority.h"

using namespace cameo::test;

namespace {

/// Runs a line in the folder, demands success, yields what it printed as JSON.
nlohmann::json result_of(const std::string& line, const Scratch& folder) {
  const Outcome outcome = run_shell(line + " --json -q", folder.path());
  CAPTURE(line);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return nlohmann::json::parse(outcome.out);
}

/// Faces and a model that has hardly learned, of actors `a` and `b`.
void draw_and_extract(const Scratch& folder) {
  for (const std::string actor : {"a", "b"}) {
    result_of("cameo synth --actor " + actor + " -o " + actor + " -n 3 --seed 5", folder);
    CHECK(result_of("cameo extract -i " + actor + " -o faces_" + actor, folder)["faces"] == 3);
  }
}

/// Conversions of unseen.mp4 by the model with C2PA manifests, where there is a library for them.
void sign_with_manifests(const Scratch& folder) {
  if (c2pa_library().empty()) return;
  const std::string with = " --c2pa " + c2pa_library();
  const std::string own = "XDG_DATA_HOME=data cameo convert -i ";
  // Two frames are little to read a watermark from: they are coded well.
  result_of(own + "unseen.mp4 -o manifest.mp4 -m model --crf 12" + with, folder);
  const auto first = result_of("cameo verify manifest.mp4" + with, folder)["files"][0];
  CHECK(first["c2pa"] == "untrusted");
  CHECK(first["c2pa_manifest"]["watermark"] == first["watermark"]["asset"]);
  CHECK(first["signature"] == "none");
  // What the input says is kept, a signer that was given signs, and beside the file as well.
  REQUIRE(run_shell("cp data/cameo/signer.pem mine.pem", folder.path()).code == 0);
  const TimeStampAuthority authority;
  const Outcome kept = run_shell(
      "cameo convert -i manifest.mp4 -o again.mp4 -m model --sign mine.pem --certificate mine.pem "
      "--timestamp " +
          authority.url() + with,
      folder.path());
  CHECK_MESSAGE(kept.code == 0, kept.err);
  CHECK(
      contains(kept.err, "manifest.mp4: its C2PA manifest (untrusted, Cameo signer, self-made, "));
  CHECK_FALSE(contains(kept.err, "is kept only inside a manifest"));
  CHECK(contains(run_shell("cameo convert -i manifest.mp4 -o kept.mp4 -m model", folder.path()).err,
                 "is kept only inside a manifest"));
  const auto again =
      result_of("cameo verify again.mp4 --trusted data/cameo/certificate.pem" + with, folder);
  CHECK(again["files"][0]["c2pa"] == "valid");
  CHECK(again["files"][0]["c2pa_manifest"]["earlier_manifests"] == 1);
  CHECK(again["files"][0]["c2pa_manifest"]["time"] != "");
  CHECK(again["files"][0]["signature"] == "valid");
  CHECK(again["files"][0]["signature_time"] != "");

  // Of a folder those that do not fit are counted.
  result_of(own + "unseen -o marked -m model" + with, folder);
  auto bytes = cameo::read_bytes(folder / "marked/000001.png");
  bytes[text_of(folder / "marked/000001.png").find("IDAT") + 90] ^= 1U;
  cameo::write_bytes(folder / "marked/000001.png", bytes);
  const Outcome images = run_shell(own + "marked -o remarked -m model" + with, folder.path());
  CHECK(contains(images.err,
                 "warning: marked: C2PA manifests that do not fit their images, or are damaged: 1 "
                 "(000001.png); they are kept as those of ingredients"));
  CHECK(contains(images.err, "marked: 1 intact C2PA manifests are kept"));

  const Outcome mkv = run_shell(own + "unseen.mp4 -o a.mkv -m model" + with, folder.path());
  CHECK(mkv.code == 0);
  CHECK(contains(mkv.err, "a.mkv: its format has no place for a C2PA manifest"));
  const auto in_mkv = result_of("cameo verify a.mkv" + with, folder)["files"][0];
  CHECK(in_mkv["c2pa"] == "none");
  CHECK(in_mkv["tool"] == "Cameo");
  const Outcome bmp = run_shell(own + "unseen/000000.png -o a.bmp -m model" + with, folder.path());
  CHECK(contains(bmp.err, "a.bmp: its format has no place for a C2PA manifest"));
  const Outcome nobody = run_shell(
      own + "unseen.mp4 -o b.mp4 -m model --timestamp http://127.0.0.1:1" + with, folder.path());
  CHECK(nobody.code == 3);
  CHECK(contains(nobody.err, "--timestamp http://127.0.0.1:1: gives no time stamp"));
  CHECK_FALSE(std::filesystem::exists(folder / "b.mp4"));
}

}  // namespace

TEST_CASE("the stages fit together: draw, extract, train, convert, evaluate") {
  const Scratch folder;
  draw_and_extract(folder);
  const auto unseen = result_of(
      "cameo synth --actor a -o unseen -n 2 --seed 6 --swap-with b --swap-output exact "
      "--masks-output masks --video unseen.mp4",
      folder);
  CHECK(unseen["frames"] == 2);

  const std::string train = "cameo train -A faces_a -B faces_b -m model -t light -b 2 -i ";
  write_text(folder / "consent.txt", "b agrees\n");
  CHECK(result_of(train + "2 --consent consent.txt 'a agrees'", folder)["iteration"] == 2);
  CHECK(result_of(train + "3", folder)["resumed"] == true);
  CHECK(std::filesystem::exists(folder / "model" / "preview.png"));
  CHECK(std::filesystem::exists(folder / "model" / "examples" / "b" / "2.png"));
  const auto shown = result_of("cameo info model", folder);
  CHECK(shown["model"]["preset"] == "light");
  CHECK(shown["model"]["iteration"] == 3);
  CHECK(shown["model"]["encoder"] == "trained");
  CHECK(shown["model"]["canonical"] == false);
  CHECK(shown["model"]["latent_statistics"] == "moments");  // too few faces for ranges
  const auto& model = shown["metadata"];
  CHECK(model["consent.1"] == "b agrees\n");
  CHECK(model["consent.2"] == "a agrees");

  CHECK(result_of("cameo extract -i unseen -o faces_unseen", folder)["faces"] == 2);
  CHECK(result_of("cameo convert -i unseen -o swapped -m model", folder)["faces"] == 2);
  result_of("cameo convert -i unseen -o plain -m model --detail 0", folder);
  CHECK(run_shell("cmp plain/000000.png swapped/000000.png", folder.path()).code == 1);
  // Two frames are little to read a watermark from: they are coded well.
  const std::string swap = "cameo convert -i unseen.mp4 -o swap.mp4 -m model --crf 12";
  CHECK(result_of(swap, folder)["frames"] == 2);
  const auto info = result_of("cameo info swap.mp4", folder);
  CHECK(info["width"] == 256);
  CHECK(info["origin"]["synthetic"] == true);
  const auto verified = result_of("cameo verify swapped swap.mp4", folder)["files"];
  CHECK(verified.size() == 3);
  for (const auto& file : verified) CHECK(file["watermark"]["agrees"] == true);
  // The same command gives the same asset id, and pixels without a watermark are said to have none.
  const std::string again = swap + " --overwrite";
  result_of(again + " --no-watermark", folder);
  const auto without = result_of("cameo verify swap.mp4", folder)["files"][0]["watermark"];
  CHECK(without["found"] == false);
  CHECK(without["declared"] == "none");
  result_of(again, folder);
  CHECK(result_of("cameo verify swap.mp4", folder)["files"][0]["watermark"]["asset"] ==
        verified[2]["watermark"]["asset"]);
  CHECK(run_shell("cameo verify unseen", folder.path()).code == 8);
  result_of("cameo export -m model -o base --format base", folder);
  CHECK(result_of("cameo info base", folder)["metadata"]["consent.2"] == "a agrees");
  // Consent goes into the metadata as its SHA-256.
  CHECK(info["origin"]["consents"][0].get<std::string>() + "  consent.txt\n" ==
        run_shell("sha256sum consent.txt", folder.path()).out);

  REQUIRE(run_shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
                    "/CN=tester -keyout key.pem -out cert.pem",
                    folder.path())
              .code == 0);
  result_of(
      "cameo convert -i unseen.mp4 -o signed.mp4 -m model --label 'AI face' --sign key.pem "
      "--certificate cert.pem",
      folder);
  CHECK(result_of("cameo verify signed.mp4", folder)["files"][0]["signer"] == "CN=tester");
  CHECK(run_shell("echo >> signed.mp4; cameo verify signed.mp4", folder.path()).code == 8);

  sign_with_manifests(folder);

  const auto quality = result_of(
      "cameo evaluate -i swapped --truth exact --original unseen --masks masks --source-faces "
      "b.faces.json --source-crops faces_b -o quality --sheet sheet.png",
      folder);
  CHECK(quality["frames"] == 2);
  CHECK(quality["swap"]["face_psnr"] > 0);
  CHECK(quality["nearest_paste"]["face_ssim"] > 0);
  CHECK(quality["swap"]["face_ms_ssim"] > 0);
  CHECK(quality["measures"]["sharpness"] > 0);
  CHECK(quality["measures"]["yaw_error"] >= 0);
  CHECK(quality["measures"]["jitter"].is_null());  // two frames are no clip
  for (const char* name : {"quality/report.json", "quality/report.md", "quality/frames.csv",
                           "sheet.png", "swapped/convert.toml", "model/train.toml",
                           "swap.mp4.convert.toml", "faces_a/extract.toml"}) {
    CAPTURE(name);
    CHECK(std::filesystem::exists(folder / name));
  }

  const auto real =
      result_of("cameo evaluate -i swapped --original unseen -o real --sheet real.png", folder);
  CHECK(real["swap"].is_null());
  CHECK(real["nearest_paste"].is_null());
  CHECK(real["measures"]["seam"].is_number());
  CHECK(real["measures"]["blotches"].is_null());
  CHECK(real["sharpness_reference"] == "original");
  const std::string page = run_shell("cat real/report.md", folder.path()).out;
  CHECK(page.find("| seam") != std::string::npos);
  CHECK(page.find("SSIM") == std::string::npos);  // nothing to compare with
  CHECK(page.find("| jitter") == std::string::npos);

  const auto encode_latent = [&](const std::string& line) {
    const Outcome outcome = run_shell("cameo convert -m model " + line, folder.path());
    CHECK_MESSAGE(outcome.out.empty(), outcome.out);
    return outcome.code;
  };
  result_of("cameo convert -i unseen.mp4 -o second.mp4 -m model -R 1 --discard", folder);
  result_of("cameo extract -i unseen.mp4 -o faces_clip", folder);
  result_of("cameo evaluate -i second.mp4 --original unseen.mp4 -o second --sheet second.png",
            folder);
  const std::string rows = run_shell("cut -d, -f1 second/frames.csv", folder.path()).out;
  CHECK(contains(rows, "000001\n"));
  CHECK(!contains(rows, "000000\n"));

  write_text(folder / "broken.png", "no image");
  CHECK(encode_latent("-i broken.png -o new.png") == 3);
  CHECK(encode_latent("-i unseen -o new -R 5000-max --discard") == 2);
  CHECK(encode_latent("-i unseen -o new --dry-run -m faces_a") == 3);
  CHECK(encode_latent("-i model/train.toml -o new.mp4 --dry-run") == 3);
  CHECK(encode_latent("-i unseen -o new --encoder-preset medum --dry-run") == 2);
  const Outcome dry = run_shell("cameo convert -i unseen -o new -m model --dry-run", folder.path());
  CHECK(dry.code == 0);
  CHECK(contains(dry.out, "[convert]"));
  for (const char* name : {"new/convert.toml", "new.png", "new.png.convert.toml"})
    CHECK_FALSE(std::filesystem::exists(folder / name));
}

TEST_CASE("names that are not UTF-8 cost no result, and a video has the frames of its run") {
  const Scratch folder;
  result_of("cameo synth -o frames -n 3", folder);
  CHECK(result_of("cameo synth -o frames -n 2 --seed 2 --overwrite --video v.mp4",
                  folder)["frames"] == 2);
  CHECK(result_of("cameo info v.mp4", folder)["frames"] == 2);
  const auto found = result_of(
      "mv frames/000000.png caf$(printf '\\351').png; cameo extract -i caf*.png --progress json "
      "-o faces",
      folder);
  CHECK(found["faces"] == 1);
}

TEST_CASE("one unreadable image is named and makes the result partial") {
  const Scratch folder;
  result_of("cameo synth -o frames -n 1", folder);
  write_text(folder / "frames" / "broken.png", "no image");
  const Outcome outcome = run_shell("cameo extract -i frames -o faces", folder.path());
  CHECK(outcome.code == 7);
  CHECK(contains(outcome.out, "1 faces"));
  CHECK(contains(outcome.err, "broken.png"));
  const Outcome again = run_shell("cameo extract -i frames -o faces", folder.path());
  CHECK(again.code == 7);
  CHECK(again.out == outcome.out);
  CHECK(contains(again.err, "broken.png"));
}

TEST_CASE("an interrupted extraction has saved what it did, and goes on to the whole result") {
  const Scratch folder;
  result_of("cameo synth -o frames -n 12", folder);
  const std::string extract = "cameo-extract -i frames -j 1 --upsample 2 ";
  const Outcome outcome = run_shell(
      extract +
          "-o faces & P=$!; while [ ! -s faces/000001_0.png ] && kill -0 $P; do sleep 0.02; done; "
          "kill -INT $P; wait $P",
      folder.path());
  CHECK(outcome.code == 130);
  CHECK(result_of("cameo info frames.faces.json", folder)["faces"] ==
        result_of("cameo info faces", folder)["images"]);
  CHECK(result_of(extract + "-o faces", folder)["resumed_frames"] > 0);
  result_of(extract + "-o whole --faces whole.json", folder);
  CHECK(
      run_shell("cmp frames.faces.json whole.json && diff -rx '*.toml' faces whole", folder.path())
          .code == 0);
}

TEST_CASE("a run without any face has a code of its own") {
  const Scratch folder;
  result_of("cameo synth -o frames -n 1 --masks-output masks", folder);
  const Outcome outcome = run_shell("cameo extract -i masks -o faces", folder.path());
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "no face"));
}

TEST_CASE("the benchmark tells a rate for each task and size, with what it was measured by") {
  const Scratch folder;
  const auto report = result_of(
      "TMPDIR=. cameo benchmark --sizes 240p -n 3 --runs 1 -t light --device cpu", folder);
  CHECK(report["preset"] == "light");
  CHECK(report["seed"] == 1);
  CHECK(report["parameters"] > 1000000);
  REQUIRE(report["results"].size() == 2);
  for (const auto& result : report["results"]) {
    CHECK(result["frames"] == 3);
    CHECK(result["height"] == 240);
    CHECK(result["frames_per_second"] > 0);
  }
  CHECK(report["results"][0]["task"] == "extract");
  CHECK(report["results"][1]["task"] == "convert");
  CHECK(report["results"][1]["stages"].size() == 6);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("an interrupted training saves, tells so by its code, and goes on") {
  const Scratch folder;
  draw_and_extract(folder);
  const std::string train = "cameo-train -A faces_a -B faces_b -m model -t light -b 1 --no-preview";
  const Outcome outcome = run_shell(
      train +
          " -i 1000000 --save-interval 1 & P=$!; while [ ! -s model/model.safetensors ] && kill -0 "
          "$P; do sleep 0.1; done; cat /proc/$P/comm; kill -TERM $P; wait $P",
      folder.path());
  CHECK(outcome.code == 143);
  CHECK(contains(outcome.out, "cameo-train\n"));  // the name by which top and pkill know it
  CHECK(contains(outcome.err, "saving"));
  const auto before = result_of("cameo info model", folder)["metadata"]["iteration"];
  const int iteration = std::stoi(before.get<std::string>());
  const auto after = result_of(train + " -i " + std::to_string(iteration + 1), folder);
  CHECK(after["resumed"] == true);
  CHECK(after["iteration"] == iteration + 1);
}

TEST_CASE("the people of a video are listed, clustered, shown and pruned") {
  const Scratch folder;
  result_of("cameo synth --actor a -o a -n 12 --seed 5 --video a.mp4", folder);
  CHECK(result_of("cameo extract -i a.mp4 -o faces", folder)["faces"] == 12);
  const auto listed = result_of("cameo faces list a.mp4.faces.json", folder);
  CHECK(listed["frames"] == 12);
  CHECK(listed["dropouts"].empty());
  REQUIRE(!listed["tracks"].empty());
  result_of("cameo faces sheet a.mp4.faces.json -o sheet.png", folder);
  CHECK(std::filesystem::exists(folder / "sheet.png"));
  const auto pruned = result_of("cameo faces prune a.mp4.faces.json --tracks 0", folder);
  CHECK(pruned["tracks"][0]["kept"] == false);
  CHECK(result_of("cameo faces a.mp4.faces.json", folder)["tracks"][0]["kept"] == false);
  const auto kept = result_of("cameo faces prune a.mp4.faces.json --tracks 0 --keep", folder);
  CHECK(kept["tracks"][0]["kept"] == true);
  result_of("cameo faces prune a.mp4.faces.json -R 3-7", folder);
  CHECK(contains(run_shell("cameo faces list a.mp4.faces.json", folder.path()).out,
                 ": pruned of track "));
  const auto back = result_of("cameo faces prune a.mp4.faces.json -R 3-7 --keep", folder);
  CHECK(back["pruned"].empty());
  CHECK(run_shell("cameo faces prune a.mp4.faces.json --tracks 99", folder.path()).code == 2);
  CHECK(run_shell("cameo faces sheet a.mp4.faces.json", folder.path()).code == 2);
}

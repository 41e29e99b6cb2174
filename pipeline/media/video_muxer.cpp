// SPDX-License-Identifier: MIT
#include "pipeline/media/video_muxer.h"

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video_encoder.h"
#include "pipeline/media/write_fault.h"

namespace cameo::libav {
namespace {

struct LightData {
  AVPacketSideDataType stream;
  AVFrameSideDataType frame;
};
constexpr std::array kLightData{
    LightData{AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA},
    LightData{AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL}};

bool add_light_data(AVStream& stream, const AVFrame& frame) {
  for (const LightData& kind : kLightData) {
    const AVFrameSideData* side = av_frame_get_side_data(&frame, kind.frame);
    if (side != nullptr && !add_side_data(stream, kind.stream, {side->data, side->size}))
      return false;
  }
  return true;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

bool takes_late_tags(const std::filesystem::path& file) {
  const std::string suffix = lower_suffix(file);
  return suffix == ".mp4" || suffix == ".mov";
}

VideoMuxer::VideoMuxer(std::filesystem::path file, std::filesystem::path temporary,
                       const VideoWriterOptions& options, bool with_images)
    : file_(std::move(file)), temporary_(std::move(temporary)) {
  be_quiet();
  AVFormatContext* raw = nullptr;
  // "file:" keeps libav from reading a protocol into the name.
  avformat_alloc_output_context2(&raw, nullptr, nullptr, ("file:" + temporary_.string()).c_str());
  check(raw != nullptr, ErrorCode::Usage, file_.string(),
        ": no video container goes by the suffix '", file_.extension().string(),
        "'; take .mp4, .mov or .mkv");
  output_.reset(raw);
  if (options.copy_from.empty()) return;
  copy_ = std::make_unique<StreamCopy>(options.copy_from, *output_, options, with_images);
  if (copy_->lost().empty()) return;
  const std::string lost = options.copy_from.string() + ": " + listed(copy_->lost());
  check(options.drop_streams, ErrorCode::Usage, file_.string(), ": ", output_->oformat->long_name,
        " cannot keep of ", lost, "; take .mkv, or --drop-streams leaves them out");
  if (options.note) options.note("left out of " + lost);
}

VideoMuxer::~VideoMuxer() {
  if (finished_) return;
  copy_.reset();
  output_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void VideoMuxer::ok(int code, const char* what) const {
  check(code >= 0, ErrorCode::Input, file_.string(), ": ", what, ": ", words(code));
}

void VideoMuxer::written(int code) const {
  if (code >= 0) return;
  fail(ErrorCode::Input, file_.string(), ": ",
       write_fault(temporary_, output_->pb->bytes_written, words(code)));
}

AVStream* VideoMuxer::add_images(const ImageStream& images) {
  images_ = avformat_new_stream(output_.get(), nullptr);
  check(images_ != nullptr, ErrorCode::Device, file_.string(), ": out of memory");
  images_->time_base = images.ticks;
  images_->avg_frame_rate = images.rate;
  images_->sample_aspect_ratio = images.parameters->sample_aspect_ratio;
  ok(avcodec_parameters_copy(images_->codecpar, images.parameters), "its stream is refused");
  bool light = true;
  const AVStream* source = copy_ ? &copy_->images() : nullptr;
  for (const LightData& kind : kLightData)
    if (const SideData side = source == nullptr ? SideData{} : side_data(*source, kind.stream);
        side.data != nullptr)
      light = light && add_side_data(*images_, kind.stream, side);
  if (images.first != nullptr) light = light && add_light_data(*images_, *images.first);
  check(light, ErrorCode::Device, file_.string(), ": out of memory");
  return images_;
}

void VideoMuxer::start(const ImageStream* images, const KeptTime& kept) {
  make_folder(file_.parent_path());
  if (images != nullptr) ticks_ = images->ticks;
  const auto add = [&] { return images == nullptr ? nullptr : add_images(*images); };
  if (copy_ == nullptr) {
    add();
  } else {
    copy_->add_streams(add);
    if (!kept.closes_gaps()) copy_->add_chapters(kept, ticks_);
  }
  apply_tags();
  ok(avio_open(&output_->pb, output_->url, AVIO_FLAG_WRITE), "cannot be opened for writing");
  AVDictionary* muxer_options = nullptr;
  av_dict_set(&muxer_options, "movflags", "+faststart", 0);
  const int code = avformat_write_header(output_.get(), &muxer_options);
  av_dict_free(&muxer_options);
  ok(code, "its header cannot be written");
  started_ = true;
}

void VideoMuxer::write(AVPacket& packet) {
  av_packet_rescale_ts(&packet, ticks_, images_->time_base);
  packet.stream_index = images_->index;
  written(av_interleaved_write_frame(output_.get(), &packet));
}

void VideoMuxer::copy_until(std::int64_t until, const KeptTime& kept, AVRational ticks) {
  if (copy_) copy_->write_until(until, kept, ticks);
}

void VideoMuxer::copy_rest(std::optional<std::int64_t> until, const KeptTime& kept,
                           AVRational ticks) {
  if (copy_) copy_->write_rest(until, kept, ticks);
}

void VideoMuxer::set_tags(const std::vector<std::pair<std::string, std::string>>& tags) {
  tags_ = tags;
  if (started_) apply_tags();
}

void VideoMuxer::apply_tags() {
  for (const auto& [key, value] : tags_) {
    const AVDictionaryEntry* old = av_dict_get(output_->metadata, key.c_str(), nullptr, 0);
    const std::string before = old == nullptr ? "" : old->value;
    const bool comment = key == "comment" && !before.empty();
    if (comment && before.find(value) != std::string::npos) continue;
    const std::string all = comment ? before + "; " + value : value;
    ok(av_dict_set(&output_->metadata, key.c_str(), all.c_str(), 0), "its metadata is refused");
  }
}

void VideoMuxer::finish(const KeptTime& kept, AVRational ticks,
                        const std::function<void(const std::filesystem::path&)>& mark) {
  if (copy_ && kept.closes_gaps()) copy_->add_chapters(kept, ticks);
  written(av_write_trailer(output_.get()));
  avio_flush(output_->pb);
  written(output_->pb->error);
  ok(avio_closep(&output_->pb), "cannot be closed");
  copy_.reset();
  output_.reset();
  if (mark) mark(temporary_);
  rename_into_place(temporary_, file_);
  finished_ = true;
}

}  // namespace cameo::libav

// SPDX-License-Identifier: MIT
#include "pipeline/media/video_input.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>

#include "base/error.h"

namespace cameo::libav {
namespace {

// A playlist or a reference movie must not make a reader open other places.
Input open_file(const std::filesystem::path& file) {
  check(std::filesystem::exists(file), ErrorCode::Input, file.string(), ": no such file");
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* raw = nullptr;
  const int code = avformat_open_input(&raw, ("file:" + file.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  check(code >= 0, ErrorCode::Input, file.string(),
        ": not a video that can be read, or cut off before its index: ", words(code));
  Input input(raw);
  // libav takes any text for a terminal recording.
  check(std::string_view(input->iformat->name) != "tty", ErrorCode::Input, file.string(),
        ": a text, not a video");
  const int found = avformat_find_stream_info(input.get(), nullptr);
  check(found >= 0, ErrorCode::Input, file.string(),
        ": its streams cannot be read: ", words(found));
  return input;
}

AVStream* image_stream(const AVFormatContext& input, const std::filesystem::path& file) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    AVStream* stream = input.streams[i];
    const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) return stream;
  }
  fail(ErrorCode::Input, file.string(), ": holds no video, or its beginning is damaged (",
       input.nb_streams, " streams)");
}

bool is_kind(const AVFormatContext& input, std::string_view kind) {
  return std::string_view(input.iformat->name).find(kind) != std::string_view::npos;
}

// The index of MP4 lists what an edit list keeps; the header's count is of all that was recorded.
std::int64_t packets_listed(const AVFormatContext& input, const AVStream& stream) {
  if (!is_kind(input, "mp4") || stream.nb_frames == 0) return 0;
  return std::min<std::int64_t>(stream.nb_frames, avformat_index_get_entries_count(&stream));
}

// Microseconds at which the first of the streams plays: what is to be skipped of sound is no start.
std::int64_t first_played(const AVFormatContext& input) {
  constexpr std::int64_t kMatroskaTick = 1000;
  std::int64_t first = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const AVCodecParameters& par = *stream.codecpar;
    if (stream.start_time == AV_NOPTS_VALUE) continue;
    std::int64_t start = av_rescale_q(stream.start_time, stream.time_base, AV_TIME_BASE_Q);
    if (par.codec_type == AVMEDIA_TYPE_AUDIO && par.sample_rate > 0)
      start += av_rescale_q(par.initial_padding, {1, par.sample_rate}, AV_TIME_BASE_Q);
    first = std::min(first, start);
  }
  return first > -kMatroskaTick ? 0 : first;
}

}  // namespace

std::int64_t frames_shown(const AVFormatContext& input, const AVStream& stream) {
  // An empty slot of AVI is time, no frame: there the index has the frames.
  const bool indexed = is_kind(input, "mp4") || is_kind(input, "avi");
  if (!indexed || stream.nb_frames == 0) return stream.nb_frames;
  std::int64_t shown = 0;
  AVStream* listed = input.streams[stream.index];  // libav's function takes no const
  const int entries = avformat_index_get_entries_count(listed);
  for (int i = 0; i < entries; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(listed, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0 && entry->size > 0) ++shown;
  }
  return shown > 0 ? std::min(shown, stream.nb_frames) : stream.nb_frames;
}

VideoInput::VideoInput(const std::filesystem::path& file) {
  be_quiet();
  input_ = open_file(file);
  images_ = image_stream(*input_, file);
  // Files of their own keep the little that they start late; broadcasts start anywhere.
  constexpr std::int64_t kLate = std::int64_t{10} * AV_TIME_BASE;
  const bool said = input_->start_time != AV_NOPTS_VALUE;
  const bool broadcast = (input_->iformat->flags & AVFMT_TS_DISCONT) != 0;
  if (said && (broadcast || input_->start_time > kLate))
    start_ = input_->start_time;
  else if (said && input_->start_time < 0)
    start_ = first_played(*input_);
  if (broadcast) joined_.emplace(images_->index);
  expected_ = packets_listed(*input_, *images_);
}

std::int64_t VideoInput::from_start(std::int64_t stamp, AVRational ticks) const {
  return stamp - av_rescale_q(start_, AV_TIME_BASE_Q, ticks);
}

void VideoInput::mend(AVPacket& packet) {
  const AVRational ticks = input_->streams[packet.stream_index]->time_base;
  std::int64_t offset = -av_rescale_q(start_, AV_TIME_BASE_Q, ticks);
  const std::int64_t known = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (joined_ && known != AV_NOPTS_VALUE) {
    const std::int64_t shown = packet.pts != AV_NOPTS_VALUE ? packet.pts : known;
    const auto micro = [&](std::int64_t t) { return av_rescale_q(t, ticks, AV_TIME_BASE_Q); };
    const std::int64_t joined =
        joined_->at({packet.stream_index, micro(known), micro(shown), micro(packet.duration)});
    offset += av_rescale_q(joined, AV_TIME_BASE_Q, ticks);
  }
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += offset;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += offset;
  const std::int64_t shown = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (shown != AV_NOPTS_VALUE)
    last_ = std::max(last_, static_cast<double>(shown + packet.duration) * av_q2d(ticks));
}

int VideoInput::read(AVPacket& packet) {
  const int code = av_read_frame(input_.get(), &packet);
  if (code < 0) return code;
  // A half one at a cut is no frame; where recordings were joined libav marks whole ones so.
  const bool half = (packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && !joined_;
  if (packet.stream_index == images_->index && !half) ++packets_;
  mend(packet);
  return 0;
}

std::string VideoInput::missing() const {
  std::ostringstream text;
  if (expected_ > 0) {
    if (packets_ < expected_)
      text << "cut off: " << packets_ << " of " << expected_ << " frames are there";
    return text.str();
  }
  // Others say how long they are. Of transport streams libav guesses it by what is there.
  if (input_->duration <= 0 || joined_ ||
      input_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
    return {};
  constexpr double kTolerance = 0.5;  // seconds: subtitles and empty slots may end a file
  const double said = static_cast<double>(input_->duration) / AV_TIME_BASE;
  // Some count it from their start, some from 0.
  const double there = last_ + std::max(static_cast<double>(start_) / AV_TIME_BASE, 0.0);
  if (there < said - kTolerance) {
    text.precision(3);
    text << "cut off: " << there << " of " << said << " seconds are there";
  }
  return text.str();
}

}  // namespace cameo::libav

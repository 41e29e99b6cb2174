// SPDX-License-Identifier: MIT
#include <cmath>
#include <string_view>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video.h"

namespace cameo {
namespace {

using namespace libav;

/// How a decoded image is rotated to stand upright.
struct Turn {
  bool mirror = false;  ///< left-right, before the rotation
  int degrees = 0;      ///< clockwise: 0, 90, 180, 270
};

// The display matrix maps (x, y), y down, to (a x + c y, b x + d y). Only quarter turns and mirrors
// are images of whole pixels; anything else is shown as it is.
Turn turn_of(const AVStream& stream) {
  const std::int32_t* m = display_matrix(stream);
  if (m == nullptr) return {};
  const double a = m[0];
  const double b = m[1];
  const double c = m[3];
  const double d = m[4];
  Turn turn;
  turn.mirror = a * d - b * c < 0;
  const double side = turn.mirror ? -1 : 1;  // a mirror first turns (1, 0) into (-1, 0)
  const double angle = std::atan2(side * b, side * a) * 180 / CV_PI;
  const double quarters = std::round(angle / 90);
  if (std::abs(angle - quarters * 90) > 1) return {};
  turn.degrees = (static_cast<int>(quarters) * 90 + 360) % 360;
  return turn;
}

cv::Mat rotated(cv::Mat image, const Turn& turn) {
  cv::Mat out = std::move(image);
  if (turn.mirror) {
    cv::Mat mirrored;
    cv::flip(out, mirrored, 1);
    out = mirrored;
  }
  if (turn.degrees == 0) return out;
  cv::Mat upright;
  const int code = turn.degrees == 90    ? cv::ROTATE_90_CLOCKWISE
                   : turn.degrees == 180 ? cv::ROTATE_180
                                         : cv::ROTATE_90_COUNTERCLOCKWISE;
  cv::rotate(out, upright, code);
  return upright;
}

// A playlist or a reference movie must not make a reader open other places.
Input open_file(const std::filesystem::path& file) {
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* raw = nullptr;
  const int code = avformat_open_input(&raw, ("file:" + file.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  check(code >= 0, ErrorCode::Input, file.string(),
        ": not a video that can be read: ", words(code));
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

CodecContext open_decoder(const AVStream& stream, const std::filesystem::path& file) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  check(codec != nullptr, ErrorCode::Input, file.string(), ": no decoder for ",
        avcodec_get_name(stream.codecpar->codec_id));
  CodecContext decoder(avcodec_alloc_context3(codec));
  check(decoder != nullptr, ErrorCode::Device, file.string(), ": out of memory");
  avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->thread_count = 0;
  decoder->pkt_timebase = stream.time_base;
  const int code = avcodec_open2(decoder.get(), codec, nullptr);
  check(code >= 0, ErrorCode::Input, file.string(), ": the ", codec->name,
        " decoder does not start: ", words(code));
  return decoder;
}

VideoInfo info_of(AVFormatContext* input, AVStream* stream, const Turn& turn) {
  const AVCodecParameters& par = *stream->codecpar;
  VideoInfo info{.width = par.width, .height = par.height};
  AVRational rate = stream->avg_frame_rate;
  if (rate.num <= 0 || rate.den <= 0) rate = av_guess_frame_rate(input, stream, nullptr);
  info.rate = ours(rate);
  info.time_base = ours(stream->time_base);
  const AVRational aspect = av_guess_sample_aspect_ratio(input, stream, nullptr);
  info.pixel_aspect = aspect.num > 0 && aspect.den > 0 ? ours(aspect) : Rational{1, 1};
  info.frames = stream->nb_frames;
  if (stream->duration > 0)
    info.seconds = static_cast<double>(stream->duration) * av_q2d(stream->time_base);
  else if (input->duration > 0)
    info.seconds = static_cast<double>(input->duration) / AV_TIME_BASE;
  info.rotation = turn.degrees;
  info.color = {.matrix = par.color_space,
                .primaries = par.color_primaries,
                .transfer = par.color_trc,
                .full_range = par.color_range == AVCOL_RANGE_JPEG};
  info.codec = avcodec_get_name(par.codec_id);
  if (turn.degrees % 180 != 0) {
    std::swap(info.width, info.height);
    std::swap(info.pixel_aspect.num, info.pixel_aspect.den);
  }
  return info;
}

// The old yuvj formats say "full range" by their name; swscale wants it said by the range.
AVPixelFormat without_j(AVPixelFormat format, bool& full_range) {
  const auto plain = [&](AVPixelFormat same) {
    full_range = true;
    return same;
  };
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return plain(AV_PIX_FMT_YUV420P);
    case AV_PIX_FMT_YUVJ422P:
      return plain(AV_PIX_FMT_YUV422P);
    case AV_PIX_FMT_YUVJ444P:
      return plain(AV_PIX_FMT_YUV444P);
    case AV_PIX_FMT_YUVJ440P:
      return plain(AV_PIX_FMT_YUV440P);
    default:
      return format;
  }
}

}  // namespace

struct VideoReader::State {
  std::filesystem::path file;
  Input input;
  AVStream* stream = nullptr;  // the input's
  Turn turn;
  VideoInfo info;
  CodecContext decoder;
  AvFrame frame{av_frame_alloc()};
  AvPacket packet{av_packet_alloc()};
  Scaler scaler;
  Conversion scaled_as;
  std::int64_t packets = 0;  // of our stream
  std::int64_t images = 0;
  std::int64_t damaged = 0;
  std::string trouble;  // why the file ended early, told after the last frame
  bool flushed = false;
  bool ended = false;
  double last_seconds = 0;

  /// Gives the decoder one more packet, or tells it that there is none.
  void feed();
  void check_end(int code);
  /// Puts the next image into `frame`; false at the end, after telling of the trouble once.
  bool decode();
  double stamp();
  Image image();
  Scaler& scaler_for_frame();
};

void VideoReader::State::check_end(int code) {
  if (code != AVERROR_EOF) trouble = "reading stopped: " + words(code);
  // Containers with an index say how many there are; fewer means that the file was cut off.
  else if (packets < stream->nb_frames)
    trouble = "cut off: " + std::to_string(packets) + " of " + std::to_string(stream->nb_frames) +
              " frames are there";
}

void VideoReader::State::feed() {
  for (;;) {
    const int code = av_read_frame(input.get(), packet.get());
    if (code < 0) {
      check_end(code);
      if (avcodec_send_packet(decoder.get(), nullptr) < 0) ++damaged;
      flushed = true;
      return;
    }
    const bool mine = packet->stream_index == stream->index;
    const bool whole = (packet->flags & AV_PKT_FLAG_CORRUPT) == 0;
    if (mine && whole) {
      ++packets;
      const int sent = avcodec_send_packet(decoder.get(), packet.get());
      av_packet_unref(packet.get());
      if (sent < 0) ++damaged;  // the decoder finds its way back at the next key frame
      return;
    }
    if (mine) ++damaged;
    av_packet_unref(packet.get());
  }
}

Scaler& VideoReader::State::scaler_for_frame() {
  bool full = frame->color_range == AVCOL_RANGE_JPEG;
  Conversion wanted{.to = ScaleTo::Bgr, .width = frame->width, .height = frame->height};
  wanted.yuv = without_j(static_cast<AVPixelFormat>(frame->format), full);
  wanted.matrix = matrix_or_usual({.matrix = frame->colorspace}, frame->height);
  wanted.full_range = full;
  if (scaler == nullptr || !(wanted == scaled_as)) {
    scaler = make_scaler(wanted);
    scaled_as = wanted;
  }
  return scaler;
}

VideoReader::Image VideoReader::State::image() {
  cv::Mat bgr(frame->height, frame->width, CV_8UC3);
  unsigned char* rows[4] = {bgr.data};
  const int steps[4] = {static_cast<int>(bgr.step)};
  sws_scale(scaler_for_frame().get(), frame->data, frame->linesize, 0, frame->height, rows, steps);
  const double seconds = stamp();
  return {rotated(std::move(bgr), turn), seconds};
}

double VideoReader::State::stamp() {
  // From the start of the file, not of this stream: images and sound keep their distance.
  const double start = input->start_time == AV_NOPTS_VALUE
                           ? 0
                           : static_cast<double>(input->start_time) / AV_TIME_BASE;
  if (frame->best_effort_timestamp != AV_NOPTS_VALUE)
    last_seconds =
        static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream->time_base) - start;
  else if (images > 0)
    last_seconds += info.rate.num > 0 ? 1 / info.rate.value() : 0;
  ++images;
  return last_seconds;
}

VideoReader::VideoReader(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  be_quiet();
  State& s = *state_;
  s.file = file;
  check(std::filesystem::exists(file), ErrorCode::Input, file.string(), ": no such file");
  s.input = open_file(file);
  s.stream = image_stream(*s.input, file);
  s.turn = turn_of(*s.stream);
  s.decoder = open_decoder(*s.stream, file);
  s.info = info_of(s.input.get(), s.stream, s.turn);
  check(s.info.width > 0 && s.info.height > 0, ErrorCode::Input, file.string(),
        ": the size of its images is not known");
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}

bool VideoReader::State::decode() {
  while (!ended) {
    const int code = avcodec_receive_frame(decoder.get(), frame.get());
    if (code >= 0) return true;
    ended = code == AVERROR_EOF || (code == AVERROR(EAGAIN) && flushed);
    if (ended) break;
    // After the last packet too: threads tell of a damaged one late, and sound ones come after it.
    if (code != AVERROR(EAGAIN)) ++damaged;
    if (!flushed) feed();
  }
  std::string why;
  std::swap(why, trouble);
  if (damaged > 0) why += (why.empty() ? "" : "; ") + std::to_string(damaged) + " damaged packets";
  damaged = 0;
  if (images == 0 && why.empty()) why = "no frame could be decoded";
  images = std::max<std::int64_t>(images, 1);  // the trouble is told once
  check(why.empty(), ErrorCode::Input, file.string(), ": ", why);
  return false;
}

std::optional<VideoReader::Image> VideoReader::next() {
  if (!state_->decode()) return std::nullopt;
  Image image = state_->image();
  av_frame_unref(state_->frame.get());
  return image;
}

bool VideoReader::skip() {
  if (!state_->decode()) return false;
  state_->stamp();
  av_frame_unref(state_->frame.get());
  return true;
}

}  // namespace cameo

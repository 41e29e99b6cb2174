// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video.h"

namespace cameo {
namespace {

using namespace libav;

constexpr AVPixelFormat kPixels = AV_PIX_FMT_YUV420P;
constexpr int kLeastQuantizer = 2;
constexpr int kMostQuantizer = 31;

/// An open output file; closed, but not completed, by the destructor.
struct OutputDeleter {
  void operator()(AVFormatContext* p) const {
    if (p->pb != nullptr) avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
using Output = std::unique_ptr<AVFormatContext, OutputDeleter>;

// x264 first, then what comes nearest to it, then whatever the container was made for.
const AVCodec* encoder_for(const AVOutputFormat& container, const std::filesystem::path& file) {
  std::vector<const AVCodec*> candidates;
  for (const char* name : {"libx264", "libopenh264", "libvpx-vp9", "mpeg4"})
    candidates.push_back(avcodec_find_encoder_by_name(name));
  candidates.push_back(avcodec_find_encoder(container.video_codec));
  for (const AVCodec* codec : candidates) {
    if (codec == nullptr || !takes_pixels(*codec, kPixels)) continue;
    if (avformat_query_codec(&container, codec->id, FF_COMPLIANCE_NORMAL) == 1) return codec;
  }
  fail(ErrorCode::Usage, file.string(), ": no encoder here writes video into ", container.long_name,
       "; take .mp4, .mov or .mkv");
}

// AVI has frames at one rate, in the order of showing: a finer time base would fill it with empty
// ones, and frames that are coded ahead would all seem late.
bool is_avi(const AVFormatContext& output) {
  return std::string_view(output.oformat->name) == "avi";
}

int even(int size) {
  return size + size % 2;
}

void set_quality(AVCodecContext& encoder, const VideoWriterOptions& options) {
  const bool has_crf = av_opt_set_double(encoder.priv_data, "crf", options.crf, 0) >= 0;
  av_opt_set(encoder.priv_data, "preset", options.preset.c_str(), 0);
  if (has_crf) {
    encoder.bit_rate = 0;  // VP9 takes crf as a bound unless the rate is 0
    return;
  }
  // Others have a quantizer from 2; crf / 6 looks about the same around 18.
  const int quantizer = std::clamp(options.crf / 6, kLeastQuantizer, kMostQuantizer);
  encoder.flags |= AV_CODEC_FLAG_QSCALE;
  encoder.global_quality = quantizer * FF_QP2LAMBDA;
}

void set_color(AVCodecContext& encoder, const VideoColor& color, int matrix) {
  const auto or_matrix = [&](int said, int usual) { return said == 2 ? usual : said; };
  // Primaries and transfer that go with the matrix where nothing better is known: 709 has code
  // point 1 in all three lists, 601 (525 lines) has 6.
  const bool known = matrix == AVCOL_SPC_BT709 || matrix == AVCOL_SPC_SMPTE170M;
  const int usual = known ? matrix : 2;
  encoder.colorspace = static_cast<AVColorSpace>(matrix);
  encoder.color_primaries = static_cast<AVColorPrimaries>(or_matrix(color.primaries, usual));
  encoder.color_trc = static_cast<AVColorTransferCharacteristic>(or_matrix(color.transfer, usual));
  encoder.color_range = color.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

}  // namespace

VideoWriterOptions VideoWriterOptions::like(const VideoInfo& info) {
  VideoWriterOptions options;
  if (info.rate.num > 0) options.rate = info.rate;
  options.pixel_aspect = info.pixel_aspect;
  options.color = info.color;
  if (info.time_base.num > 0) options.time_base = info.time_base;
  return options;
}

struct VideoWriter::State {
  std::filesystem::path file;
  std::filesystem::path temporary;
  VideoWriterOptions options;
  Output output;
  CodecContext encoder;
  AVStream* stream = nullptr;  // the output's
  Scaler scaler;
  AvFrame frame{av_frame_alloc()};
  AvPacket packet{av_packet_alloc()};
  cv::Size size;  // of the frames as given
  std::int64_t frames = 0;
  std::int64_t last_stamp = -1;
  bool finished = false;

  State(std::filesystem::path name, const VideoWriterOptions& encode)
      : file(std::move(name)), temporary(temporary_beside(file)), options(encode) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// libav's name of the unfinished file: "file:" keeps it from reading a protocol into the name.
  std::string address() const { return "file:" + temporary.string(); }
  void ok(int code, const char* what) const {
    check(code >= 0, ErrorCode::Input, file.string(), ": ", what, ": ", words(code));
  }
  void open(const cv::Mat& first);
  void open_encoder(const AVCodec* codec);
  std::int64_t stamp(std::optional<double> seconds);
  void send(const AVFrame* image);
};

VideoWriter::State::~State() {
  if (finished) return;
  output.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
}

void VideoWriter::State::open_encoder(const AVCodec* codec) {
  encoder.reset(avcodec_alloc_context3(codec));
  check(encoder != nullptr, ErrorCode::Device, file.string(), ": out of memory");
  encoder->width = even(size.width);
  encoder->height = even(size.height);
  encoder->pix_fmt = kPixels;
  encoder->framerate = av(options.rate);
  const Rational ticks = options.time_base.value_or(Rational{options.rate.den, options.rate.num});
  encoder->time_base = av(ticks);
  encoder->sample_aspect_ratio = av(options.pixel_aspect);
  const int matrix = matrix_or_usual(options.color, size.height);
  set_color(*encoder, options.color, matrix);
  set_quality(*encoder, options);
  if (is_avi(*output)) encoder->max_b_frames = 0;
  if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0)
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  ok(avcodec_open2(encoder.get(), codec, nullptr), "the encoder does not start");
  scaler = make_scaler({.to = ScaleTo::Yuv,
                        .width = encoder->width,
                        .height = encoder->height,
                        .yuv = kPixels,
                        .matrix = matrix,
                        .full_range = options.color.full_range});
}

void VideoWriter::State::open(const cv::Mat& first) {
  size = first.size();
  make_folder(file.parent_path());
  open_encoder(encoder_for(*output->oformat, file));
  stream = avformat_new_stream(output.get(), nullptr);
  check(stream != nullptr, ErrorCode::Device, file.string(), ": out of memory");
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = encoder->framerate;
  stream->sample_aspect_ratio = encoder->sample_aspect_ratio;
  ok(avcodec_parameters_from_context(stream->codecpar, encoder.get()), "its stream is refused");
  ok(avio_open(&output->pb, address().c_str(), AVIO_FLAG_WRITE), "cannot be opened for writing");
  AVDictionary* muxer_options = nullptr;
  av_dict_set(&muxer_options, "movflags", "+faststart", 0);
  const int code = avformat_write_header(output.get(), &muxer_options);
  av_dict_free(&muxer_options);
  ok(code, "its header cannot be written");
  frame->format = kPixels;
  frame->width = encoder->width;
  frame->height = encoder->height;
  ok(av_frame_get_buffer(frame.get(), 0), "out of memory");
}

std::int64_t VideoWriter::State::stamp(std::optional<double> seconds) {
  if (!options.time_base) return frames;
  check(seconds.has_value(), ErrorCode::Usage, file.string(), ": frame ", frames,
        " has no time stamp, but a time base was given");
  const auto ticks = std::llround(*seconds / options.time_base->value());
  // Two stamps within one tick are kept apart, since no frame may be lost.
  last_stamp = std::max<std::int64_t>(ticks, last_stamp + 1);
  return last_stamp;
}

void VideoWriter::State::send(const AVFrame* image) {
  ok(avcodec_send_frame(encoder.get(), image), "a frame is refused by the encoder");
  for (;;) {
    const int code = avcodec_receive_packet(encoder.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    ok(code, "a frame cannot be encoded");
    av_packet_rescale_ts(packet.get(), encoder->time_base, stream->time_base);
    packet->stream_index = stream->index;
    ok(av_interleaved_write_frame(output.get(), packet.get()), "cannot be written");
  }
}

VideoWriter::VideoWriter(const std::filesystem::path& file, const VideoWriterOptions& options)
    : state_(std::make_unique<State>(file, options)) {
  be_quiet();
  const std::string name = file.string();
  check(options.rate.num > 0 && options.rate.den > 0, ErrorCode::Usage, name, ": frame rate ",
        options.rate.num, "/", options.rate.den);
  check(options.crf >= 0 && options.crf <= 51, ErrorCode::Usage, name,
        ": crf must be 0 to 51, got ", options.crf);
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, nullptr, state_->address().c_str());
  check(raw != nullptr, ErrorCode::Usage, name, ": no video container goes by the suffix '",
        file.extension().string(), "'; take .mp4, .mov or .mkv");
  state_->output.reset(raw);
  if (is_avi(*raw)) state_->options.time_base.reset();
  encoder_for(*raw->oformat, file);
}

VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::write(const cv::Mat& frame, std::optional<double> seconds) {
  State& s = *state_;
  check(frame.type() == CV_8UC3 && !frame.empty(), s.file.string(),
        ": frames must be 8-bit BGR, got type ", frame.type());
  check(!s.finished, s.file.string(), ": already finished");
  if (s.encoder == nullptr) s.open(frame);
  check(frame.size() == s.size, ErrorCode::Usage, s.file.string(), ": frame ", s.frames, " is ",
        frame.cols, "x", frame.rows, ", the first one was ", s.size.width, "x", s.size.height);
  cv::Mat whole = frame;
  if (frame.cols % 2 != 0 || frame.rows % 2 != 0)
    cv::copyMakeBorder(frame, whole, 0, frame.rows % 2, 0, frame.cols % 2, cv::BORDER_REPLICATE);
  s.ok(av_frame_make_writable(s.frame.get()), "out of memory");
  const unsigned char* rows[4] = {whole.data};
  const int steps[4] = {static_cast<int>(whole.step)};
  sws_scale(s.scaler.get(), rows, steps, 0, whole.rows, s.frame->data, s.frame->linesize);
  s.frame->pts = s.stamp(seconds);
  s.frame->color_range = s.encoder->color_range;
  s.frame->colorspace = s.encoder->colorspace;
  s.send(s.frame.get());
  ++s.frames;
}

void VideoWriter::finish() {
  State& s = *state_;
  if (s.finished) return;
  check(s.frames > 0, ErrorCode::Input, s.file.string(), ": no frame was written");
  s.send(nullptr);
  s.ok(av_write_trailer(s.output.get()), "its end cannot be written");
  s.ok(avio_closep(&s.output->pb), "cannot be closed");
  s.output.reset();
  rename_into_place(s.temporary, s.file);
  s.finished = true;
}

std::int64_t VideoWriter::frames() const {
  return state_->frames;
}

std::string VideoWriter::encoder() const {
  return state_->encoder == nullptr ? "" : state_->encoder->codec->name;
}

}  // namespace cameo

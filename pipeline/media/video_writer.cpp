// SPDX-License-Identifier: MIT
#include "pipeline/media/video_writer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video_encoder.h"
#include "pipeline/media/video_frames.h"
#include "pipeline/media/video_muxer.h"
#include "pipeline/media/video_segments.h"

namespace cameo {
namespace {

using namespace libav;
namespace fs = std::filesystem;

// Whatever else the encoded images depend on.
std::string whole_key(const VideoWriterOptions& o) {
  std::ostringstream key;
  const Rational ticks = o.time_base.value_or(Rational{});
  key << o.resume_key << "\ncodec " << o.codec << ' ' << o.encoder << ' ' << o.pixel_format << ' '
      << o.crf.value_or(-1) << ' ' << o.preset << "\ntime " << o.rate.num << '/' << o.rate.den
      << ' ' << ticks.num << '/' << ticks.den << ' ' << o.keep_gaps << "\naspect "
      << o.pixel_aspect.num << '/' << o.pixel_aspect.den << " fields "
      << static_cast<int>(o.field_order) << "\nlibavcodec " << avcodec_version();
  if (o.color)
    key << "\ncolor " << o.color->matrix << ' ' << o.color->primaries << ' ' << o.color->transfer
        << ' ' << static_cast<int>(o.color->range) << ' ' << o.color->chroma_location;
  return key.str();
}

AVPixelFormat form_of(const VideoFrame& frame) {
  if (frame.decoded != nullptr) return conversion_of(frame.decoded->frame()).yuv;
  return frame.pixels.depth() == CV_16U ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
}

/// What the decoder gives for a video's first frame, which tells of light levels; null if there is
/// none.
std::shared_ptr<const DecodedImage> first_image(const fs::path& video) {
  if (video.empty()) return nullptr;
  try {
    const auto first = VideoReader(video).next();
    return first ? first->decoded : nullptr;
  } catch (const Error&) {  // so it tells nothing
    return nullptr;
  }
}

}  // namespace

VideoWriterOptions VideoWriterOptions::like(const VideoInfo& info) {
  VideoWriterOptions options;
  if (info.rate.num > 0) options.rate = info.rate;
  options.pixel_aspect = info.pixel_aspect;
  options.field_order = info.field_order;
  options.color = info.color;
  if (info.time_base.num > 0) options.time_base = info.time_base;
  return options;
}

struct VideoWriter::State {
  fs::path file;
  VideoWriterOptions options;
  AVRational ticks;      // of the stamps given
  AVRational out_ticks;  // of the encoder
  std::unique_ptr<VideoMuxer> muxer;
  const AVCodec* codec = nullptr;
  std::unique_ptr<SegmentFolder> segments;
  std::unique_ptr<FrameMaker> maker;
  std::unique_ptr<Encoder> encoder;
  EncodeShape shape;
  KeptTime kept;
  std::map<std::int64_t, std::int64_t> durations;  // by stamp, of frames in the encoder
  std::int64_t frames = 0;
  std::int64_t in_segment = 0;
  std::int64_t next_index = 0;
  std::optional<std::int64_t> last_stamp;
  bool changed = false;
  bool early = false;
  bool finished = false;
  std::string encoder_name;

  State(fs::path name, const VideoWriterOptions& encode);
  ~State() {
    if (segments && options.resume_key.empty()) segments->remove();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void open_segments();
  void resume();
  void open(const VideoFrame& first);
  void start_muxer(const CodecParameters& parameters, const AVFrame* first);
  void check_alpha(const VideoFrame& first) const;
  void note_field_order() const;
  void note_size() const;
  std::int64_t stamp(const VideoFrame& frame);
  void send(const AVFrame* image);
  void complete_segment();
  bool copy_source();
  void join();
  fs::path temporary() const;
};

VideoWriter::State::State(fs::path name, const VideoWriterOptions& encode)
    : file(std::move(name)), options(encode), kept(!encode.keep_gaps) {
  const Rational& rate = options.rate;
  check(rate.num > 0 && rate.den > 0, ErrorCode::Usage, file.string(), ": frame rate ", rate.num,
        "/", rate.den);
  const int crf = options.crf.value_or(0);
  check(crf >= 0 && crf <= 63, ErrorCode::Usage, file.string(), ": crf must be 0 to 63, got ", crf);
  ticks = av(options.time_base.value_or(Rational{rate.den, rate.num}));
  open_segments();
  muxer = std::make_unique<VideoMuxer>(file, temporary(), options);
  // A finer time base would fill AVI with empty frames.
  if (is_avi(muxer->container())) options.time_base.reset();
  out_ticks = av(options.time_base.value_or(Rational{rate.den, rate.num}));
  codec = &choose_encoder(muxer->container(), options, file);
  if (!options.preset.empty() && !has_presets(*codec) && options.note)
    options.note(file.string() + ": " + codec->name + " has no presets, '" + options.preset +
                 "' does nothing");
  if (segments) resume();
}

// Whether a frame changes, and the file is to have tags, is not known at the first one.
void VideoWriter::State::open_segments() {
  const bool resumes = !options.resume_key.empty();
  if (!resumes && (options.tags.empty() || takes_late_tags(file))) return;
  const std::string key = resumes ? whole_key(options) : "not resumed";
  segments = std::make_unique<SegmentFolder>(file, key);
  if (resumes) return;
  segments->remove();  // of a run that was killed
  segments = std::make_unique<SegmentFolder>(file, key);
}

fs::path VideoWriter::State::temporary() const {
  // A killed run's unfinished file is then replaced by the next one's.
  return segments ? segments->folder() / ("joined" + file.extension().string())
                  : temporary_beside(file);
}

void VideoWriter::State::resume() {
  const SegmentState& state = segments->state();
  next_index = state.next_index;
  frames = state.frames;
  changed = state.changed;
  kept = KeptTime(!options.keep_gaps, state.kept);
  kept.expect(next_index);
  if (frames == 0) return;
  shape = {state.size, av_get_pix_fmt(state.pixels.c_str())};
  maker = std::make_unique<FrameMaker>(shape.size, options.note);
}

void VideoWriter::State::check_alpha(const VideoFrame& first) const {
  if (first.decoded == nullptr) return;
  const auto alpha = [](AVPixelFormat pixels) {
    const AVPixFmtDescriptor* form = av_pix_fmt_desc_get(pixels);
    return form != nullptr && (form->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 &&
           (form->flags & AV_PIX_FMT_FLAG_PAL) == 0;
  };
  if (!alpha(shape.source) || alpha(encoder->context().pix_fmt)) return;
  const std::string lost = std::string(": ") + codec->name + " cannot keep the alpha channel";
  check(options.drop_streams, ErrorCode::Usage, file.string(), lost,
        "; take --codec ffv1, prores or vp9, or --drop-streams leaves it out");
  if (options.note) options.note(file.string() + lost);
}

void VideoWriter::State::note_field_order() const {
  if (!options.note || encoder->field_order() == options.field_order) return;
  options.note(file.string() + ": " + codec->name +
               " has no interlaced frames: the order of fields is not kept; --codec h264, ffv1 "
               "and prores keep it");
}

void VideoWriter::State::note_size() const {
  const cv::Size made(encoder->context().width, encoder->context().height);
  if (!options.note || made == shape.size) return;
  options.note(file.string() + ": " + codec->name +
               " takes even sizes only: " + std::to_string(shape.size.width) + "x" +
               std::to_string(shape.size.height) + " becomes " + std::to_string(made.width) + "x" +
               std::to_string(made.height) + "; --codec ffv1 and vp9 keep it");
}

void VideoWriter::State::start_muxer(const CodecParameters& parameters, const AVFrame* first) {
  const ImageStream images{parameters.get(), out_ticks, av(options.rate), first};
  muxer->start(&images, kept);
}

void VideoWriter::State::open(const VideoFrame& first) {
  if (maker == nullptr) {
    shape = {first.pixels.size(), form_of(first)};
    maker = std::make_unique<FrameMaker>(shape.size, options.note);
  }
  encoder = std::make_unique<Encoder>(*codec, muxer->container(), shape, options, file);
  encoder_name = codec->name;
  if (frames == 0) {
    check_alpha(first);
    note_field_order();
    note_size();
  }
  const bool direct = segments == nullptr && !muxer->started();
  if (direct) start_muxer(encoder->parameters(), first.decoded ? &first.decoded->frame() : nullptr);
}

std::int64_t VideoWriter::State::stamp(const VideoFrame& frame) {
  const std::int64_t usual =
      std::max<std::int64_t>(av_rescale_q(1, av_inv_q(av(options.rate)), ticks), 1);
  std::int64_t at = frame.stamp.value_or(frames * usual);
  // Two stamps within one tick are kept apart, since no frame may be lost.
  if (last_stamp) at = std::max(at, *last_stamp + 1);
  last_stamp = at;
  const std::int64_t duration = frame.duration > 0 ? frame.duration : usual;
  const std::int64_t out = kept.add(frame.index, at, duration);
  const std::int64_t ready = av_rescale_q(out, ticks, out_ticks);
  durations[ready] = av_rescale_q(duration, ticks, out_ticks);
  return ready;
}

void VideoWriter::State::send(const AVFrame* image) {
  encoder->send(image, [&](AVPacket& packet) {
    const auto duration = durations.find(packet.pts);
    if (duration != durations.end()) {
      packet.duration = duration->second;
      durations.erase(duration);
    }
    if (segments)
      segments->add(packet);
    else
      muxer->write(packet);
  });
}

void VideoWriter::State::complete_segment() {
  if (in_segment == 0) return;
  send(nullptr);
  encoder.reset();
  in_segment = 0;
  const AVPixFmtDescriptor* form = av_pix_fmt_desc_get(shape.source);
  segments->complete(
      {next_index, frames, changed, shape.size, form == nullptr ? "" : form->name, kept.ranges()});
}

// Unchanged frames need no encoding, if those written are all that the source has.
bool VideoWriter::State::copy_source() {
  const bool asked = !options.codec.empty() || !options.encoder.empty() ||
                     !options.pixel_format.empty() || options.crf || !options.preset.empty();
  if (changed || early || asked || options.copy_from.empty() || !options.keep_gaps) return false;
  VideoWriterOptions quiet = options;
  quiet.note = {};
  const KeptTime whole(false);
  try {
    VideoMuxer copy(file, temporary_beside(file), quiet, true);
    copy.start(nullptr, whole);
    copy.copy_rest({}, whole, ticks);
    if (copy.images_copied() != frames) return false;
    copy.finish(whole, ticks);
  } catch (const Error&) {
    return false;  // a codec that the container does not take
  }
  encoder_name = "copy";
  return true;
}

void VideoWriter::State::join() {
  complete_segment();
  encoder = std::make_unique<Encoder>(*codec, muxer->container(), shape, options, file);
  encoder_name = codec->name;
  if (changed) muxer->set_tags(options.tags);
  const auto first = first_image(options.copy_from);
  start_muxer(encoder->parameters_alone(), first ? &first->frame() : nullptr);
  segments->read([&](AVPacket& packet) {
    if (options.keep_gaps)
      muxer->copy_until(av_rescale_q(packet.pts, out_ticks, ticks), kept, ticks);
    muxer->write(packet);
  });
}

void check_video_output(const fs::path& file, const VideoWriterOptions& options) {
  VideoWriterOptions quiet = options;
  quiet.note = {};
  const VideoMuxer muxer(file, temporary_beside(file), quiet);
  choose_encoder(muxer.container(), quiet, file);
}

VideoWriter::VideoWriter(const fs::path& file, const VideoWriterOptions& options) {
  be_quiet();
  state_ = std::make_unique<State>(file, options);
}

VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

std::int64_t VideoWriter::frames_done() const {
  return state_->segments ? state_->segments->state().next_index : 0;
}

void VideoWriter::write(const VideoFrame& frame) {
  State& s = *state_;
  const int type = frame.pixels.type();
  check((type == CV_8UC3 || type == CV_16UC3) && !frame.pixels.empty(), s.file.string(),
        ": frames must be BGR of 8 or 16 bits, got type ", type);
  check(!s.finished, s.file.string(), ": already finished");
  check(frame.stamp || !s.options.time_base, ErrorCode::Usage, s.file.string(), ": frame ",
        s.frames, " has no time stamp, but a time base was given");
  if (s.encoder == nullptr) s.open(frame);
  const AvFrame image = s.maker->make(frame, *s.encoder);
  image->pts = s.stamp(frame);
  s.changed = s.changed || frame.changed;
  s.next_index = frame.index + 1;
  s.send(image.get());
  ++s.frames;
  ++s.in_segment;
  if (s.segments == nullptr) {
    s.muxer->copy_until(s.kept.end(), s.kept, s.ticks);
  } else if (s.in_segment >= s.options.segment_frames) {
    s.complete_segment();
  }
}

void VideoWriter::write(const cv::Mat& frame, std::optional<double> seconds) {
  VideoFrame one{.pixels = frame, .index = state_->next_index};
  if (seconds && state_->options.time_base)
    one.stamp = std::llround(*seconds / state_->options.time_base->value());
  write(one);
}

void VideoWriter::suspend() {
  if (state_->segments && !state_->finished) state_->complete_segment();
}

void VideoWriter::end_early() {
  state_->early = true;
}

void VideoWriter::finish() {
  State& s = *state_;
  if (s.finished) return;
  check(s.frames > 0, ErrorCode::Input, s.file.string(), ": no frame was written");
  if (!s.copy_source()) {
    if (s.segments)
      s.join();
    else
      s.send(nullptr);
    const bool all = !s.early && s.options.keep_gaps;
    s.muxer->copy_rest(all ? std::nullopt : std::optional(s.kept.end()), s.kept, s.ticks);
    if (s.changed && !s.segments) s.muxer->set_tags(s.options.tags);
    s.muxer->finish(s.kept, s.ticks, s.changed ? s.options.mark : nullptr);
  }
  s.muxer.reset();
  if (s.segments) s.segments->remove();
  s.finished = true;
}

std::int64_t VideoWriter::frames() const {
  return state_->frames;
}

std::string VideoWriter::encoder() const {
  return state_->encoder_name;
}

}  // namespace cameo

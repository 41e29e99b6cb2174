// SPDX-License-Identifier: MIT
#include "pipeline/media/video_streams.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/write_fault.h"

namespace cameo::libav {
namespace {

using Name = std::string_view;

bool is_matroska(const AVOutputFormat& container) {
  return Name(container.name) == "matroska";
}

bool is_subtitle(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
}

bool is_iso(const AVOutputFormat& container) {
  return Name(container.name) == "mp4" || Name(container.name) == "mov";
}

// The source's tag where it means the same codec in the container, else the container's own.
std::uint32_t tag_for(const AVOutputFormat& container, const AVCodecParameters& par) {
  unsigned own = 0;
  const bool any = container.codec_tag == nullptr;
  const bool same = !any && av_codec_get_id(container.codec_tag, par.codec_tag) == par.codec_id;
  const bool none = !any && av_codec_get_tag2(container.codec_tag, par.codec_id, &own) == 0;
  return any || same || none ? par.codec_tag : 0;
}

// Containers refuse some streams only when they write their header: so one is written, to nowhere.
bool takes_stream(const AVOutputFormat& container, const AVStream& stream) {
  const AVCodecParameters& par = *stream.codecpar;
  if (avformat_query_codec(&container, par.codec_id, FF_COMPLIANCE_NORMAL) == 0) return false;
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, container.name, nullptr);
  if (raw == nullptr) return false;
  AVStream* to = avformat_new_stream(raw, nullptr);
  bool taken = to != nullptr && avcodec_parameters_copy(to->codecpar, &par) >= 0 &&
               avio_open_dyn_buf(&raw->pb) >= 0;
  if (taken) {
    to->codecpar->codec_tag = tag_for(container, par);
    to->time_base = stream.time_base;
    to->avg_frame_rate = stream.avg_frame_rate;
    to->sample_aspect_ratio = par.sample_aspect_ratio;
    taken = avformat_write_header(raw, nullptr) >= 0;
    std::uint8_t* bytes = nullptr;
    avio_close_dyn_buf(raw->pb, &bytes);
    raw->pb = nullptr;
    av_free(bytes);
  }
  avformat_free_context(raw);
  return taken;
}

std::string name_of(const AVStream& stream) {
  const AVCodecParameters& par = *stream.codecpar;
  const char* kind = av_get_media_type_string(par.codec_type);
  std::string name = "stream " + std::to_string(stream.index) + " (" +
                     (kind == nullptr ? "unknown" : kind) + ", " + avcodec_get_name(par.codec_id);
  const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0);
  if (language != nullptr) name += std::string(", ") + language->value;
  return name + ")";
}

// Words of the source's container and encoder that are not true of a copy.
void drop_stale(AVDictionary** metadata) {
  for (const char* key :
       {"encoder", "major_brand", "minor_version", "compatible_brands", "rotate", "DURATION", "BPS",
        "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "_STATISTICS_WRITING_APP",
        "_STATISTICS_WRITING_DATE_UTC", "_STATISTICS_TAGS"})
    av_dict_set(metadata, key, nullptr, 0);
}

// QuickTime has numbers for the bibliographic codes of languages that ISO 639-2 has two for.
void set_language(AVStream& stream, const AVOutputFormat& container) {
  struct Codes {
    Name terminology;
    const char* bibliographic;
  };
  constexpr std::array kCodes{Codes{"deu", "ger"}, Codes{"fra", "fre"}, Codes{"nld", "dut"},
                              Codes{"zho", "chi"}, Codes{"ces", "cze"}, Codes{"ell", "gre"},
                              Codes{"fas", "per"}, Codes{"ron", "rum"}, Codes{"slk", "slo"},
                              Codes{"isl", "ice"}, Codes{"hye", "arm"}, Codes{"sqi", "alb"}};
  const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0);
  if (language == nullptr || Name(container.name) != "mov") return;
  const Name code = language->value;
  const auto* known = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const Codes& c) { return c.terminology == code; });
  if (known != kCodes.end()) av_dict_set(&stream.metadata, "language", known->bibliographic, 0);
}

// Stamp of the last packet that an edit list hides before the first it shows: the decoder's start.
std::int64_t last_hidden(AVStream& stream) {
  std::int64_t last = AV_NOPTS_VALUE;
  const int entries = avformat_index_get_entries_count(&stream);
  for (int i = 0; i < entries; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0) break;
    last = entry->timestamp;
  }
  return last;
}

// Opus in Matroska has a field of its own for what is to be skipped, which may lie before 0.
std::int64_t earliest(const AVOutputFormat& container, const AVStream& stream) {
  const AVCodecParameters& par = *stream.codecpar;
  if (is_iso(container) || par.codec_id != AV_CODEC_ID_OPUS || par.sample_rate <= 0) return 0;
  return -av_rescale_q(par.initial_padding, {1, par.sample_rate}, stream.time_base);
}

bool is_cover(const AVStream& stream) {
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

}  // namespace

StreamCopy::StreamCopy(const std::filesystem::path& source, AVFormatContext& output,
                       const VideoWriterOptions& options, bool with_images)
    : source_(source), input_(source), output_(output) {
  AVFormatContext& from = input_.format();
  plans_.resize(from.nb_streams);
  for (unsigned i = 0; i < from.nb_streams; ++i) plan(*from.streams[i], options, with_images);
}

StreamCopy::Fate StreamCopy::fate_of(AVStream& stream) const {
  const AVOutputFormat& container = *output_.oformat;
  const bool attachment = stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT;
  if (is_matroska(container) && (attachment || is_cover(stream)))
    return attachment || stream.attached_pic.size > 0 ? Fate::Attach : Fate::Leave;
  if (attachment || (is_cover(stream) && !is_iso(container))) return Fate::Leave;
  return takes_stream(container, stream) ? Fate::Copy : Fate::Leave;
}

void StreamCopy::plan(AVStream& stream, const VideoWriterOptions& options, bool with_images) {
  Plan& plan = plans_.at(static_cast<std::size_t>(stream.index));
  const bool images = stream.index == input_.images().index;
  if (images && !with_images) return;
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && options.no_audio) return;
  if (stream.discard == AVDISCARD_ALL) return;  // chapters, which the demuxer has read already
  plan.fate = fate_of(stream);
  if (plan.fate == Fate::Leave) {
    plan.converter = SubtitleConverter::make(stream, *output_.oformat);
    if (plan.converter != nullptr) plan.fate = Fate::Convert;
  }
  if (plan.fate != Fate::Leave) return;
  // MP4's muxer makes a track of the time code among the images' metadata.
  const bool time_code = stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd');
  if (time_code && is_iso(*output_.oformat)) return;
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_DATA) {
    if (options.note)
      options.note(source_.string() + ": " + name_of(stream) + " is left out: data that " +
                   output_.oformat->long_name + " has no place for");
    return;
  }
  lost_.push_back(name_of(stream));
}

void StreamCopy::describe(const AVStream& from, AVStream& to) const {
  av_dict_copy(&to.metadata, from.metadata, 0);
  drop_stale(&to.metadata);
  set_language(to, *output_.oformat);
  to.disposition = from.disposition;
}

void StreamCopy::add(AVStream& stream, Plan& plan) {
  plan.to = avformat_new_stream(&output_, nullptr);
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
    const std::int64_t hidden = last_hidden(stream);
    if (hidden != AV_NOPTS_VALUE) plan.warm_up = input_.from_start(hidden, stream.time_base);
  }
  check(plan.to != nullptr, ErrorCode::Device, source_.string(), ": out of memory");
  AVStream& to = *plan.to;
  AVCodecParameters& par = *to.codecpar;
  describe(stream, to);
  to.time_base = stream.time_base;
  bool ok = true;
  if (plan.fate == Fate::Convert) {
    ok = plan.converter->describe(par);
  } else {
    ok = avcodec_parameters_copy(&par, stream.codecpar) >= 0 && copy_side_data(stream, to);
    par.codec_tag = tag_for(*output_.oformat, *stream.codecpar);
    // What is before 0 is left out, so nothing is left to skip.
    if (!is_iso(*output_.oformat) && earliest(*output_.oformat, stream) == 0)
      par.initial_padding = 0;
    to.avg_frame_rate = stream.avg_frame_rate;
    to.r_frame_rate = stream.r_frame_rate;
    to.sample_aspect_ratio = stream.sample_aspect_ratio;
  }
  if (plan.fate == Fate::Attach && is_cover(stream)) {
    const AVPacket& cover = stream.attached_pic;
    const bool png = par.codec_id == AV_CODEC_ID_PNG;
    par.codec_type = AVMEDIA_TYPE_ATTACHMENT;
    to.disposition = 0;
    av_freep(&par.extradata);
    const auto bytes = static_cast<std::size_t>(cover.size);
    par.extradata = static_cast<std::uint8_t*>(av_mallocz(bytes + AV_INPUT_BUFFER_PADDING_SIZE));
    ok = ok && par.extradata != nullptr;
    if (ok) std::memcpy(par.extradata, cover.data, bytes);
    par.extradata_size = ok ? cover.size : 0;
    if (av_dict_get(to.metadata, "filename", nullptr, 0) == nullptr)
      av_dict_set(&to.metadata, "filename", png ? "cover.png" : "cover.jpg", 0);
    if (av_dict_get(to.metadata, "mimetype", nullptr, 0) == nullptr)
      av_dict_set(&to.metadata, "mimetype", png ? "image/png" : "image/jpeg", 0);
  }
  check(ok, ErrorCode::Input, source_.string(), ": ", name_of(stream), " cannot be copied");
}

void StreamCopy::add_streams(const std::function<AVStream*()>& images) {
  AVFormatContext& from = input_.format();
  av_dict_copy(&output_.metadata, from.metadata, 0);
  drop_stale(&output_.metadata);
  for (unsigned i = 0; i < from.nb_streams; ++i) {
    AVStream& stream = *from.streams[i];
    Plan& plan = plans_.at(i);
    const bool copied = plan.fate != Fate::Leave;
    if (copied) add(stream, plan);
    if (!copied && stream.index == input_.images().index)
      if (AVStream* to = images(); to != nullptr) describe(stream, *to);
  }
}

void StreamCopy::add_chapters(const KeptTime& kept, AVRational ticks) {
  const AVFormatContext& from = input_.format();
  if (from.nb_chapters == 0) return;
  output_.chapters = static_cast<AVChapter**>(av_calloc(from.nb_chapters, sizeof(AVChapter*)));
  check(output_.chapters != nullptr, ErrorCode::Device, source_.string(), ": out of memory");
  for (unsigned i = 0; i < from.nb_chapters; ++i) {
    const AVChapter& chapter = *from.chapters[i];
    std::int64_t begin = input_.from_start(chapter.start, chapter.time_base);
    std::int64_t end = input_.from_start(chapter.end, chapter.time_base);
    if (kept.closes_gaps()) {
      const auto span = kept.span(av_rescale_q(begin, chapter.time_base, ticks),
                                  av_rescale_q(end, chapter.time_base, ticks));
      if (!span) continue;
      begin = av_rescale_q(span->first, ticks, chapter.time_base);
      end = av_rescale_q(span->second, ticks, chapter.time_base);
    }
    auto* to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    check(to != nullptr, ErrorCode::Device, source_.string(), ": out of memory");
    to->id = chapter.id;
    to->time_base = chapter.time_base;
    to->start = std::max<std::int64_t>(begin, 0);
    to->end = std::max(end, to->start);
    av_dict_copy(&to->metadata, chapter.metadata, 0);
    output_.chapters[output_.nb_chapters++] = to;
  }
}

bool StreamCopy::plays(const AVPacket& packet, const Plan& plan) const {
  if (packet.pts == AV_NOPTS_VALUE) return true;
  const AVStream& from = *input_.format().streams[packet.stream_index];
  const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  const bool iso = is_iso(*output_.oformat);
  if (from.index == input_.images().index) {
    check(!hidden || (iso && packet.pts < 0), ErrorCode::Input, output_.url,
          ": an edit list of the source hides images, which cannot be hidden here");
    return true;
  }
  if (packet.pts >= 0) return !hidden || packet.pts == plan.warm_up;
  if (iso) return true;  // its muxer writes an edit list, too
  const std::int64_t first = earliest(*output_.oformat, from);
  return av_rescale_q(packet.pts - first, from.time_base, plan.to->time_base) >= 0;
}

void StreamCopy::write(AVPacket& packet, Plan& plan) {
  if (!plays(packet, plan)) return;
  if (plan.fate == Fate::Convert && !plan.converter->convert(packet)) return;
  const AVStream& from = *input_.format().streams[packet.stream_index];
  if (from.index == input_.images().index && (packet.flags & AV_PKT_FLAG_DISCARD) == 0)
    ++images_copied_;
  if (!muxer_adds_padding() && packet.pts != AV_NOPTS_VALUE) {
    const std::int64_t padding = -earliest(*output_.oformat, from);
    packet.pts += padding;
    packet.dts += padding;
  }
  av_packet_rescale_ts(&packet, from.time_base, plan.to->time_base);
  // Ticks of another length may bring two packets together.
  if (packet.dts != AV_NOPTS_VALUE && plan.last_dts != AV_NOPTS_VALUE &&
      packet.dts <= plan.last_dts && !is_subtitle(from)) {
    packet.dts = plan.last_dts + 1;
    if (packet.pts != AV_NOPTS_VALUE) packet.pts = std::max(packet.pts, packet.dts);
  }
  if (packet.dts != AV_NOPTS_VALUE) plan.last_dts = packet.dts;
  packet.stream_index = plan.to->index;
  packet.pos = -1;
  const int code = av_interleaved_write_frame(&output_, &packet);
  if (code >= 0) return;
  const std::filesystem::path file = std::string_view(output_.url).substr(sizeof "file:" - 1);
  fail(ErrorCode::Input, file.string(), ": ", name_of(from), " ",
       write_fault(file, output_.pb->bytes_written, words(code)));
}

void StreamCopy::put(AVPacket& packet, const KeptTime& kept, AVRational ticks) {
  Plan& plan = plans_.at(static_cast<std::size_t>(packet.stream_index));
  if (plan.fate != Fate::Copy && plan.fate != Fate::Convert) return;
  const AVStream& from = *input_.format().streams[packet.stream_index];
  const bool still = is_cover(from) || packet.pts == AV_NOPTS_VALUE;
  if (kept.closes_gaps() && !still && is_subtitle(from) && packet.duration > 0) {
    waiting_.emplace_back(av_packet_alloc());
    check(waiting_.back() != nullptr, ErrorCode::Device, source_.string(), ": out of memory");
    av_packet_move_ref(waiting_.back().get(), &packet);
    write_waiting(kept, ticks, false);
    return;
  }
  if (kept.closes_gaps() && !still) {
    const std::int64_t middle = av_rescale_q(middle_of(packet, from), from.time_base, ticks);
    const auto place = kept.place(middle);
    if (!place) return;
    const std::int64_t shift = av_rescale_q(*place - middle, ticks, from.time_base);
    packet.pts += shift;
    if (packet.dts != AV_NOPTS_VALUE) packet.dts += shift;
  }
  write(packet, plan);
}

void StreamCopy::write_waiting(const KeptTime& kept, AVRational ticks, bool all) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    AVPacket& line = *waiting_.front();
    const AVRational base = input_.format().streams[line.stream_index]->time_base;
    const std::int64_t begin = av_rescale_q(line.pts, base, ticks);
    const std::int64_t end = av_rescale_q(line.pts + line.duration, base, ticks);
    if (!all && end > kept.end()) return;
    const auto span = kept.span(begin, end);
    if (!span) continue;
    line.pts += av_rescale_q(span->first - begin, ticks, base);
    line.dts = line.pts;
    line.duration -= av_rescale_q(end - begin - (span->second - span->first), ticks, base);
    write(line, plans_.at(static_cast<std::size_t>(line.stream_index)));
  }
}

std::int64_t StreamCopy::middle_of(const AVPacket& packet, const AVStream& stream) {
  const std::int64_t at = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  return is_subtitle(stream) ? at : at + packet.duration / 2;
}

bool StreamCopy::next() {
  if (held_ || ended_) return !ended_;
  held_ = input_.read(*packet_) >= 0;
  ended_ = !held_;  // damage: the reader of the images tells of it
  return held_;
}

bool StreamCopy::lies_behind(std::int64_t until, AVRational ticks) const {
  const AVStream& from = *input_.format().streams[packet_->stream_index];
  const bool known = packet_->pts != AV_NOPTS_VALUE || packet_->dts != AV_NOPTS_VALUE;
  return known && av_rescale_q(middle_of(*packet_, from), from.time_base, ticks) >= until;
}

void StreamCopy::write_until(std::int64_t until, const KeptTime& kept, AVRational ticks) {
  while (next() && !lies_behind(until, ticks)) {
    put(*packet_, kept, ticks);
    av_packet_unref(packet_.get());
    held_ = false;
  }
}

void StreamCopy::write_rest(std::optional<std::int64_t> until, const KeptTime& kept,
                            AVRational ticks) {
  // Streams do not lie in step: after a packet of one, another has earlier ones.
  constexpr AVRational kSeconds{1, 1};
  const std::int64_t end = until ? *until + av_rescale_q(10, kSeconds, ticks) : 0;
  while (next() && !(until && lies_behind(end, ticks))) {
    if (!until || !lies_behind(*until, ticks)) put(*packet_, kept, ticks);
    av_packet_unref(packet_.get());
    held_ = false;
  }
  write_waiting(kept, ticks, true);
}

}  // namespace cameo::libav

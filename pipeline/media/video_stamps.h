// SPDX-License-Identifier: MIT
#pragma once
// Time stamps in exact ticks: mended where recordings were joined, closed where frames were left
// out.
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace cameo {

/// Offset of a file's decoding time stamps where recordings were joined: they jump back, or forward
/// by more than ten seconds, in one stream, and what follows in all streams is moved so that it
/// goes on where the file was (as ffmpeg does). In the order of the packets.
class JoinOffset {
 public:
  /// images: the stream whose distances come first: others may overlap a little at a joint.
  explicit JoinOffset(int images) : images_(images) {}

  /// A packet's stamps in microseconds; duration 0 if not known.
  struct Packet {
    int stream = 0;
    std::int64_t decoded = 0, shown = 0;
    std::int64_t duration = 0;
  };

  /// Microseconds to add to the stamps of this packet.
  std::int64_t at(const Packet& packet);

  /// Which of the recordings joined a stream is in, from 0.
  std::size_t part(int stream) const;

 private:
  /// Where a stream is, with the offset.
  struct Stream {
    std::int64_t next = 0;  ///< decoding stamp expected
    std::int64_t end = 0;   ///< of what was shown
    std::size_t part = 0;   ///< of the recordings joined
  };
  std::int64_t end_of_part(const Stream& stream) const;

  int images_;
  std::map<int, Stream> streams_;
  std::vector<std::int64_t> offsets_{0};  // by part
};

/// Presentation stamps that rise: each is kept exactly unless it jumps back.
class RisingStamps {
 public:
  /// usual: ticks between two frames, at least 1.
  explicit RisingStamps(std::int64_t usual);

  /// The next frame's stamp, or what follows the last one where it has none. One that jumps back by
  /// a frame or more starts an offset; one that repeats comes a tick later.
  std::int64_t next(std::optional<std::int64_t> stamp);

 private:
  std::int64_t usual_;
  std::int64_t offset_ = 0;
  std::optional<std::int64_t> last_;
  std::int64_t step_;  // ticks between the last two frames
};

/// Frames kept of a source, as ranges of its time, each with its place in the output.
class KeptTime {
 public:
  struct Range {
    std::int64_t begin = 0, end = 0;  ///< ticks of the source, `end` excluded
    std::int64_t out = 0;             ///< where `begin` lies in the output
  };

  /// close_gaps: a frame whose index does not follow the last one starts a range, which comes right
  /// after the one before. Else one range without end.
  explicit KeptTime(bool close_gaps, std::vector<Range> ranges = {});

  /// Adds a frame and returns its stamp in the output. duration: at least 1.
  std::int64_t add(std::int64_t index, std::int64_t stamp, std::int64_t duration);

  /// The tick of the output for one of the source; nothing where it was left out.
  std::optional<std::int64_t> place(std::int64_t tick) const;

  /// What is left of [begin, end) of the source, in ticks of the output; nothing if nothing is.
  std::optional<std::pair<std::int64_t, std::int64_t>> span(std::int64_t begin,
                                                            std::int64_t end) const;

  /// The tick of the source up to which frames were added; 0 at the beginning.
  std::int64_t end() const { return ranges_.empty() ? 0 : ranges_.back().end; }
  const std::vector<Range>& ranges() const { return ranges_; }
  bool closes_gaps() const { return close_gaps_; }
  /// Index of the frame that goes on with the last range.
  void expect(std::int64_t index) { next_index_ = index; }

 private:
  bool close_gaps_;
  std::vector<Range> ranges_;
  std::int64_t next_index_ = -1;
};

}  // namespace cameo

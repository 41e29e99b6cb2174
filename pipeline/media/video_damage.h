// SPDX-License-Identifier: MIT
#pragma once
// Damage of a video's images, gathered while it is decoded.
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace cameo {

/// Counts of damaged packets, of images decoded from damaged data, and of images that are missing.
/// Time stamps in ticks of the stream.
class ImageDamage {
 public:
  /// usual: ticks from one image to the next, at least 1.
  ImageDamage(double seconds_per_tick, std::int64_t usual);

  /// A packet that was lost, or that the decoder refused.
  void lost_packet() { ++packets_; }
  /// An image parts of which are damaged or made up; told twice it counts once.
  void image(std::int64_t stamp) { images_.insert(stamp); }

  /// A packet of images in the order of decoding. marked: the demuxer found something missing, in
  /// the next packet if a parser cuts the stream, which has the marks one late. part: of joined
  /// recordings, at whose joints packets are marked though they are whole. After a damaged one a
  /// time stamp further on than usual is a gap.
  struct Packet {
    std::int64_t decoded = 0, shown = 0;
    bool marked = false;
    std::size_t part = 0;
  };
  void packet(const Packet& packet);
  /// No packet follows.
  void end();

  /// What was found, among so many images: "2 damaged packets; 3 of 100 frames are damaged in
  /// parts, the first at 1.24 s; 5 frames are missing, the first at 2 s"; empty: nothing.
  std::string words(std::int64_t images) const;

 private:
  std::string at(std::int64_t stamp) const;

  double seconds_per_tick_;
  std::int64_t usual_;
  std::int64_t packets_ = 0;
  std::set<std::int64_t> images_;
  std::int64_t missing_ = 0;
  std::optional<std::int64_t> first_missing_;
  std::optional<Packet> before_, last_;  // the two packets before
};

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cameo {

/// A rank's place among the processes of one training, and where they meet: what torchrun's RANK,
/// WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT say.
struct RankPlace {
  int rank = 0;                      ///< from 0
  int ranks = 1;                     ///< world size
  int local_rank = 0;                ///< among those of its machine
  std::string master = "127.0.0.1";  ///< name or address of rank 0's machine, as all reach it
  int port = 29500;                  ///< TCP, where rank 0 listens
  double timeout = 600;  ///< seconds without a sign of life after which a rank counts as lost
};

/// A TCP port that nobody listens at on this machine now, for ranks that meet here.
int free_port();

/// A socket that closes itself.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// Ranks in a ring over TCP, each connected with the next. All ranks call the same functions in the
/// same order. Nothing is encrypted, and machines have the same byte order. Not for two threads at
/// a time.
class SocketRing {
 public:
  /// Waits until all ranks have met. Throws Error: ErrorCode::Usage if the place is impossible or
  /// is another rank's, ErrorCode::Failed if they do not meet within the timeout.
  explicit SocketRing(const RankPlace& place);

  int rank() const { return place_.rank; }
  int ranks() const { return place_.ranks; }

  /// What each rank gives, in their order, in every rank.
  /// This and all_reduce() throw Error (ErrorCode::Failed) if a rank is lost: its process ended, or
  /// it gave no sign of life.
  std::vector<std::string> all_gather(const std::string& own);
  /// Sums over all ranks, in place. The same bits in every rank and at every run: sums keep their
  /// order. Each rank sends 2 (N - 1) / N of the bytes. Source: Patarasuk and Yuan 2009, "Bandwidth
  /// optimal all-reduce algorithms for clusters of workstations".
  void all_reduce(std::span<float> values);
  /// Whether both neighbours' processes still hold their connections. Any thread may ask.
  bool connected() const;

 private:
  void exchange(std::span<const std::byte> out, std::span<std::byte> in);
  [[noreturn]] void lost(int rank, const std::string& why) const;
  int before() const { return (place_.rank + place_.ranks - 1) % place_.ranks; }
  int after() const { return (place_.rank + 1) % place_.ranks; }

  RankPlace place_;
  Socket next_, previous_;
  std::vector<float> received_;
};

}  // namespace cameo

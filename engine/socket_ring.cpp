// SPDX-License-Identifier: MIT
#include "engine/socket_ring.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/rendezvous.h"

namespace cameo {
namespace {

/// Whether a call on a socket is to be made again later.
bool again() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

SocketRing::SocketRing(const RankPlace& place) : place_(place) {
  check(place.ranks > 0 && place.rank >= 0 && place.rank < place.ranks, ErrorCode::Usage,
        "ranks: rank ", place.rank, " of ", place.ranks, "; ranks count from 0");
  check(place.port > 0 && place.port < 65536, ErrorCode::Usage, "ranks: port ", place.port,
        ", expected 1 to 65535");
  check(place.timeout > 0 && place.timeout < 1e6, ErrorCode::Usage, "ranks: a timeout of ",
        place.timeout, " seconds");
  if (place.ranks == 1) return;
  RingSockets sockets = meet(place);
  next_ = std::move(sockets.next);
  previous_ = std::move(sockets.previous);
}

void SocketRing::lost(int rank, const std::string& why) const {
  fail(ErrorCode::Failed, "ranks: rank ", rank, " is lost, says rank ", place_.rank, ": ", why,
       place_.ranks > 2 ? "; it may have ended because another was lost, see its messages"
                        : "; see its messages");
}

/// Sends to the next rank while it receives from the one before: each alone would wait for ever
/// where all ranks send more than buffers hold.
void SocketRing::exchange(std::span<const std::byte> out, std::span<std::byte> in) {
  while (!out.empty() || !in.empty()) {
    std::array<pollfd, 2> wait{pollfd{out.empty() ? -1 : next_.fd(), POLLOUT, 0},
                               pollfd{in.empty() ? -1 : previous_.fd(), POLLIN, 0}};
    const int ready = poll(wait.data(), wait.size(), static_cast<int>(place_.timeout * 1000));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0)
      lost(in.empty() ? after() : before(),
           "no sign of life for " + std::to_string(static_cast<int>(place_.timeout)) + " seconds");
    if (wait[0].revents != 0) {
      const ssize_t sent = send(next_.fd(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && !again()) lost(after(), std::strerror(errno));
      if (sent > 0) out = out.subspan(static_cast<std::size_t>(sent));
    }
    if (wait[1].revents != 0) {
      const ssize_t got = recv(previous_.fd(), in.data(), in.size(), MSG_DONTWAIT);
      if (got == 0) lost(before(), "its process has ended");
      if (got < 0 && !again()) lost(before(), std::strerror(errno));
      if (got > 0) in = in.subspan(static_cast<std::size_t>(got));
    }
  }
}

bool SocketRing::connected() const {
  std::array<pollfd, 2> both{pollfd{next_.fd(), POLLRDHUP, 0},
                             pollfd{previous_.fd(), POLLRDHUP, 0}};
  poll(both.data(), both.size(), 0);
  constexpr int kGone = POLLRDHUP | POLLHUP | POLLERR;
  return ((both[0].revents | both[1].revents) & kGone) == 0;
}

std::vector<std::string> SocketRing::all_gather(const std::string& own) {
  std::vector<std::string> all(static_cast<std::size_t>(place_.ranks));
  all[static_cast<std::size_t>(place_.rank)] = own;
  for (int step = 0; step + 1 < place_.ranks; ++step) {
    const auto rank_back = [&](int by) {
      return static_cast<std::size_t>((place_.rank - by + place_.ranks) % place_.ranks);
    };
    const std::string& out = all[rank_back(step)];
    std::string& in = all[rank_back(step + 1)];
    const std::uint64_t out_bytes = out.size();
    std::uint64_t in_bytes = 0;
    exchange(std::as_bytes(std::span(&out_bytes, 1)),
             std::as_writable_bytes(std::span(&in_bytes, 1)));
    in.resize(in_bytes);
    exchange(std::as_bytes(std::span(out)), std::as_writable_bytes(std::span(in)));
  }
  return all;
}

void SocketRing::all_reduce(std::span<float> values) {
  const auto ranks = static_cast<std::size_t>(place_.ranks);
  const auto rank = static_cast<std::size_t>(place_.rank);
  const auto chunk = [&](std::size_t from_rank) {
    const std::size_t i = from_rank % ranks;
    const std::size_t begin = values.size() * i / ranks, end = values.size() * (i + 1) / ranks;
    return values.subspan(begin, end - begin);
  };
  for (std::size_t step = 0; step + 1 < ranks; ++step) {  // reduce-scatter
    const std::span<float> to = chunk(rank + 2 * ranks - step - 1);
    received_.resize(to.size());
    exchange(std::as_bytes(chunk(rank + ranks - step)),
             std::as_writable_bytes(std::span(received_)));
    std::transform(to.begin(), to.end(), received_.begin(), to.begin(),
                   [](float own, float other) { return own + other; });
  }
  for (std::size_t step = 0; step + 1 < ranks; ++step)  // all-gather
    exchange(std::as_bytes(chunk(rank + 1 + ranks - step)),
             std::as_writable_bytes(chunk(rank + ranks - step)));
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
#include "engine/socket_ring.h"

#include <array>
#include <cstddef>
#include <future>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/rendezvous.h"
#include "tests/support/op_case.h"
#include "tests/support/ranks.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

/// Connects as soon as somebody listens, sends bytes and stays connected until the socket goes.
Socket stranger(int port, const std::string& bytes) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  while (true) {
    Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
    if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) continue;
    send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return socket;
  }
}

}  // namespace

TEST_CASE("an all-reduce sums over all ranks, whatever their number and the length") {
  for (const int ranks : {1, 2, 3, 5}) {
    for (const std::size_t length : {0, 1, 2, 7, 1000}) {
      CAPTURE(ranks);
      CAPTURE(length);
      std::vector<std::vector<float>> sums(static_cast<std::size_t>(ranks));
      const auto said = on_ranks(ranks, [&](const RankPlace& place) {
        SocketRing ring(place);
        std::vector<float> values(length);
        for (std::size_t i = 0; i < length; ++i)
          values[i] = static_cast<float>(place.rank + 1) * static_cast<float>(i + 1);
        ring.all_reduce(values);
        sums[static_cast<std::size_t>(place.rank)] = values;
      });
      CHECK(said == nothing_from(ranks));
      const int weight = ranks * (ranks + 1) / 2;  // 1 + 2 + ... + ranks, exact in float32
      std::vector<float> expected(length);
      for (std::size_t i = 0; i < length; ++i)
        expected[i] = static_cast<float>(weight) * static_cast<float>(i + 1);
      for (const std::vector<float>& sum : sums) CHECK(sum == expected);
    }
  }
}

TEST_CASE("every rank has the same bits of a sum that rounds, more than sockets buffer") {
  constexpr int kRanks = 3;
  std::vector<std::vector<float>> sums(kRanks);
  const auto said = on_ranks(kRanks, [&](const RankPlace& place) {
    SocketRing ring(place);
    std::vector<float> values =
        numbers(std::int64_t{3} << 20, std::uint64_t{7} + static_cast<std::uint64_t>(place.rank));
    ring.all_reduce(values);
    sums[static_cast<std::size_t>(place.rank)] = std::move(values);
  });
  CHECK(said == nothing_from(kRanks));
  CHECK((sums[0] == sums[1]));
  CHECK((sums[0] == sums[2]));
}

TEST_CASE("each rank gets what all gave, in their order, of any length") {
  constexpr int kRanks = 4;
  const std::vector<std::string> given{"", "one", std::string(1 << 20, 'x'),
                                       std::string("a\0b", 3)};
  const auto said = on_ranks(kRanks, [&](const RankPlace& place) {
    SocketRing ring(place);
    for (int round = 0; round < 2; ++round)
      check(ring.all_gather(given[static_cast<std::size_t>(place.rank)]) == given, "differs");
  });
  CHECK(said == nothing_from(kRanks));
}

TEST_CASE("a rank whose process ends is named by its neighbours") {
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    SocketRing ring(place);
    if (place.rank == 1) return;
    std::vector<float> values(1000);
    ring.all_reduce(values);
  });
  CHECK(contains(said[0], "ranks: rank 1 is lost, says rank 0: "));
}

TEST_CASE("a rank that gives no sign of life is lost after the timeout") {
  std::promise<void> over;
  std::shared_future<void> waits = over.get_future().share();
  const auto said = on_ranks(
      2,
      [&](const RankPlace& place) {
        SocketRing ring(place);
        if (place.rank == 1) return waits.wait();
        try {
          ring.all_gather("");
        } catch (...) {
          over.set_value();
          throw;
        }
        over.set_value();
      },
      1);
  CHECK(contains(said[0], "ranks: rank 1 is lost, says rank 0: no sign of life for 1 seconds"));
}

TEST_CASE("a lost neighbour shows without a transfer") {
  std::promise<void> over;
  std::shared_future<void> waits = over.get_future().share();
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    SocketRing ring(place);
    if (place.rank == 1) {
      check(ring.connected(), "not connected");
      ring.all_gather("");
      return;
    }
    ring.all_gather("");
    while (ring.connected()) std::this_thread::yield();
  });
  CHECK(said == nothing_from(2));
}

TEST_CASE("connections of both directions are watched, so that a vanished machine shows soon") {
  const auto said = on_ranks(2, [](const RankPlace& place) {
    const RingSockets ring = meet(place);
    for (const Socket* one : {&ring.next, &ring.previous}) {
      int watched = 0, seconds = 0;
      socklen_t bytes = sizeof watched;
      getsockopt(one->fd(), SOL_SOCKET, SO_KEEPALIVE, &watched, &bytes);
      getsockopt(one->fd(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, &bytes);
      check(watched == 1 && seconds == 30, "idle for ", seconds, " seconds");
    }
  });
  CHECK(said == nothing_from(2));
}

TEST_CASE("ranks that do not come are missed, with the number expected") {
  const int port = free_port();
  const std::string host =
      message_of([&] { SocketRing({.rank = 0, .ranks = 2, .port = port, .timeout = 0.2}); });
  CHECK(contains(host, "ranks: rank 0 has waited 0.2 seconds for the others, of 2 in all"));
  const std::string guest =
      message_of([&] { SocketRing({.rank = 1, .ranks = 2, .port = port, .timeout = 0.2}); });
  CHECK(contains(guest, "ranks: rank 1 reaches nobody at 127.0.0.1 " + std::to_string(port)));
}

TEST_CASE("two processes of one rank, and one of another number of ranks, are refused") {
  const auto twice = on_ranks(
      3,
      [](RankPlace place) {
        place.rank = place.rank == 2 ? 1 : place.rank;
        SocketRing ring(place);
      },
      5);
  CHECK(contains(twice[0], "ranks: two processes are rank 1"));
  const auto other = on_ranks(
      2,
      [](RankPlace place) {
        if (place.rank == 1) place.ranks = 4;
        SocketRing ring(place);
      },
      5);
  CHECK(contains(other[0], "ranks: rank 1 is of 4 ranks, rank 0 of 2"));
}

TEST_CASE("whoever connects without being a rank is hung up on") {
  std::vector<std::vector<std::string>> given(2);
  const auto said = on_ranks(2, [&](const RankPlace& place) {
    const Socket other =
        place.rank == 1 ? stranger(place.port, "GET / HTTP/1.1\r\n\r\n") : Socket();
    SocketRing ring(place);
    given[static_cast<std::size_t>(place.rank)] = ring.all_gather(std::to_string(place.rank));
  });
  CHECK(said == nothing_from(2));
  CHECK(given[0] == std::vector<std::string>{"0", "1"});
}

TEST_CASE("an impossible place is refused before anything is opened") {
  CHECK(contains(message_of([] { SocketRing({.rank = 2, .ranks = 2}); }), "ranks: rank 2 of 2"));
  CHECK(contains(message_of([] { SocketRing({.rank = 0, .ranks = 2, .port = 70000}); }),
                 "ranks: port 70000, expected 1 to 65535"));
}

}  // namespace cameo::test

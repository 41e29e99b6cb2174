// SPDX-License-Identifier: MIT
#include "engine/rendezvous.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/error.h"
#include "base/stopwatch.h"

namespace cameo {
namespace {

/// What a rank says first. Whatever else connects, such as a port scanner, is hung up on.
struct Hello {
  std::uint32_t magic = 0x43616d31;
  std::int32_t rank = 0, ranks = 0, port = 0;
};

constexpr double kHelloSeconds = 5;  // a peer says who it is at once

std::string reason() {
  return std::strerror(errno);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  /// "ADDRESS PORT" in digits.
  std::string text(int port) const {
    std::array<char, NI_MAXHOST> host{};
    const int error =
        getnameinfo(get(), length, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    check(error == 0, "ranks: an address cannot be written: ", gai_strerror(error));
    return std::string(host.data()) + ' ' + std::to_string(port);
  }
};

Address resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  check(error == 0, ErrorCode::Usage, "ranks: the address ", host,
        " of rank 0 is not known: ", gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Address address;
  address.length = found->ai_addrlen;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  return address;
}

Address own_address(const Socket& socket) {
  Address address;
  check(getsockname(socket.fd(), address.get(), &address.length) == 0, "ranks: ", reason());
  return address;
}

/// Both families keep the port in the same place.
void set_port(Address& address, int port) {
  reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port =
      htons(static_cast<std::uint16_t>(port));
}

int port_of(const Address& address) {
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

/// Small messages go at once, and a machine that has vanished without a word shows after a minute
/// and a half, not after the system's two hours.
void set_options(const Socket& socket) {
  const auto set = [&](int level, int name, int value) {
    setsockopt(socket.fd(), level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 6);
}

Socket open_socket(const Address& address) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(socket.fd() >= 0, "ranks: no socket: ", reason());
  set_options(socket);
  return socket;
}

Socket listen_at(const Address& address, int ranks) {
  Socket socket = open_socket(address);
  const int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool ok =
      bind(socket.fd(), address.get(), address.length) == 0 && listen(socket.fd(), ranks + 16) == 0;
  check(ok, ErrorCode::Usage, "ranks: rank cannot listen at ", address.text(port_of(address)), ": ",
        reason(), "; choose another MASTER_PORT");
  return socket;
}

/// Whether there is something to read within so many seconds.
bool wait_readable(const Socket& socket, double seconds) {
  pollfd one{socket.fd(), POLLIN, 0};
  while (true) {
    const int ready = poll(&one, 1, std::max(0, static_cast<int>(seconds * 1000)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

void send_all(const Socket& socket, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t sent = send(socket.fd(), at, bytes, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    check(sent > 0, "ranks: a rank hung up while all were meeting: ", reason());
    at += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
}

bool receive_all(const Socket& socket, void* data, std::size_t bytes, double seconds) {
  auto* at = static_cast<char*>(data);
  while (bytes > 0) {
    if (!wait_readable(socket, seconds)) return false;
    const ssize_t got = recv(socket.fd(), at, bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

class Meeting {
 public:
  explicit Meeting(const RankPlace& place)
      : place_(place), until_(steady_seconds() + place.timeout) {}

  RingSockets run() {
    const Address master = resolve(place_.master, place_.port);
    const std::vector<std::string> table = place_.rank == 0 ? host(master) : visit(master);
    const int ranks = place_.ranks;
    std::istringstream row(table[static_cast<std::size_t>((place_.rank + 1) % ranks)]);
    std::string address;
    int port = 0;
    row >> address >> port;
    RingSockets ring;
    ring.next = connect_to(resolve(address, port));
    Hello hello{.rank = place_.rank, .ranks = ranks};
    send_all(ring.next, &hello, sizeof hello);
    while (true) {  // whoever is not the rank before this one is hung up on
      ring.previous = accept_one(ring_, hello);
      if (hello.rank == (place_.rank + ranks - 1) % ranks) return ring;
    }
  }

 private:
  double left() const { return until_ - steady_seconds(); }
  bool fits(const Hello& hello) const { return hello.magic == Hello{}.magic; }

  Socket connect_to(const Address& to) const {
    while (true) {
      Socket socket = open_socket(to);
      if (connect(socket.fd(), to.get(), to.length) == 0) return socket;
      // Rank 0 may not listen yet.
      check(left() > 0, "ranks: rank ", place_.rank, " reaches nobody at ", to.text(port_of(to)),
            " within ", place_.timeout, " seconds: ", reason());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// The next rank that says who it is.
  Socket accept_one(const Socket& listener, Hello& hello) {
    while (true) {
      check(wait_readable(listener, left()), "ranks: rank ", place_.rank, " has waited ",
            place_.timeout, " seconds for the others, of ", place_.ranks,
            " in all; was every one started?");
      Socket peer(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (peer.fd() < 0) continue;
      set_options(peer);
      if (receive_all(peer, &hello, sizeof hello, kHelloSeconds) && fits(hello)) return peer;
    }
  }

  /// Rank 0: collects everybody's address and tells them all.
  std::vector<std::string> host(Address master) {
    const Socket listener = listen_at(master, place_.ranks);
    set_port(master, 0);
    ring_ = listen_at(master, 2);
    std::vector<std::string> table(static_cast<std::size_t>(place_.ranks));
    std::vector<Socket> peers;
    table[0] = master.text(port_of(own_address(ring_)));
    while (peers.size() + 1 < table.size()) {
      Hello hello;
      Socket peer = accept_one(listener, hello);
      check(hello.ranks == place_.ranks, ErrorCode::Usage, "ranks: rank ", hello.rank, " is of ",
            hello.ranks, " ranks, rank 0 of ", place_.ranks);
      check(hello.rank > 0 && hello.rank < place_.ranks &&
                table[static_cast<std::size_t>(hello.rank)].empty(),
            ErrorCode::Usage, "ranks: two processes are rank ", hello.rank);
      Address from;
      check(getpeername(peer.fd(), from.get(), &from.length) == 0, "ranks: ", reason());
      table[static_cast<std::size_t>(hello.rank)] = from.text(hello.port);
      peers.push_back(std::move(peer));
    }
    std::string text;
    for (const std::string& row : table) text += row + '\n';
    const std::uint64_t bytes = text.size();
    for (const Socket& peer : peers) {
      send_all(peer, &bytes, sizeof bytes);
      send_all(peer, text.data(), text.size());
    }
    return table;
  }

  std::vector<std::string> visit(const Address& master) {
    const Socket socket = connect_to(master);
    Address own = own_address(socket);
    set_port(own, 0);
    ring_ = listen_at(own, 2);
    const Hello hello{
        .rank = place_.rank, .ranks = place_.ranks, .port = port_of(own_address(ring_))};
    send_all(socket, &hello, sizeof hello);
    std::uint64_t bytes = 0;
    constexpr std::uint64_t kMost = 1U << 24U;
    bool ok = receive_all(socket, &bytes, sizeof bytes, left()) && bytes < kMost;
    std::string text(ok ? bytes : 0, '\0');
    ok = ok && receive_all(socket, text.data(), text.size(), left());
    check(ok, "ranks: rank 0 hung up on rank ", place_.rank, " while all were meeting, or ",
          place_.timeout, " seconds were not enough");
    std::vector<std::string> table;
    std::istringstream rows(text);
    for (std::string row; std::getline(rows, row);) table.push_back(row);
    check(table.size() == static_cast<std::size_t>(place_.ranks), "ranks: rank 0 tells of ",
          table.size(), " ranks, expected ", place_.ranks);
    return table;
  }

  const RankPlace& place_;
  double until_;
  Socket ring_;  ///< where the rank before this one connects
};

}  // namespace

int free_port() {
  const Socket socket = listen_at(resolve("127.0.0.1", 0), 1);
  return port_of(own_address(socket));
}

RingSockets meet(const RankPlace& place) {
  return Meeting(place).run();
}

}  // namespace cameo

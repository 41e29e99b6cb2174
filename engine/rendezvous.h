// SPDX-License-Identifier: MIT
#pragma once
#include "engine/socket_ring.h"

namespace cameo {

/// Connections of a rank with its neighbours in the ring.
struct RingSockets {
  Socket next, previous;
};

/// Lets all ranks meet at rank 0, where they learn each other's addresses, and connects each with
/// the next. Throws Error as SocketRing does.
RingSockets meet(const RankPlace& place);

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once

namespace cameo {

/// Makes the first SIGINT, SIGTERM or SIGHUP (the terminal was closed) a request to finish and
/// save, and a second SIGINT or SIGTERM the end at once. SIGHUP stays ignored where nohup ignores
/// it.
void catch_interrupts();

/// The signal that came, or 0. Safe to ask from any thread at any time.
int interrupted();

}  // namespace cameo

// SPDX-License-Identifier: MIT
#pragma once

namespace cameo {

/// Makes the first SIGINT or SIGTERM a wish to finish and save, the second one the end at once.
void catch_interrupts();

/// The signal that came, or 0. Safe to ask from any thread at any time.
int interrupted();

}  // namespace cameo

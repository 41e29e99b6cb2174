// SPDX-License-Identifier: MIT
#pragma once
#include <nlohmann/json.hpp>

#include "pipeline/mark/provenance.h"
#include "pipeline/mark/signature.h"

namespace cameo {

/// What a file declares and how its signature fits, as `cameo verify` and `cameo info` show it.
nlohmann::ordered_json declaration_json(const Declaration& found, const Signature& signature);

}  // namespace cameo

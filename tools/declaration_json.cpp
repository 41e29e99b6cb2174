// SPDX-License-Identifier: MIT
#include "tools/declaration_json.h"

namespace cameo {
namespace {

const char* word_for(SignatureState state) {
  switch (state) {
    case SignatureState::Valid:
      return "valid";
    case SignatureState::Tampered:
      return "tampered";
    case SignatureState::None:
      break;
  }
  return "none";
}

}  // namespace

nlohmann::ordered_json declaration_json(const Declaration& found, const Signature& signature) {
  nlohmann::ordered_json json{{"synthetic", found.synthetic()},
                              {"xmp", found.has_xmp},
                              {"digital_source_type", found.digital_source_type},
                              {"tool", found.tool},
                              {"version", found.version},
                              {"creator_tool", found.creator_tool},
                              {"description", found.description},
                              {"comment", found.comment},
                              {"consents", found.consents},
                              {"c2pa", found.c2pa ? "present, not checked" : "none"},
                              {"signature", word_for(signature.state)}};
  if (signature.state == SignatureState::None) return json;
  json["signer"] = signature.signer;
  json["signer_trusted"] = signature.trusted;
  return json;
}

}  // namespace cameo

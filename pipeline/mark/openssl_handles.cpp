// SPDX-License-Identifier: MIT
#include "pipeline/mark/openssl_handles.h"

#include <openssl/err.h>

namespace cameo {

std::string openssl_reason() {
  std::string words = "unknown";
  while (const unsigned long code = ERR_get_error()) {  // NOLINT: libcrypto's type
    const char* text = ERR_reason_error_string(code);
    if (text != nullptr) words = text;
  }
  return words;
}

std::string text_in(BIO& bio) {
  char* text = nullptr;
  const auto bytes = BIO_get_mem_data(&bio, &text);
  return {text, static_cast<std::size_t>(bytes)};
}

}  // namespace cameo

// SPDX-License-Identifier: MIT
// XMP packets: whatever one holds, the declaration merged into it is read back, and merging it
// again says the same.
#include <string_view>

#include "pipeline/mark/provenance.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    declared_in_xmp(packet);
    const std::string merged = declared_packet(packet, {.watermark = "00c0ffee123456"});
    const Declaration found = declared_in_xmp(merged);
    fuzz::require(found.digital_source_type == kComposite);
    fuzz::require(found.watermark == "00c0ffee123456");
    const std::string twice = declared_packet(merged, {.watermark = "00c0ffee123456"});
    const Declaration again = declared_in_xmp(twice);
    fuzz::require(again.tool == found.tool && again.description == found.description);
    fuzz::require(declared_packet(twice, {.watermark = "00c0ffee123456"}).size() <= twice.size());
  });
  return 0;
}

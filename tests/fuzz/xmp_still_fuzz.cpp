// SPDX-License-Identifier: MIT
// XMP in PNG, JPEG, TIFF and WebP files: an edit of what can be read is read back.
#include "pipeline/mark/provenance.h"
#include "pipeline/media/xmp_still.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    const std::span<const std::uint8_t> bytes(data, size);
    const StillMarks marks = marks_in(bytes);
    const std::string packet = declared_packet(marks.xmp);
    const std::vector<unsigned char> edited = with_xmp(bytes, packet);
    // A long packet of a JPEG is written in two parts, which joined are no longer the same text.
    fuzz::require(declared_in_xmp(marks_in(edited).xmp).digital_source_type == kComposite);
    fuzz::require(marks_in(with_xmp(edited, packet)).xmp == marks_in(edited).xmp);
  });
  return 0;
}

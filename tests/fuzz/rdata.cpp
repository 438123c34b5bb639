#include "common/dns/rdata.h"

#include "tests/fuzz/fuzz.h"

/// Records of a hostile name server: each is exactly what its type says, or nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto rdata = fuzz::textOf(data, size);
    if (const auto name = dns::parseName(rdata)) fuzz::promise(name->size() <= 253);
    (void)dns::parseMx(rdata);
    (void)dns::parseTxt(rdata);
    (void)dns::parseTlsa(rdata);
    (void)dns::parseAddress(rdata);
    (void)dns::isAskable(rdata);
    return 0;
}

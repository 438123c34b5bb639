#include "common/mail/domain.h"

#include "common/mail/ehlo_name.h"
#include "tests/fuzz/fuzz.h"

#include <string>

/// A domain is canonical: its A-labels and its U-labels are read as the same domain again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto text = fuzz::textOf(data, size);
    if (!text.empty()) {
        const auto name = mail::EhloName::from(text).toString();
        fuzz::promise(name.size() <= 255);
        fuzz::promise(name.find_first_of(std::string_view{"\r\n\0 ()<>", 8}) == std::string::npos);
    }
    const auto domain = mail::Domain::parse(text);
    if (!domain) return 0;
    fuzz::promise(domain->ascii().size() <= 253);
    for (const auto& form : {domain->ascii(), domain->unicode()}) {
        const auto again = mail::Domain::parse(form);
        fuzz::promise(again.has_value());
        fuzz::promise(*again == *domain);
    }
    return 0;
}

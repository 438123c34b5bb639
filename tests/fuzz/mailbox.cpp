#include "common/mail/mailbox.h"

#include "tests/fuzz/fuzz.h"

/// What was read is written and read again as the same, and never holds what could end a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto mailbox = mail::Mailbox::parse(fuzz::textOf(data, size));
    if (!mailbox) return 0;
    const auto text = mailbox->toString();
    const auto again = mail::Mailbox::parse(text);
    fuzz::promise(again.has_value());
    fuzz::promise(*again == *mailbox);
    fuzz::promise(text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos);
    (void)mailbox->unicode();
    (void)mailbox->localpart().canonical();
    return 0;
}

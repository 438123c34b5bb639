#include "common/mail/header.h"

#include "common/mail/address_list.h"
#include "common/mail/auth_results.h"
#include "common/mail/trace.h"
#include "tests/fuzz/fuzz.h"

#include <string>

/// The fields are the section: put together again they are the octets that were read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const std::string octets{fuzz::textOf(data, size)};
    const auto section = mail::HeaderSection::parse(octets);
    std::string together;
    for (const auto& field : section.fields()) {
        together += field.raw;
        const auto value = mail::unfold(field.value);
        const auto composed = mail::composeField("X-Test", value);
        fuzz::promise(mail::authservId(field.value).size() <= field.value.size());
        const auto mailboxes = mail::parseAddressList(field.value);
        fuzz::promise(!mailboxes || mailboxes->size() <= mail::addressListLimit);
        fuzz::promise(composed.ends_with("\r\n"));
        fuzz::promise(mail::HeaderSection::parse(composed + "\r\n").fields().size() == 1);
    }
    fuzz::promise(octets.starts_with(together));
    fuzz::promise(mail::countReceived(section) <= section.fields().size());
    fuzz::promise(mail::countReceivedBy(section, "mx.example") <= mail::countReceived(section));
    return 0;
}

#include "common/mail/reply.h"

#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"

/// Whatever a peer says is a reply or malformed; a reply goes into a log as one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    mail::ReplyReader reader;
    for (const auto line : text::split(fuzz::textOf(data, size), '\n')) {
        switch (reader.add(line)) {
            case mail::ReplyReader::Progress::More:
                continue;
            case mail::ReplyReader::Progress::Malformed:
                return 0;
            case mail::ReplyReader::Progress::Complete:
                break;
        }
        const auto reply = std::move(reader).reply();
        fuzz::promise(reply.code >= 100 && reply.code <= 599);
        fuzz::promise(!reply.lines.empty());
        fuzz::promise(reply.wire().ends_with("\r\n"));
        fuzz::promise(reply.toString().find_first_of("\r\n") == std::string::npos);
        return 0;
    }
    return 0;
}

#include "server/smtp/command.h"

#include "tests/fuzz/fuzz.h"

#include <variant>

namespace postrider::fuzz {

namespace {

/// A path that was read once means the same when it is written down and read again.
template <class Path>
void checkPath(const Path& path) {
    const auto again = Path::fromString(path.toString());
    promise(again.has_value());
    promise(*again == path);
}

}  // namespace

}  // namespace postrider::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    const auto command = smtp::parseCommand(fuzz::textOf(data, size));
    if (!command) {
        fuzz::promise(command.error().isPermanent() || command.error().code == 421);
    } else if (const auto* mail = std::get_if<smtp::command::Mail>(&*command)) {
        fuzz::checkPath(mail->path);
    } else if (const auto* rcpt = std::get_if<smtp::command::Rcpt>(&*command)) {
        fuzz::checkPath(rcpt->path);
    }
    return 0;
}

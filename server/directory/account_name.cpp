#include "server/directory/account_name.h"

#include "common/base/text.h"

namespace postrider::directory {

std::optional<std::string> accountName(const mail::Mailbox& address) {
    const auto* domain = address.domain();
    auto name = address.localpart().canonical();
    if (domain == nullptr || !name) return std::nullopt;
    if (text::hasControl(*name) || name->find_first_of("@ ") != std::string::npos) {
        return std::nullopt;
    }
    return *name + "@" + domain->ascii();
}

}  // namespace postrider::directory

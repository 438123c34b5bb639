#include "server/directory/account_name.h"

#include "common/base/text.h"

namespace postrider::directory {

std::optional<std::string> accountName(const mail::Mailbox& address) {
    const auto* domain = address.domain();
    const auto name = address.localpart().canonical();
    return domain != nullptr && name ? accountName(*name, *domain) : std::nullopt;
}

std::optional<std::string> accountName(std::string_view name, const mail::Domain& domain) {
    if (name.empty() || text::hasControl(name) ||
        name.find_first_of("@ ") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string{name} + "@" + domain.ascii();
}

}  // namespace postrider::directory

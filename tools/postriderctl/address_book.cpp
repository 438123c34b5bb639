#include "tools/postriderctl/address_book.h"

#include "server/config/load.h"

#include <utility>

namespace postrider::ctl {

Result<OpenedAddressBook, config::ConfigProblems> openAddressBook(const Context& context) {
    auto config = config::load(context.configDir, {});
    config::ConfigProblems problems;
    if (!config) problems = config.error();

    routing::AddressBookOptions options{context.configDir, {}};
    if (config) options.rules = {config->suffixSeparators, config->suffixDrop};
    auto book = routing::AddressBook::read(options);
    if (!book) {
        const auto& more = book.error().sentences;
        problems.sentences.insert(problems.sentences.end(), more.begin(), more.end());
    }
    if (!problems.sentences.empty()) return Unexpected{std::move(problems)};
    auto ground = std::make_unique<OpenedAddressBook::Ground>();
    auto accounts =
        directory::ExternalAccounts::create(*config, ground->clock, ground->log, ground->metrics);
    if (!accounts) return Unexpected{accounts.error()};
    routing::RoutingCouriers couriers{config->localCourier, config->remoteCourier, "pipe"};
    return OpenedAddressBook{std::move(*config), std::move(couriers), std::move(*book),
                             std::move(ground), *std::move(accounts)};
}

}  // namespace postrider::ctl

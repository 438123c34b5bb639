#include "common/mail/path.h"
#include "server/config/load.h"
#include "server/routing/address_book.h"
#include "server/routing/alias_router.h"
#include "tools/postriderctl/address_book.h"
#include "tools/postriderctl/cli.h"
#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

ExitCode aliasShow(Context& context, const Arguments& arguments) {
    const auto path = mail::ForwardPath::fromString(arguments.operands.front());
    if (!path) {
        return fail(context, ExitCode::BadInput,
                    "'" + arguments.operands.front() + "' is not an address: name@domain");
    }
    const auto opened = openAddressBook(context);
    if (!opened) return fail(context, ExitCode::Config, opened.error().sentences.front());
    const auto& book = *opened->book;
    const auto& couriers = opened->couriers;
    const auto elsewhere = opened->elsewhere();

    const auto* mailbox = path->mailbox();
    const auto route =
        mailbox == nullptr
            ? routing::routeBarePostmaster(book, couriers, opened->config.hostname, elsewhere)
            : routing::AliasResolver{book, couriers, elsewhere}.resolve(*mailbox);
    if (!route) {
        const bool later = route.error().fault == routing::RouteFault::TemporaryFailure;
        return fail(context, later ? ExitCode::Unavailable : ExitCode::NoUser,
                    route.error().reason);
    }
    for (const auto& step : route->trail)
        context.out << step << "\n";
    for (const auto& destination : route->destinations) {
        context.out << "delivered to " << destination.final.toString() << " by "
                    << destination.courier << " (" << destination.nextHop << ")\n";
    }
    return ExitCode::Ok;
}

}  // namespace postrider::ctl

#include "server/reception/address_directory.h"

namespace postrider::reception {

namespace {

smtp::Standing standingFor(routing::RouteFault fault) {
    switch (fault) {
        case routing::RouteFault::UnknownUser:
            return smtp::Standing::UnknownUser;
        case routing::RouteFault::MailboxDisabled:
            return smtp::Standing::Disabled;
        case routing::RouteFault::AliasLoop:
            return smtp::Standing::Unusable;
        case routing::RouteFault::TemporaryFailure:
            break;
    }
    return smtp::Standing::TemporaryFailure;
}

}  // namespace

smtp::DirectoryAnswer AddressDirectory::lookUp(const mail::ForwardPath& path) {
    if (!path.isBarePostmaster()) {
        const auto* domain = path.mailbox()->domain();
        if (domain == nullptr || !router_.isLocal(*domain)) return {smtp::Standing::Remote, ""};
    }
    const auto route = router_.route(path);
    if (route) return {smtp::Standing::Local, ""};
    return {standingFor(route.error().fault), route.error().reason};
}

}  // namespace postrider::reception

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
    if (route.error().fault == routing::RouteFault::TemporaryFailure) {
        warn(path.toString(), route.error().reason);
    }
    return {standingFor(route.error().fault), route.error().reason};
}

smtp::OriginatorStanding AddressDirectory::mayWriteAs(const std::string& user,
                                                      const mail::Mailbox& address) {
    const auto may = originators_.mayWriteAs(user, address, routing::OriginatorPlace::ReversePath);
    if (!may) {
        warn(address.toString(), may.error());
        return smtp::OriginatorStanding::TemporaryFailure;
    }
    return *may ? smtp::OriginatorStanding::Theirs : smtp::OriginatorStanding::NotTheirs;
}

void AddressDirectory::warn(const std::string& address, const std::string& reason) {
    log_.warning("lookup-failed", {{"address", address}, {"reason", reason}});
}

}  // namespace postrider::reception

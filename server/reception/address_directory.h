#pragma once

#include "common/base/log.h"
#include "server/routing/originator_policy.h"
#include "server/routing/router.h"
#include "server/smtp/ports.h"

namespace postrider::reception {

/// The session's Directory over the Router: a recipient is ours and known, ours and unknown, or
/// somebody else's. The rule against open relays stands on it. What cannot be looked up is told to
/// the log: clients and their users only hear "later". Thread-safe.
class AddressDirectory final : public smtp::Directory {
public:
    AddressDirectory(const routing::Router& router, const routing::OriginatorPolicy& originators,
                     Log& log)
        : router_(router), originators_(originators), log_(log) {}

    smtp::DirectoryAnswer lookUp(const mail::ForwardPath& path) override;
    smtp::OriginatorStanding mayWriteAs(const std::string& user,
                                        const mail::Mailbox& address) override;

private:
    void warn(const std::string& address, const std::string& reason);

    const routing::Router& router_;
    const routing::OriginatorPolicy& originators_;
    Log& log_;
};

}  // namespace postrider::reception

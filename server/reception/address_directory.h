#pragma once

#include "server/routing/router.h"
#include "server/smtp/ports.h"

namespace postrider::reception {

/// The session's Directory over the Router: a recipient is ours and known, ours and unknown, or
/// somebody else's. The rule against open relays stands on it. Thread-safe.
class AddressDirectory final : public smtp::Directory {
public:
    explicit AddressDirectory(const routing::Router& router) : router_(router) {}

    smtp::DirectoryAnswer lookUp(const mail::ForwardPath& path) override;

private:
    const routing::Router& router_;
};

}  // namespace postrider::reception

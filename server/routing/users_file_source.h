#pragma once

#include "server/routing/live_address_book.h"
#include "server/users/account_source.h"

namespace postrider::routing {

/// The users files of our domains as a source of accounts. Never fails: the address book keeps the
/// last good state of the files. Thread-safe.
class UsersFileSource final : public users::AccountSource {
public:
    explicit UsersFileSource(const LiveAddressBook& books) : books_(books) {}

    [[nodiscard]] std::string_view name() const override { return "users"; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    /// Every user of a file has a hash: never right.
    Result<bool, std::string> check(const mail::Mailbox& address,
                                    std::string_view password) override;
    [[nodiscard]] bool holdsVerifiers() const override;
    /// The same name gets the same one each time, so that domains with several kinds of hashes do
    /// not tell either.
    [[nodiscard]] std::optional<std::string> standIn(const mail::Mailbox& address,
                                                     std::string_view scheme) override;

private:
    const LiveAddressBook& books_;
};

}  // namespace postrider::routing

#pragma once

#include "server/users/account_source.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

namespace postrider::directory {

struct DovecotOptions {
    std::filesystem::path clientSocket;  ///< auth-client
    std::filesystem::path userdbSocket;  ///< auth-userdb
    /// One question, connecting included. Dovecot holds back a refused password for two seconds.
    std::chrono::milliseconds patience{10'000};
};

/// The accounts of a Dovecot on this host: its userdb says who exists, its passdb whether a
/// password is right. Names are "user@domain". Everything but a plain yes or no is an error: a
/// socket that is gone, silence, a temporary failure of the database behind it. Thread-safe: each
/// question has a connection of its own.
class DovecotSource final : public users::AccountSource {
public:
    explicit DovecotSource(DovecotOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "dovecot"; }
    /// The fields `postrider_send=no` and so on of a USER answer are the user's rights; Dovecot's
    /// passwd-files have them as in ours, `userdb_postrider_send=no`. One that is nonsense is an
    /// error.
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    /// By AUTH PLAIN (RFC 4616). Dovecot's penalties for failures are not asked for: the client's
    /// address is not told, and we slow guessing ourselves.
    Result<bool, std::string> check(const mail::Mailbox& address,
                                    std::string_view password) override;
    /// By asking for a login with a password of nobody: Dovecot answers it as late as any other
    /// refusal (its auth_failure_delay). What the client sent stays here.
    Result<Done, std::string> imitateRefusal(const mail::Mailbox& address) override;

    /// Do both sockets answer, with the protocol we know?
    Result<Done, std::string> probe() const;

private:
    const DovecotOptions options_;
};

}  // namespace postrider::directory

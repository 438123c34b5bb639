#pragma once

#include "server/users/account_source.h"

#include <atomic>
#include <map>
#include <string>

namespace postrider::test {

/// Accounts by what Mailbox::toString() says; can be down. Not to be changed while it is asked.
class FakeAccountSource final : public users::AccountSource {
public:
    explicit FakeAccountSource(std::string name = "fake") : name_(std::move(name)) {}

    std::map<std::string, users::Account> accounts;
    std::string password = "right";  ///< of every account
    std::string down;                ///< the error of every question while it is not empty
    bool verifiers = false;
    std::optional<std::string> likeOthers;  ///< the stand-in for anybody
    std::atomic<int> asked{0};              ///< questions for accounts and for passwords
    std::atomic<int> imitated{0};           ///< refusals that only took time

    void add(const std::string& address) { accounts[address].name = address; }

    [[nodiscard]] std::string_view name() const override { return name_; }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override {
        ++asked;
        if (!down.empty()) return Unexpected{down};
        const auto found = accounts.find(address.toString());
        if (found == accounts.end()) return std::optional<users::Account>{};
        return std::optional{found->second};
    }
    Result<bool, std::string> check(const mail::Mailbox& address, std::string_view given) override {
        ++asked;
        if (!down.empty()) return Unexpected{down};
        return accounts.contains(address.toString()) && given == password;
    }
    Result<Done, std::string> imitateRefusal(const mail::Mailbox&) override {
        ++imitated;
        if (!down.empty()) return Unexpected{down};
        return Done{};
    }

    [[nodiscard]] bool holdsVerifiers() const override { return verifiers; }
    [[nodiscard]] std::optional<std::string> standIn(const mail::Mailbox&,
                                                     std::string_view) override {
        return likeOthers;
    }

private:
    std::string name_;
};

}  // namespace postrider::test

#pragma once

#include "server/smtp/ports.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postrider::test {

/// Accepts the users it was told of; remembers who tried. One thread.
class FakeAuthenticator final : public smtp::Authenticator {
public:
    void add(const std::string& user, const std::string& password) { users_[user] = password; }
    /// From now on every login ends so, whatever it holds.
    void answerAlways(smtp::AuthOutcome outcome) { always_ = outcome; }
    [[nodiscard]] const std::vector<smtp::PasswordLogin>& tried() const { return tried_; }

    smtp::AuthAnswer authenticate(const smtp::PasswordLogin& login,
                                  const mail::SessionFacts&) override {
        tried_.push_back(login);
        if (always_) return {*always_, ""};
        const auto found = users_.find(login.authenticationId);
        const bool right = found != users_.end() && found->second == login.password;
        if (!right) return {smtp::AuthOutcome::Rejected, ""};
        return {smtp::AuthOutcome::Accepted, login.authenticationId};
    }

private:
    std::map<std::string, std::string> users_;
    std::optional<smtp::AuthOutcome> always_;
    std::vector<smtp::PasswordLogin> tried_;
};

}  // namespace postrider::test

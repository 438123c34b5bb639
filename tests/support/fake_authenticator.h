#pragma once

#include "server/smtp/ports.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::test {

/// Accepts the users it was told of; remembers who tried. One thread.
class FakeAuthenticator final : public smtp::Authenticator {
public:
    void add(const std::string& user, const std::string& password) { users_[user] = password; }
    /// From now on every login ends so, whatever it holds.
    void answerAlways(smtp::AuthOutcome outcome) { always_ = outcome; }
    /// From now on this user, logged in before, stands so.
    void change(const std::string& user, smtp::SubmitterStanding standing) {
        standing_[user] = standing;
    }
    /// From now on SCRAM is offered, and this is what everybody's password left behind.
    void know(smtp::ScramVerifier verifier) { verifier_ = std::move(verifier); }
    /// What a user hears who is let in.
    void limit(smtp::UserLimits limits) { limits_ = limits; }
    [[nodiscard]] const std::vector<smtp::ScramLogin>& proven() const { return proven_; }
    [[nodiscard]] const std::vector<smtp::PasswordLogin>& tried() const { return tried_; }

    smtp::AuthAnswer authenticate(const smtp::PasswordLogin& login,
                                  const mail::SessionFacts&) override {
        tried_.push_back(login);
        if (always_) return {*always_, ""};
        const auto found = users_.find(login.authenticationId);
        const bool right = found != users_.end() && found->second == login.password;
        if (!right) return {smtp::AuthOutcome::Rejected, ""};
        return {smtp::AuthOutcome::Accepted, login.authenticationId, limits_};
    }
    [[nodiscard]] bool knowsScram() const override { return verifier_.has_value(); }
    Result<smtp::ScramVerifier, smtp::AuthOutcome> verifierOf(const std::string&,
                                                              const mail::SessionFacts&) override {
        if (always_) return Unexpected{*always_};
        return *verifier_;
    }
    smtp::AuthAnswer authenticate(const smtp::ScramLogin& login,
                                  const mail::SessionFacts&) override {
        proven_.push_back(login);
        if (login.proof != smtp::ScramProof::Right) return {smtp::AuthOutcome::Rejected, ""};
        return {smtp::AuthOutcome::Accepted, login.authenticationId, limits_};
    }

    smtp::SubmitterAnswer mayStillSend(const std::string& user) override {
        const auto found = standing_.find(user);
        if (found == standing_.end()) return {smtp::SubmitterStanding::MaySend};
        return {found->second, "told so by the test"};
    }

private:
    std::map<std::string, std::string> users_;
    std::map<std::string, smtp::SubmitterStanding> standing_;
    std::optional<smtp::AuthOutcome> always_;
    std::optional<smtp::ScramVerifier> verifier_;
    smtp::UserLimits limits_;
    std::vector<smtp::PasswordLogin> tried_;
    std::vector<smtp::ScramLogin> proven_;
};

}  // namespace postrider::test

#pragma once

#include "server/auth/password_authenticator.h"
#include "server/routing/users_file_source.h"
#include "tests/support/fake_clock.h"
#include "tests/support/no_patience.h"
#include "tests/support/recording_journal.h"
#include "tests/support/recording_log.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// Cheap, so that many logins do not take long.
inline const std::string sha512 =
    "{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
    "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
inline const std::string password = "Hello world!";
/// A verifier of "pencil" (RFC 7677 section 3).
inline const std::string pencil =
    "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

inline mail::SessionFacts factsOfClient() {
    return {"session0000001",
            *Endpoint::parse("192.0.2.1:50000"),
            mail::ListenerKind::Submission,
            {},
            {},
            true,
            {}};
}

/// Users in files, and an authenticator over them whose pauses take no time. alice, john.doe and
/// dave (who may not send) have `password`, and there may be more lines.
struct HouseOfUsers {
    TempDir dir;
    FakeClock clock;
    RecordingLog log;
    RecordingJournal journal;
    Metrics metrics;
    journal::MailLog mailLog{log, metrics, journal};
    std::unique_ptr<routing::LiveAddressBook> books;
    std::unique_ptr<routing::UsersFileSource> accounts;
    std::vector<std::chrono::milliseconds> pauses;
    std::unique_ptr<auth::PasswordAuthenticator> authenticator;

    explicit HouseOfUsers(const std::vector<std::string>& domains = {"a.example"},
                          const std::string& more = "") {
        const std::string users = "alice:" + sha512 + "\nbob:*\ncarol:{ARGON2ID}$argon2id$x\n" +
                                  "john.doe:" + sha512 + "\ndave:" + sha512 +
                                  "::::::userdb_postrider_send=no\n" + more;
        for (const auto& domain : domains)
            dir.write("domains/" + domain + "/users", users);
        auto opened = routing::LiveAddressBook::open({dir.path(), {}}, log, clock, noPatience);
        REQUIRE(opened.has_value());
        books = std::move(*opened);
        accounts = std::make_unique<routing::UsersFileSource>(*books);
        auth::PasswordAuthenticatorOptions options;
        options.secret = "of the server";
        options.pause = [this](std::chrono::milliseconds time) { pauses.push_back(time); };
        authenticator = std::make_unique<auth::PasswordAuthenticator>(parts(), std::move(options));
    }

    [[nodiscard]] auth::AuthenticatorParts parts() {
        return {*accounts, *books, mailLog, log, metrics, clock};
    }
    smtp::AuthAnswer login(const std::string& user, const std::string& secret,
                           const std::string& actAs = "") {
        return authenticator->authenticate(smtp::PasswordLogin{actAs, user, secret},
                                           factsOfClient());
    }
    std::uint64_t logins(const std::string& outcome) {
        return metrics.counter("postrider_logins", "", {"outcome", outcome}).value();
    }
};

}  // namespace postrider::test

#pragma once

#include "common/mail/domain.h"
#include "common/mail/mailbox.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::auth {

/// Which kinds of hashes the users of each domain have, as their logins showed: one hash of each
/// kind. A kind is a scheme and its cost, so that all hashes of it take the same time.
///
/// A name that nobody has gets one of them to be checked against (PasswordAuthenticator), the same
/// each time: a database that is asked by name cannot be asked for a hash like those it has. Locks
/// inside.
class SeenHashes {
public:
    /// `hash` is "{SCHEME}...", of a user of this domain. Kinds beyond `most` are passed over.
    void note(const mail::Domain& domain, const std::string& hash);

    /// `scheme` is how it begins ("{SCRAM-SHA-256}"), or empty for any; `also` is one more to
    /// choose from. Nothing when there is none.
    [[nodiscard]] std::optional<std::string> pick(const mail::Mailbox& address,
                                                  std::string_view scheme,
                                                  const std::optional<std::string>& also) const;

    static constexpr std::size_t most = 16;  ///< kinds of one domain

private:
    using Kinds = std::map<std::string, std::string>;  ///< a hash of each
    mutable std::mutex mutex_;
    std::map<mail::Domain, Kinds> domains_;  ///< guarded by mutex_
};

}  // namespace postrider::auth

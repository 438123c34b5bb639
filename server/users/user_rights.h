#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::users {

/// What a user may, and how much.
///
/// In a users file these are extra fields of Dovecot's passwd-file, behind the sixth colon after
/// the hash and parted by blanks: `alice:{CRYPT}$y$...::::::userdb_postrider_send=no`. Dovecot
/// hands fields that begin with `userdb_` on without a look at them.
struct UserRights {
    bool disabled = false;                 ///< neither sends nor receives, whatever else is said
    bool send = true;                      ///< may log in for submission
    bool receive = true;                   ///< is a recipient
    std::optional<std::uint64_t> maxSize;  ///< octets of a message; the server's holds, too
    std::optional<std::size_t> maxRecipients;  ///< of a message; the server's holds, too

    [[nodiscard]] bool maySend() const noexcept { return send && !disabled; }
    [[nodiscard]] bool mayReceive() const noexcept { return receive && !disabled; }

    /// From what stands behind the hash, beginning with a colon, or nothing. What is not ours is
    /// passed over. Error: what is wrong with one that is ours.
    static Result<UserRights, std::string> parse(std::string_view rest);
};

/// Reads one right, without the prefix that the file has: "send=no", "max_size=10M". An empty value
/// means the default. Error: which ones there are, or what was expected.
Result<Done, std::string> setRight(UserRights& rights, std::string_view name,
                                   std::string_view value);

/// `rest` with this right in the place of the one it had; an empty value takes it away. Everything
/// else stays.
[[nodiscard]] std::string withRight(std::string_view rest, std::string_view name,
                                    std::string_view value);

}  // namespace postrider::users

#pragma once

#include "common/base/result.h"
#include "common/mail/domain.h"
#include "server/routing/alias_table.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::routing {

/// A place outside of the configuration folder where aliases are kept. Thread-safe; blocks a
/// bounded time.
class AliasSource {
public:
    virtual ~AliasSource() = default;

    /// "sql": for the journal.
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// The targets of `alias`, a canonical name with or without its suffix, or `*` for the
    /// catch-all; none where it is not known here. Error: a sentence for log and journal: nobody
    /// knows now who gets the mail, so RCPT is answered 451, never a refusal for good.
    virtual Result<std::vector<AliasTarget>, std::string> find(std::string_view alias,
                                                               const mail::Domain& domain) = 0;
};

}  // namespace postrider::routing

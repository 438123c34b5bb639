#pragma once

#include "common/mail/session_facts.h"
#include "plugins/hooks/milter/negotiation.h"
#include "plugins/hooks/milter/protocol.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::hooks::milter {

/// What a milter is told beside the commands, under sendmail's names: `j`, `{client_addr}`. One
/// session, one thread.
class Macros {
public:
    explicit Macros(const std::string& hostname);

    /// What is known of the session now.
    void learn(const mail::SessionFacts& facts);
    void set(std::string_view name, std::string value) {
        values_[std::string{name}] = std::move(value);
    }

    /// The data of the packet before `command`: its letter, names and values; those the milter
    /// asked for, else those that sendmail sends there. Macros without a value are left out; empty
    /// when nothing is to be said.
    [[nodiscard]] std::string compose(Stage stage, Command command,
                                      const Agreement& agreement) const;

private:
    std::map<std::string, std::string> values_;
};

}  // namespace postrider::hooks::milter

#pragma once

#include "common/base/result.h"
#include "plugins/hooks/milter/packet.h"
#include "plugins/hooks/milter/protocol.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace postrider::hooks::milter {

/// What we offer: the first packet of a connection, without its letter.
[[nodiscard]] std::string offer();

/// What both sides have agreed on. Immutable.
class Agreement {
public:
    /// From the milter's answer; or why there is none: a version we do not speak, an action or a
    /// step that we did not offer.
    static Result<Agreement, std::string> parse(const Packet& packet);

    [[nodiscard]] bool mayDo(std::uint32_t action) const { return (actions_ & action) == action; }
    [[nodiscard]] bool has(std::uint32_t step) const { return (steps_ & step) != 0; }
    /// The macros it wants before a command, null when it leaves that to us.
    [[nodiscard]] const std::vector<std::string>* macros(Stage stage) const;

private:
    Agreement() = default;
    std::uint32_t actions_ = 0;
    std::uint32_t steps_ = 0;
    std::map<std::uint32_t, std::vector<std::string>> macros_;  ///< by stage
};

}  // namespace postrider::hooks::milter

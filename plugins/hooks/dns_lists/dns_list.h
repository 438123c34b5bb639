#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::hooks {

/// Which answers of a list count: "127.0.0.2", "127.0.0.2..11", "127.0..255.0.1..3"; in each octet
/// a number or two with `..` between them. Immutable.
class AnswerPattern {
public:
    static std::optional<AnswerPattern> parse(std::string_view text);
    /// An IPv6 answer never does.
    [[nodiscard]] bool matches(const IpAddress& answer) const;

private:
    struct Range {
        std::uint8_t least = 0;
        std::uint8_t most = 0;
    };
    AnswerPattern() = default;
    std::array<Range, 4> octets_{};
};

/// A list of addresses in DNS (RFC 5782), and what it means to be on it.
struct DnsList {
    std::string zone;                      ///< lower case, A-labels, no dot at the end
    std::optional<AnswerPattern> answers;  ///< none: any answer counts
    int weight = 1;                        ///< below 0: being on it speaks for a client

    /// "zone", "zone=answers", "zone*weight", "zone=answers*weight"; a weight is -100 to 100 and
    /// not 0. Error: the reason, for the operator.
    static Result<DnsList, std::string> parse(std::string_view text);
};

/// The name under `zone` that tells of an address (RFC 5782 sections 2.1 and 2.4).
[[nodiscard]] std::string questionName(const IpAddress& ip, std::string_view zone);

}  // namespace postrider::hooks

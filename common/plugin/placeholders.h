#pragma once

#include "common/plugin/courier.h"
#include "common/plugin/host.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::plugin {
inline namespace v1 {

/// What `%x` stands for, by letter; `%%` is always a percent sign.
using Placeholders = std::map<char, std::string>;

/// %u the local part, decoded; %d the domain as A-labels; %f the reverse-path, empty when null. The
/// bare postmaster is `postmaster` at our host.
[[nodiscard]] Placeholders placeholdersOf(const DeliveryRequest& request,
                                          const DeliveryRecipient& recipient, const Host& host);

/// The values put in, once: what they hold is never looked at again. Nothing for an unknown
/// placeholder.
[[nodiscard]] std::optional<std::string> expand(std::string_view pattern,
                                                const Placeholders& values);

/// What is wrong with a pattern in the configuration; empty when nothing is. `letters`: those that
/// may be used.
[[nodiscard]] std::string problemOf(std::string_view pattern, std::string_view letters);

}  // namespace v1
}  // namespace postrider::plugin

#pragma once

#include "common/base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace postrider::mail {

enum class BodyType { SevenBit, EightBitMime, BinaryMime };
/// "7BIT", "8BITMIME", "BINARYMIME".
[[nodiscard]] std::string_view toString(BodyType body);
[[nodiscard]] std::optional<BodyType> bodyTypeFromString(std::string_view text);

/// How much of the message a DSN returns (RFC 3461 section 4.3).
enum class Ret { Full, Headers };
[[nodiscard]] std::string_view toString(Ret ret);
[[nodiscard]] std::optional<Ret> retFromString(std::string_view text);

/// MAIL parameters, decoded.
struct MailParameters {
    std::optional<std::uint64_t> size{};  ///< RFC 1870, octets
    BodyType body = BodyType::SevenBit;   ///< RFC 6152, 3030
    bool smtputf8 = false;                ///< RFC 6531
    bool requireTls = false;              ///< RFC 8689
    std::optional<Ret> ret{};             ///< RFC 3461
    std::optional<std::string> envid{};   ///< RFC 3461, decoded, 1-100 octets
    /// RFC 4865, at most one of the two: not to be delivered before.
    std::optional<std::chrono::seconds> holdFor{};
    std::optional<WallTime> holdUntil{};
};

/// When a DSN is wanted (RFC 3461 section 4.1). An empty set is NEVER.
enum class NotifyOn { Success, Failure, Delay };

/// "type;text" of RFC 3461 section 4.2; text decoded, printable.
struct OriginalRecipient {
    std::string type;
    std::string address;
};

/// RCPT parameters, decoded.
struct RcptParameters {
    std::optional<std::set<NotifyOn>> notify{};  ///< absent: the default, failure and perhaps delay
    std::optional<OriginalRecipient> orcpt{};
};

/// "NEVER", "SUCCESS,DELAY" ...; empty for absent. The stored and wire form.
[[nodiscard]] std::string notifyToString(const std::optional<std::set<NotifyOn>>& notify);
[[nodiscard]] std::optional<std::set<NotifyOn>> notifyFromString(std::string_view text);

/// ENVID's value decoded: xtext of 1 to 100 octets that stands for printable ASCII (RFC 3461
/// section 4.4). Nothing for anything else.
[[nodiscard]] std::optional<std::string> envidFromXtext(std::string_view xtext);
/// ORCPT's value decoded: `type;xtext`, at most 500 octets (RFC 3461 section 4.2). For the type
/// utf-8 the address may have `\x{}` escapes and UTF-8 as it is (RFC 6533 section 3); for all
/// others it stands for ASCII. Never an empty or unprintable address.
[[nodiscard]] std::optional<OriginalRecipient> originalRecipientFromXtext(std::string_view text);

}  // namespace postrider::mail

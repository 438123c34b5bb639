#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/mail/content.h"
#include "common/mail/header.h"
#include "common/mail/queue_id.h"
#include "server/reception/header_faults.h"
#include "server/reception/refusal.h"

#include <string>
#include <string_view>

namespace postrider::reception {

/// Longest header section that is looked at; a longer one is refused.
inline constexpr std::size_t maxHeader = std::size_t{1024} * 1024;

/// The header section of content as it came. Empty when the text begins with something that is no
/// field: then the message has no header.
[[nodiscard]] mail::HeaderSection readHeader(const mail::MessageContent& content);
/// Whether the text begins without any header, so that an empty line must stand in front of it
/// before fields are put there.
[[nodiscard]] bool lacksHeader(const mail::MessageContent& content);

enum class Origin { Stranger, OurUser };
enum class Treatment {
    Accept,  ///< and write it into the journal
    Mend,    ///< take the bad fields away, or add the missing one, and write that down
    Refuse,  ///< 554 5.6.0
};
/// What is done about a fault. The rule behind the rules: mail from elsewhere passes whatever its
/// header is like, unchanged, so that signatures hold (RFC 5321 section 6.4); only what deceives
/// readers is kept out. Our own users' mail is made right where there is one way to do so (RFC 6409
/// section 8) and refused where there are two: then its author can still see to it.
///
/// | fault            | stranger | our user |
/// | ---------------- | -------- | -------- |
/// | TooManyFields    | refuse   | refuse   |
/// | Nul              | refuse   | refuse   |
/// | BrokenLine       | accept   | refuse   |
/// | MboxLine         | accept   | mend     |
/// | NoHeader         | accept   | accept   |
/// | NoFrom           | accept   | mend     |
/// | NoDate           | accept   | mend     |
/// | NoMessageId      | accept   | mend     |
/// | SeveralFrom      | accept   | refuse   |
/// | SeveralOfOne     | accept   | refuse   |
/// | SeveralLists     | accept   | accept   |
/// | LongLine         | accept   | accept   |
/// | EightBit         | accept   | accept   |
/// | ReturnPath       | accept   | mend     |
/// | ForgedResults    | mend     | mend     |
///
/// A header over maxHeader is refused to both, 552 5.3.4. A Return-Path from elsewhere stays: a
/// relay may not touch it (RFC 5321 section 4.4), and final delivery puts the true one in its
/// place.
[[nodiscard]] Treatment treatmentOf(HeaderFault fault, Origin origin);

/// Refuses a header section over maxHeader.
[[nodiscard]] MayGoOn checkHeaderSize(const mail::MessageContent& content,
                                      const mail::HeaderSection& header);

struct MissingFields {
    const mail::QueueId& id;
    std::string_view hostname;
    WallTime now;
    std::string author{};  ///< for From; empty: none is added
};
/// The From, Date and Message-ID fields that a submitted message lacks (RFC 6409
/// sections 8.2, 8.3); empty when it has all.
[[nodiscard]] std::string composeMissing(const mail::HeaderSection& header,
                                         const MissingFields& facts, Random& random);

}  // namespace postrider::reception

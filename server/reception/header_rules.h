#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/mail/content.h"
#include "common/mail/header.h"
#include "common/mail/queue_id.h"
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
/// Refuses a header section over maxHeader, and a submission with more than one From field: which
/// of them other servers would believe is anybody's guess. Mail from elsewhere passes, whatever its
/// header is like (RFC 5321 section 6.4).
[[nodiscard]] MayGoOn checkHeader(const mail::MessageContent& content,
                                  const mail::HeaderSection& header, Origin origin);

struct MissingFields {
    const mail::QueueId& id;
    std::string_view hostname;
    WallTime now;
};
/// The Date and Message-ID fields that a submitted message lacks (RFC 6409 sections 8.2, 8.3);
/// empty when it has both.
[[nodiscard]] std::string composeMissing(const mail::HeaderSection& header,
                                         const MissingFields& facts, Random& random);

}  // namespace postrider::reception

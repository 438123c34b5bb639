#pragma once

#include "common/mail/header.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::reception {

/// What can be wrong with a header section. What is done about each is in header_rules.h.
enum class HeaderFault {
    TooManyFields,  ///< over maxFields
    Nul,            ///< an octet 0: readers written in C end there
    BrokenLine,     ///< neither a field nor a continuation of one, behind the first line
    MboxLine,       ///< "From someone Sat Nov 21 ..." in front: the mark of an mbox file
    NoHeader,       ///< the text begins at once
    NoFrom,
    NoDate,
    NoMessageId,
    SeveralFrom,    ///< whom other servers would believe is anybody's guess
    SeveralOfOne,   ///< Sender, Date, Subject or Message-ID twice: readers choose differently
    SeveralLists,   ///< To, Cc, Bcc, Reply-To, In-Reply-To or References twice: sloppy, but clear
    LongLine,       ///< over 998 octets (RFC 5322 section 2.1.1)
    EightBit,       ///< octets over 127 without SMTPUTF8 (RFC 6532 section 3.1)
    ReturnPath,     ///< a Return-Path before final delivery (RFC 5321 section 4.4)
    ForgedResults,  ///< Authentication-Results with our name (RFC 8601 section 5)
};

/// Most fields a header may have. A message that went around the world has some forty.
inline constexpr std::size_t maxFields = 1000;

struct FoundFault {
    HeaderFault fault = HeaderFault::NoHeader;
    std::string detail{};  ///< a few words for log and journal
    /// The fields to be taken away where the fault is mended; into the section examined.
    std::vector<const mail::HeaderField*> fields{};
};

struct HeaderSurroundings {
    std::string_view hostname;  ///< ours
    bool smtputf8 = false;
    bool lacksHeader = false;  ///< the section is empty because the text begins at once
};

/// Each fault once, in the order of the enumeration.
[[nodiscard]] std::vector<FoundFault> findFaults(const mail::HeaderSection& header,
                                                 const HeaderSurroundings& surroundings);

}  // namespace postrider::reception

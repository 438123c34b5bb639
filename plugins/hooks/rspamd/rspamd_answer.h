#pragma once

#include "common/base/result.h"
#include "common/mail/header.h"
#include "common/mail/verdict.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::hooks {

enum class RspamdAction {
    NoAction,
    AddHeader,
    RewriteSubject,
    Greylist,
    SoftReject,
    Reject,
    Discard,
    Quarantine,
};

/// What rspamd says of a message, from the JSON of /checkv2.
struct RspamdAnswer {
    struct NewField {
        std::string name;
        std::string value;
        std::optional<std::uint64_t> place;  ///< 0 and 1 are both above everything; absent: below
    };
    struct OldField {
        std::string name;
        std::uint64_t which = 0;  ///< from 1; 0 is all of that name
    };

    RspamdAction action = RspamdAction::NoAction;
    std::string score;                   ///< "15.00", for people
    std::optional<std::string> message;  ///< for the client: one printable ASCII line
    std::optional<std::string> subject;  ///< for RewriteSubject
    std::vector<NewField> newFields;
    std::vector<OldField> oldFields;

    /// Pure. Says why it is no answer: no JSON, no action, an action that we do not know, more than
    /// 1000 fields.
    static Result<RspamdAnswer, std::string> parse(const std::string& json);
};

/// The verdict, and for a message that goes on what rspamd wants changed in it.
[[nodiscard]] mail::MessageVerdict verdictOf(const RspamdAnswer& answer,
                                             const mail::HeaderSection& header);

}  // namespace postrider::hooks

#include "server/reception/author_check.h"

#include "common/base/text.h"
#include "common/mail/address_list.h"

namespace postrider::reception {

namespace {

using routing::OriginatorPlace;

bool namesAuthor(const mail::HeaderField& field) {
    return text::equalsIgnoreCase(field.name, "From") ||
           text::equalsIgnoreCase(field.name, "Sender");
}

}  // namespace

MayGoOn checkAuthors(const mail::HeaderSection& header, const std::string& user,
                     const routing::OriginatorPolicy& policy) {
    if (!policy.isRestricted(user, OriginatorPlace::Header)) return std::nullopt;
    for (const auto& field : header.fields()) {
        if (!namesAuthor(field)) continue;
        const auto mailboxes = mail::parseAddressList(field.value);
        if (!mailboxes || mailboxes->empty()) return unreadableAuthor();
        for (const auto& mailbox : *mailboxes) {
            const auto may = policy.mayWriteAs(user, mailbox, OriginatorPlace::Header);
            if (!may) return authorNotLookedUp(mailbox.toString(), may.error());
            if (!*may) return authorNotTheirs(mailbox.toString(), user);
        }
    }
    return std::nullopt;
}

}  // namespace postrider::reception

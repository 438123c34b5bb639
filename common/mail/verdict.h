#pragma once

#include "common/mail/content.h"
#include "common/mail/path.h"
#include "common/mail/reply.h"

#include <string>
#include <variant>
#include <vector>

namespace postrider::mail {

struct Proceed {};
/// The command or message is refused with a 4yz or 5yz reply; the session goes on.
struct Refuse {
    Reply reply;
    std::string reason{};  ///< for the journal; the client never hears it
};
/// The session ends with a 421 (or the reply given).
struct Disconnect {
    Reply reply;
    std::string reason{};  ///< for the journal
};
/// The client hears 250, the message goes nowhere.
struct Discard {
    std::string reason;
};
using Verdict = std::variant<Proceed, Refuse, Disconnect, Discard>;

struct PrependHeader {
    std::string name;
    std::string value;
};
/// The `index`th field of that name, from the top, 0 the first; counted before any edit.
struct RemoveHeader {
    std::string name;
    std::size_t index = 0;
};
/// Everything after the header section.
struct ReplaceBody {
    std::string octets;
};
struct AddRecipient {
    ForwardPath path;
};
struct RemoveRecipient {
    ForwardPath path;
};
using Edit = std::variant<PrependHeader, RemoveHeader, ReplaceBody, AddRecipient, RemoveRecipient>;

/// The answer to a whole message; the edits are carried out all or none, and only on Proceed.
struct MessageVerdict {
    Verdict verdict = Proceed{};
    std::vector<Edit> edits;
};

}  // namespace postrider::mail

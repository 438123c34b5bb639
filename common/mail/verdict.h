#pragma once

#include "common/mail/content.h"
#include "common/mail/parameters.h"
#include "common/mail/path.h"
#include "common/mail/reply.h"

#include <cstddef>
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

// A field's value is written as it is where it is folded properly: CRLF, each followed by white
// space and something visible. Otherwise its controls become spaces and it is folded anew.

/// Above everything.
struct PrependHeader {
    std::string name;
    std::string value;
};
/// Below `index` fields of the message as it came; with as many as there are or more, below all.
struct InsertHeader {
    std::size_t index = 0;
    std::string name;
    std::string value;
};
/// The `index`th field of that name, from the top, 0 the first; counted before any edit.
struct RemoveHeader {
    std::string name;
    std::size_t index = 0;
};
/// Counted likewise; a field that is not there is added below all others.
struct ChangeHeader {
    std::string name;
    std::size_t index = 0;
    std::string value;
};
/// Everything after the header section.
struct ReplaceBody {
    std::string octets;
};
struct AddRecipient {
    ForwardPath path;
    RcptParameters parameters{};
};
struct RemoveRecipient {
    ForwardPath path;
};
struct ChangeSender {
    ReversePath path;
};
/// The message is queued but held: an operator releases or removes it.
struct Quarantine {
    std::string reason;
};
using Edit = std::variant<PrependHeader, RemoveHeader, ReplaceBody, AddRecipient, RemoveRecipient,
                          InsertHeader, ChangeHeader, ChangeSender, Quarantine>;

/// The answer to a whole message; the edits are carried out all or none, and only on Proceed.
struct MessageVerdict {
    Verdict verdict = Proceed{};
    std::vector<Edit> edits;
};

}  // namespace postrider::mail

#include "server/reception/refusal.h"

namespace postrider::reception {

using journal::Step;
using mail::EnhancedStatus;
using mail::Reply;

Refusal tooManyHops(std::size_t received) {
    return {Reply{554, EnhancedStatus{5, 4, 6},
                  "This message has passed too many servers: a mail loop"},
            Step::Content, std::to_string(received) + " Received fields", ""};
}

Refusal headerTooLong() {
    return {Reply{552, EnhancedStatus{5, 3, 4}, "The header of this message is too long"},
            Step::Content, "header section over the limit", ""};
}

Refusal wasHereTooOften(std::size_t times) {
    return {
        Reply{554, EnhancedStatus{5, 4, 6}, "This message comes back again and again: a mail loop"},
        Step::Content, std::to_string(times) + " Received fields of ours", ""};
}

Refusal deliveredBefore(std::string mailbox, std::size_t times) {
    return {
        Reply{554, EnhancedStatus{5, 4, 6}, "This message comes back again and again: a mail loop"},
        Step::Content, "delivered to the mailbox " + std::to_string(times) + " times before",
        std::move(mailbox)};
}

Refusal badHeader(std::string reason) {
    return {Reply{554, EnhancedStatus{5, 6, 0}, "The header of this message is malformed"},
            Step::Content, std::move(reason), ""};
}

Refusal unreadableAuthor() {
    return {Reply{554, EnhancedStatus{5, 6, 0}, "The From or Sender field cannot be read"},
            Step::Content, "From or Sender cannot be read, and from.restrict asks for it", ""};
}

Refusal authorNotTheirs(std::string mailbox, const std::string& user) {
    return {Reply{550, EnhancedStatus{5, 7, 1}, "You may not use this From or Sender address"},
            Step::Content, "from.restrict: not an address of " + user, std::move(mailbox)};
}

Refusal authorNotLookedUp(std::string mailbox, std::string reason) {
    return {
        Reply{451, EnhancedStatus{4, 3, 0}, "The author could not be looked up, please try later"},
        Step::Content, std::move(reason), std::move(mailbox)};
}

Refusal severalAuthors() {
    return {
        Reply{554, EnhancedStatus{5, 6, 0}, "A message must have one From field, this has several"},
        Step::Content, "more than one From field in a submission", ""};
}

Refusal refusedByHook(Reply reply) {
    std::string reason = "a hook said: " + reply.toString();
    return {std::move(reply), Step::Hook, std::move(reason), ""};
}

Refusal badHookAnswer(std::string reason) {
    return {
        Reply{451, EnhancedStatus{4, 3, 0}, "The message could not be checked, please try later"},
        Step::Hook, std::move(reason), ""};
}

Refusal noRoomForEdits() {
    return {Reply{452, EnhancedStatus{4, 3, 1}, "Not enough storage, please try later"}, Step::Hook,
            "no room for the content as changed by hooks", ""};
}

Refusal editsNotStored() {
    return {
        Reply{451, EnhancedStatus{4, 3, 0}, "The message could not be stored, please try later"},
        Step::Hook, "the content as changed by hooks could not be written", ""};
}

Refusal unknownRecipient(std::string mailbox, std::string reason) {
    return {Reply{550, EnhancedStatus{5, 1, 1}, "There is no such mailbox here"}, Step::Route,
            std::move(reason), std::move(mailbox)};
}

Refusal aliasLoop(std::string mailbox, std::string reason) {
    return {Reply{554, EnhancedStatus{5, 4, 6}, "This mailbox leads back to itself"}, Step::Route,
            std::move(reason), std::move(mailbox)};
}

Refusal routingLater(std::string mailbox, std::string reason) {
    return {
        Reply{451, EnhancedStatus{4, 3, 0}, "A recipient could not be looked up, please try later"},
        Step::Route, std::move(reason), std::move(mailbox)};
}

Refusal tooManyDestinations() {
    return {Reply{554, EnhancedStatus{5, 5, 3}, "The recipients lead to too many mailboxes"},
            Step::Route, "more destinations than one message may have", ""};
}

Refusal queueFull(std::string reason) {
    return {Reply{452, EnhancedStatus{4, 3, 1}, "Not enough storage, please try later"},
            Step::Queue, std::move(reason), ""};
}

Refusal queueTrouble(std::string reason) {
    return {
        Reply{451, EnhancedStatus{4, 3, 0}, "The message could not be stored, please try later"},
        Step::Queue, std::move(reason), ""};
}

}  // namespace postrider::reception

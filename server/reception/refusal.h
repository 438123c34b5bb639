#pragma once

#include "common/mail/reply.h"
#include "server/journal/journal.h"

#include <optional>
#include <string>

namespace postrider::reception {

/// Why a whole message is not taken: what the client hears, and what log and journal may know.
struct Refusal {
    mail::Reply reply;
    journal::Step step = journal::Step::Content;
    std::string reason;  ///< never shown to the client
    std::string about;   ///< the mailbox concerned, or empty
};

/// A step's answer: nothing when the message may go on.
using MayGoOn = std::optional<Refusal>;

// Every sentence that reception says.

Refusal tooManyHops(std::size_t received);                              ///< 554 5.4.6
Refusal headerTooLong();                                                ///< 552 5.3.4
Refusal badHeader(std::string reason);                                  ///< 554 5.6.0
Refusal severalAuthors();                                               ///< 554 5.6.0
Refusal unreadableAuthor();                                             ///< 554 5.6.0
Refusal authorNotTheirs(std::string mailbox, const std::string& user);  ///< 550 5.7.1
Refusal authorNotLookedUp(std::string mailbox, std::string reason);     ///< 451 4.3.0
Refusal wasHereTooOften(std::size_t times);                             ///< 554 5.4.6
Refusal deliveredBefore(std::string mailbox, std::size_t times);        ///< 554 5.4.6
Refusal refusedByHook(mail::Reply reply);                               ///< the hook's own words
Refusal badHookAnswer(std::string reason);                              ///< 451 4.3.0
Refusal noRoomForEdits();                                               ///< 452 4.3.1
Refusal editsNotStored();                                               ///< 451 4.3.0
Refusal unknownRecipient(std::string mailbox, std::string reason);      ///< 550 5.1.1
Refusal aliasLoop(std::string mailbox, std::string reason);             ///< 554 5.4.6
Refusal routingLater(std::string mailbox, std::string reason);          ///< 451 4.3.0
Refusal tooManyDestinations();                                          ///< 554 5.5.3
Refusal queueFull(std::string reason);                                  ///< 452 4.3.1
Refusal queueTrouble(std::string reason);                               ///< 451 4.3.0

}  // namespace postrider::reception

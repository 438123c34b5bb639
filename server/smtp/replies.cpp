#include "server/smtp/replies.h"

#include "common/base/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::smtp::replies {

namespace {

using mail::EnhancedStatus;
using mail::Reply;

/// A reply that has no enhanced status by rule.
Reply plain(int code, std::string text) {
    return {code, std::nullopt, std::move(text)};
}

Reply make(int code, int subject, int detail, std::string text) {
    return {code, EnhancedStatus{code / 100, subject, detail}, std::move(text)};
}

Reply withFittingStatus(Reply reply) {
    if (!reply.status || reply.status->klass != reply.code / 100) {
        reply.status = EnhancedStatus{reply.code / 100, 0, 0};
    }
    return reply;
}

}  // namespace

Reply greeting(const std::string& hostname) {
    return plain(220, hostname + " ESMTP");
}

Reply ehlo(const std::string& hostname, const std::vector<std::string>& extensions) {
    auto reply = plain(250, hostname);
    reply.lines.insert(reply.lines.end(), extensions.begin(), extensions.end());
    return reply;
}

Reply earlyTalker() {
    return plain(554, "Please wait for the greeting before you speak");
}

Reply helo(const std::string& hostname) {
    return plain(250, hostname);
}

Reply bye() {
    return make(221, 0, 0, "Goodbye");
}

Reply shuttingDown() {
    return make(421, 3, 2, "The server is shutting down, please come back later");
}

Reply timedOut() {
    return make(421, 4, 2, "Waited too long, closing the connection");
}

Reply internalError() {
    return make(421, 3, 0, "Something went wrong here, please try again later");
}

Reply tooManySessions() {
    return make(421, 3, 2, "Too many connections, please try again later");
}

Reply tooManySessionsFromAddress() {
    return make(421, 7, 0, "Too many connections from your address, please try again later");
}

Reply trustWithdrawn() {
    return make(421, 7, 1, "Your address is not trusted any more, please connect again");
}

Reply unknownCommand() {
    return make(500, 5, 1, "Command not recognized");
}

Reply emptyCommand() {
    return make(500, 5, 2, "A command was expected");
}

Reply controlCharacter() {
    return make(500, 5, 2, "Control characters are not allowed in commands");
}

Reply lineTooLong() {
    return make(500, 5, 2, "Line too long");
}

Reply bareLineEndInCommand() {
    return make(500, 5, 2, "Lines must end in CR LF, closing the connection");
}

Reply badArgument() {
    return make(501, 5, 4, "The arguments of this command are missing or wrong");
}

Reply noArgumentAllowed() {
    return make(501, 5, 4, "This command takes no argument");
}

Reply helloNeedsName() {
    return plain(501, "Please give your host name");
}

Reply mailSyntax() {
    return make(501, 5, 2, "Syntax: MAIL FROM:<address>");
}

Reply rcptSyntax() {
    return make(501, 5, 2, "Syntax: RCPT TO:<address>");
}

Reply badReversePath(mail::PathError error) {
    return make(501, 1, 7, "Bad sender address: " + std::string{mail::describe(error)});
}

Reply badForwardPath(mail::PathError error) {
    return make(501, 1, 3, "Bad recipient address: " + std::string{mail::describe(error)});
}

Reply badParameter() {
    return make(501, 5, 4, "Bad or repeated parameter");
}

Reply unknownParameter() {
    return make(555, 5, 4, "Parameter not recognized");
}

Reply outOfOrder(Order order) {
    switch (order) {
        case Order::Allowed:
            break;
        case Order::HelloFirst:
            return make(503, 5, 1, "Please say EHLO first");
        case Order::MailFirst:
            return make(503, 5, 1, "Please say MAIL first");
        case Order::RcptFirst:
            return make(503, 5, 1, "No valid recipient yet");
        case Order::InTransaction:
            return make(503, 5, 1, "Not in a mail transaction");
        case Order::InMessage:
            return make(503, 5, 1, "The message has begun with BDAT, only BDAT can end it");
        case Order::Barred:
            return make(503, 5, 1, "No mail is accepted from you here");
    }
    return make(503, 5, 1, "Bad sequence of commands");
}

Reply badChunkSize() {
    return make(501, 5, 4, "Syntax: BDAT size [LAST], closing the connection");
}

Reply foreignProtocol() {
    return make(421, 7, 0, "Only SMTP is spoken here, closing the connection");
}

Reply tooManyErrors() {
    return make(421, 7, 0, "Too many errors, closing the connection");
}

Reply tooManyCommands() {
    return make(421, 7, 0, "Too many commands, closing the connection");
}

Reply tooManyUnknownRecipients() {
    return make(421, 7, 0, "Too many unknown recipients, closing the connection");
}

Reply tooManyAuthFailures() {
    return make(421, 7, 0, "Too many failed logins, closing the connection");
}

Reply ok() {
    return make(250, 0, 0, "OK");
}

Reply cannotVerify() {
    return make(252, 0, 0, "Cannot verify the address, but will try to deliver to it");
}

Reply noExpansion() {
    return make(502, 5, 1, "Lists are not expanded here");
}

Reply help() {
    return make(214, 0, 0, "Commands are those of RFC 5321, STARTTLS and AUTH");
}

Reply readyForTls() {
    return make(220, 0, 0, "Ready to start TLS");
}

Reply nothingMayFollowStartTls() {
    return make(554, 5, 1, "STARTTLS must be the last command before its reply");
}

Reply tlsIsActive() {
    return make(503, 5, 1, "TLS is active already");
}

Reply tlsUnavailable() {
    return make(454, 7, 0, "TLS is not available at the moment");
}

Reply startTlsFirst() {
    return make(530, 7, 0, "Please say STARTTLS first");
}

Reply authNeedsTls() {
    return make(538, 7, 11, "Encryption is required to log in, please say STARTTLS first");
}

Reply authNeedsMechanism() {
    return make(501, 5, 4, "Syntax: AUTH mechanism [initial response]");
}

Reply unknownMechanism() {
    return make(504, 5, 4, "Authentication mechanism not offered");
}

Reply alreadyAuthenticated() {
    return make(503, 5, 1, "You are logged in already");
}

Reply challenge(std::string base64) {
    return plain(334, std::move(base64));
}

Reply authLineTooLong() {
    return make(500, 5, 6, "Authentication exchange line is too long");
}

Reply saslFault(SaslFault fault) {
    switch (fault) {
        case SaslFault::Cancelled:
            return make(501, 7, 0, "Authentication cancelled");
        case SaslFault::NotBase64:
            return make(501, 5, 2, "Cannot decode the response, it is not base64");
        case SaslFault::Malformed:
            return make(501, 5, 2, "The response does not fit the mechanism");
    }
    return make(501, 5, 2, "Authentication failed");
}

Reply authenticated() {
    return make(235, 7, 0, "Authentication succeeded");
}

Reply badCredentials() {
    return make(535, 7, 8, "User name or password is wrong");
}

Reply authThrottled() {
    return make(454, 7, 0, "Too many failed logins, please try again later");
}

Reply authUnavailable() {
    return make(454, 7, 0, "Cannot check logins at the moment, please try again later");
}

Reply authenticationRequired() {
    return make(530, 7, 0, "Authentication required");
}

Reply accountDisabled() {
    return make(550, 7, 13, "Your account may not send mail any more");
}

Reply needsSmtpUtf8() {
    return make(553, 6, 7, "An address that is not ASCII needs SMTPUTF8");
}

Reply tooBig() {
    return make(552, 3, 4, "The message is larger than is accepted here");
}

Reply senderNotTheirs() {
    return make(550, 7, 1, "You may not use this sender address");
}

Reply senderNotLookedUp() {
    return make(451, 3, 0, "The sender could not be looked up, please try later");
}

Reply cannotHoldSoLong() {
    return make(501, 5, 4, "The message cannot be held for so long");
}

Reply holdIsOver() {
    return make(501, 5, 4, "The time until which to hold the message is over");
}

Reply unqualifiedSender() {
    return make(553, 1, 7, "The sender's domain must be fully qualified");
}

Reply unqualifiedRecipient() {
    return make(553, 1, 3, "The recipient's domain must be fully qualified");
}

Reply senderOk() {
    return make(250, 1, 0, "Sender OK");
}

Reply recipientOk() {
    return make(250, 1, 5, "Recipient OK");
}

Reply noSuchUser() {
    return make(550, 1, 1, "No such user here");
}

Reply mailboxDisabled() {
    return make(550, 2, 1, "This mailbox does not accept mail");
}

Reply relayDenied() {
    return make(550, 7, 1, "Mail for this domain is not accepted from you");
}

Reply recipientUnusable() {
    return make(550, 4, 6, "Mail for this address would loop");
}

Reply lookupFailed() {
    return make(451, 3, 0, "Cannot look up the recipient at the moment, please try again later");
}

Reply tooManyRecipients() {
    return make(452, 5, 3, "Too many recipients, send to the others in another transaction");
}

Reply binaryNeedsBdat() {
    return make(503, 5, 1, "A message with BODY=BINARYMIME needs BDAT");
}

Reply startContent() {
    return plain(354, "End the message with a line that holds a single dot");
}

Reply chunkReceived() {
    return make(250, 0, 0, "Chunk received");
}

Reply queued(std::string_view queueId) {
    return make(250, 0, 0, "Queued as " + std::string{queueId});
}

Reply discarded() {
    return make(250, 0, 0, "Message accepted");
}

Reply contentRefused(ContentFault fault) {
    switch (fault) {
        case ContentFault::TooBig:
            return tooBig();
        case ContentFault::BareLineEnd:
            return make(554, 6, 0, "Message lines must end in CR LF and hold no NUL");
        case ContentFault::NoRoom:
            return make(452, 3, 1, "No room for the message at the moment, please try again later");
        case ContentFault::StorageError:
            break;
    }
    return make(451, 3, 0, "Cannot store the message at the moment, please try again later");
}

Reply contentLost() {
    return make(521, 5, 2,
                "Message lines must end in CR LF and hold no NUL, closing the connection");
}

Reply refusal(Reply chosen) {
    if (!chosen.isTransient() && !chosen.isPermanent()) {
        return make(451, 3, 0, "The request cannot be handled at the moment");
    }
    if (chosen.lines.empty()) chosen.lines.emplace_back("Refused by local policy");
    return withFittingStatus(std::move(chosen));
}

Reply disconnection(Reply chosen) {
    if (!chosen.isTransient() && !chosen.isPermanent()) {
        return make(421, 7, 0, "Closing the connection by local policy");
    }
    return refusal(std::move(chosen));
}

Reply refusedGreeting(const Reply& chosen) {
    auto reply = withoutStatus(refusal(chosen));
    reply.code = reply.isTransient() ? 421 : 554;
    return reply;
}

Reply withoutStatus(Reply reply) {
    reply.status.reset();
    return reply;
}

Reply asciiOnly(Reply reply) {
    const auto isForeign = [](char c) { return !text::isAscii(c); };
    for (auto& line : reply.lines)
        std::ranges::replace_if(line, isForeign, '?');
    return reply;
}

}  // namespace postrider::smtp::replies

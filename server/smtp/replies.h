#pragma once

#include "common/mail/path.h"
#include "common/mail/reply.h"
#include "server/smtp/content_fault.h"
#include "server/smtp/sasl.h"
#include "server/smtp/state_table.h"

#include <string>
#include <string_view>
#include <vector>

/// Every sentence the session says. No reply repeats what the client sent, so none can be used to
/// reflect an attack; none tells what we are made of. Enhanced status codes by RFC 3463, RFC 4954
/// section 6 and the IANA registry, on all but the greeting, the answer to EHLO and HELO, and 3yz
/// (RFC 2034 section 4).
namespace postrider::smtp::replies {

// Greeting, EHLO, the end.
[[nodiscard]] mail::Reply greeting(const std::string& hostname);
[[nodiscard]] mail::Reply ehlo(const std::string& hostname,
                               const std::vector<std::string>& extensions);
[[nodiscard]] mail::Reply earlyTalker();
[[nodiscard]] mail::Reply helo(const std::string& hostname);
[[nodiscard]] mail::Reply bye();
[[nodiscard]] mail::Reply shuttingDown();
[[nodiscard]] mail::Reply timedOut();
[[nodiscard]] mail::Reply internalError();

// Before there is a session.
[[nodiscard]] mail::Reply tooManySessions();
[[nodiscard]] mail::Reply tooManySessionsFromAddress();
[[nodiscard]] mail::Reply trustWithdrawn();

// What is not understood.
[[nodiscard]] mail::Reply unknownCommand();
[[nodiscard]] mail::Reply emptyCommand();
[[nodiscard]] mail::Reply controlCharacter();
[[nodiscard]] mail::Reply lineTooLong();
[[nodiscard]] mail::Reply bareLineEndInCommand();
[[nodiscard]] mail::Reply badArgument();
[[nodiscard]] mail::Reply noArgumentAllowed();
[[nodiscard]] mail::Reply helloNeedsName();
[[nodiscard]] mail::Reply mailSyntax();
[[nodiscard]] mail::Reply rcptSyntax();
[[nodiscard]] mail::Reply badReversePath(mail::PathError error);
[[nodiscard]] mail::Reply badForwardPath(mail::PathError error);
[[nodiscard]] mail::Reply badParameter();
[[nodiscard]] mail::Reply unknownParameter();

// Order and patience. `order` is anything but Allowed.
[[nodiscard]] mail::Reply outOfOrder(Order order);
[[nodiscard]] mail::Reply badChunkSize();
[[nodiscard]] mail::Reply foreignProtocol();
[[nodiscard]] mail::Reply tooManyErrors();
[[nodiscard]] mail::Reply tooManyCommands();
[[nodiscard]] mail::Reply tooManyUnknownRecipients();
[[nodiscard]] mail::Reply tooManyAuthFailures();

// Small verbs.
[[nodiscard]] mail::Reply ok();
[[nodiscard]] mail::Reply cannotVerify();
[[nodiscard]] mail::Reply noExpansion();
[[nodiscard]] mail::Reply help();

// STARTTLS and AUTH.
[[nodiscard]] mail::Reply readyForTls();
[[nodiscard]] mail::Reply nothingMayFollowStartTls();
[[nodiscard]] mail::Reply tlsIsActive();
[[nodiscard]] mail::Reply tlsUnavailable();
[[nodiscard]] mail::Reply startTlsFirst();
[[nodiscard]] mail::Reply authNeedsTls();
[[nodiscard]] mail::Reply authNeedsMechanism();
[[nodiscard]] mail::Reply unknownMechanism();
[[nodiscard]] mail::Reply alreadyAuthenticated();
[[nodiscard]] mail::Reply challenge(std::string base64);
[[nodiscard]] mail::Reply authLineTooLong();
[[nodiscard]] mail::Reply saslFault(SaslFault fault);
[[nodiscard]] mail::Reply authenticated();
[[nodiscard]] mail::Reply badCredentials();
[[nodiscard]] mail::Reply authThrottled();
[[nodiscard]] mail::Reply authUnavailable();

// The transaction.
[[nodiscard]] mail::Reply authenticationRequired();
[[nodiscard]] mail::Reply accountDisabled();
[[nodiscard]] mail::Reply needsSmtpUtf8();
[[nodiscard]] mail::Reply tooBig();
[[nodiscard]] mail::Reply cannotHoldSoLong();
[[nodiscard]] mail::Reply holdIsOver();
[[nodiscard]] mail::Reply unqualifiedSender();
[[nodiscard]] mail::Reply senderNotTheirs();
[[nodiscard]] mail::Reply senderNotLookedUp();
[[nodiscard]] mail::Reply unqualifiedRecipient();
[[nodiscard]] mail::Reply senderOk();
[[nodiscard]] mail::Reply recipientOk();
[[nodiscard]] mail::Reply noSuchUser();
[[nodiscard]] mail::Reply mailboxDisabled();
[[nodiscard]] mail::Reply relayDenied();
[[nodiscard]] mail::Reply recipientUnusable();
[[nodiscard]] mail::Reply lookupFailed();
[[nodiscard]] mail::Reply tooManyRecipients();
[[nodiscard]] mail::Reply binaryNeedsBdat();
[[nodiscard]] mail::Reply startContent();
[[nodiscard]] mail::Reply chunkReceived();
[[nodiscard]] mail::Reply queued(std::string_view queueId);
[[nodiscard]] mail::Reply discarded();
[[nodiscard]] mail::Reply contentRefused(ContentFault fault);
/// Where nobody can tell any more what is content and what are commands.
[[nodiscard]] mail::Reply contentLost();

/// What a hook or the reception chose to refuse with, made fit to send: 4yz or 5yz, with a status
/// of the same class. A reply that is neither becomes 451 4.3.0, because unknown means later.
[[nodiscard]] mail::Reply refusal(mail::Reply chosen);
/// What a hook chose to end the session with; 421 4.7.0 when it chose nothing.
[[nodiscard]] mail::Reply disconnection(mail::Reply chosen);
/// A refusal in place of the greeting: 554, or 421 when it may be tried again (RFC 5321
/// section 3.1).
[[nodiscard]] mail::Reply refusedGreeting(const mail::Reply& chosen);

[[nodiscard]] mail::Reply withoutStatus(mail::Reply reply);
/// Other octets become `?`: for clients that did not say SMTPUTF8 (RFC 6531 section 3.7.4).
[[nodiscard]] mail::Reply asciiOnly(mail::Reply reply);

}  // namespace postrider::smtp::replies

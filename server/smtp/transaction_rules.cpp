#include "server/smtp/transaction_rules.h"

#include "server/smtp/extensions.h"
#include "server/smtp/replies.h"

#include <string>
#include <utility>

namespace postrider::smtp {

namespace {

std::optional<Refusal> mistake(mail::Reply reply) {
    return Refusal{Refusal::Kind::Mistake, std::move(reply)};
}

std::optional<Refusal> policy(mail::Reply reply) {
    return Refusal{Refusal::Kind::Policy, std::move(reply)};
}

bool isSubmission(const mail::SessionFacts& facts) {
    return facts.listener != mail::ListenerKind::Smtp;
}

/// `a@host`: means something to one network only (RFC 6409 section 4.2).
bool isUnqualified(const mail::Mailbox* mailbox) {
    if (mailbox == nullptr || mailbox->domain() == nullptr) return false;
    return mailbox->domain()->ascii().find('.') == std::string::npos;
}

/// RFC 4865 section 4: not in the past, and not further away than was announced.
std::optional<Refusal> refuseHold(const mail::MailParameters& parameters,
                                  const SessionOptions& options, const mail::SessionFacts& facts) {
    if (!parameters.holdFor && !parameters.holdUntil) return std::nullopt;
    if (!offersFutureRelease(options, facts)) return mistake(replies::unknownParameter());
    if (parameters.holdFor.value_or(options.maxHold) > options.maxHold) {
        return policy(replies::cannotHoldSoLong());
    }
    if (!parameters.holdUntil) return std::nullopt;
    const auto hold = *parameters.holdUntil - options.begin;
    if (hold < WallTime::duration::zero()) return policy(replies::holdIsOver());
    if (hold > options.maxHold) return policy(replies::cannotHoldSoLong());
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> refuseSender(const command::Mail& mail, const SessionOptions& options,
                                    const mail::SessionFacts& facts) {
    const bool needsTls =
        options.requireTls || isSubmission(facts) || mail.parameters.requireTls;  // RFC 8689 2
    if (needsTls && !facts.tls) return mistake(replies::startTlsFirst());
    if (isSubmission(facts) && !facts.user) return mistake(replies::authenticationRequired());
    if (!mail.asciiPath && !mail.parameters.smtputf8) return mistake(replies::needsSmtpUtf8());
    if (isSubmission(facts) && isUnqualified(mail.path.mailbox())) {
        return policy(replies::unqualifiedSender());
    }
    if (mail.parameters.size.value_or(0) > options.maxMessageSize) {
        return policy(replies::tooBig());
    }
    return refuseHold(mail.parameters, options, facts);
}

std::optional<Refusal> refuseRecipient(const command::Rcpt& rcpt, const Transaction& transaction,
                                       const SessionOptions& options,
                                       const mail::SessionFacts& facts) {
    if (!rcpt.asciiArgument && !transaction.smtputf8()) return mistake(replies::needsSmtpUtf8());
    if (isSubmission(facts) && isUnqualified(rcpt.path.mailbox())) {
        return policy(replies::unqualifiedRecipient());
    }
    if (transaction.envelope().recipients.size() >= options.maxRecipients) {
        return policy(replies::tooManyRecipients());
    }
    return std::nullopt;
}

}  // namespace postrider::smtp

#include "server/dsn/delivery_status.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header.h"
#include "common/mail/xtext.h"

namespace postrider::dsn {

namespace {

constexpr std::size_t maxAddress = 500;
/// Three times as long when it is escaped, and still one line.
constexpr std::size_t maxEscaped = 320;
constexpr std::size_t maxDiagnostic = 500;
constexpr int permanent = 5;

/// RFC 3464 section 2.3.3.
std::string_view actionOf(Fate fate) {
    switch (fate) {
        case Fate::Refused:
        case Fate::GivenUp:
            break;
        case Fate::Delayed:
            return "delayed";
        case Fate::Delivered:
            return "delivered";
        case Fate::Relayed:
            return "relayed";
        case Fate::Expanded:
            return "expanded";
    }
    return "failed";
}

int classOf(Fate fate) {
    if (isFailure(fate)) return permanent;
    return fate == Fate::Delayed ? 4 : 2;
}

mail::EnhancedStatus failureStatus(const mail::EnhancedStatus& status) {
    if (status.klass == permanent) return status;
    const bool saysNothing =
        status.subject == 0 || (status.subject == 3 && status.detail == 0) || status.klass != 4;
    if (saysNothing) return {permanent, 4, 7};
    return {permanent, status.subject, status.detail};
}

/// UTF-8 where it may stand, or escaped (RFC 6533 section 3, utf-8-addr-xtext).
std::string utf8Address(std::string_view address, Charset charset) {
    if (charset == Charset::Utf8) return safeText(address, maxAddress, charset);
    return mail::encodeUnicodeEscapes(safeText(address, maxEscaped, Charset::Utf8));
}

std::string finalRecipient(std::string_view address, Charset charset) {
    if (text::isAscii(address)) return "rfc822; " + safeText(address, maxAddress, charset);
    return "utf-8; " + utf8Address(address, charset);
}

std::string originalRecipient(const mail::OriginalRecipient& recipient, Charset charset) {
    const bool utf8 = text::equalsIgnoreCase(recipient.type, "utf-8");
    return safeText(recipient.type, 40, Charset::Ascii) + ';' +
           (utf8 ? utf8Address(recipient.address, charset)
                 : safeText(recipient.address, maxAddress, charset));
}

std::string recipientBlock(const ReportedRecipient& recipient, WallTime expiresAt,
                           Charset charset) {
    std::string block;
    if (recipient.orcpt) {
        block +=
            mail::composeField("Original-Recipient", originalRecipient(*recipient.orcpt, charset));
    }
    block +=
        mail::composeField("Final-Recipient", finalRecipient(recipient.final.toString(), charset));
    block += mail::composeField("Action", actionOf(recipient.fate));
    block += mail::composeField("Status", reportedStatus(recipient).toString());
    if (!recipient.remoteMta.empty()) {
        block += mail::composeField("Remote-MTA",
                                    "dns; " + safeText(recipient.remoteMta, 255, Charset::Ascii));
    }
    if (!recipient.diagnostic.empty()) {
        // only words of an SMTP server are of type smtp (RFC 3464 section 2.3.6)
        const std::string type = recipient.remoteMta.empty() ? "X-Postrider; " : "smtp; ";
        block += mail::composeField("Diagnostic-Code",
                                    type + safeText(recipient.diagnostic, maxDiagnostic, charset));
    }
    block += mail::composeField("Last-Attempt-Date", mail::formatDate(recipient.lastAttempt));
    if (recipient.fate == Fate::Delayed) {
        block += mail::composeField("Will-Retry-Until", mail::formatDate(expiresAt));
    }
    return block;
}

}  // namespace

mail::EnhancedStatus reportedStatus(const ReportedRecipient& recipient) {
    if (isFailure(recipient.fate)) return failureStatus(recipient.status);
    const int klass = classOf(recipient.fate);
    return recipient.status.klass == klass ? recipient.status : mail::EnhancedStatus{klass, 0, 0};
}

std::string composeDeliveryStatus(const ReportedMessage& message,
                                  const std::vector<ReportedRecipient>& recipients,
                                  std::string_view hostname, Charset charset) {
    std::string fields;
    if (message.parameters.envid) {
        fields += mail::composeField("Original-Envelope-Id",
                                     safeText(*message.parameters.envid, 100, Charset::Ascii));
    }
    fields +=
        mail::composeField("Reporting-MTA", "dns; " + safeText(hostname, 255, Charset::Ascii));
    fields += mail::composeField("X-Postrider-Queue-ID", message.id.toString());
    fields += mail::composeField("Arrival-Date", mail::formatDate(message.receivedAt));
    for (const ReportedRecipient& recipient : recipients)
        fields += "\r\n" + recipientBlock(recipient, message.expiresAt, charset);
    return fields;
}

}  // namespace postrider::dsn

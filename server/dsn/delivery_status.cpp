#include "server/dsn/delivery_status.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header.h"

namespace postrider::dsn {

namespace {

constexpr std::size_t maxAddress = 500;
constexpr std::size_t maxDiagnostic = 500;
constexpr int permanent = 5;

std::string typed(std::string_view address, Charset charset) {
    const std::string_view type = text::isAscii(address) ? "rfc822" : "utf-8";
    return std::string{type} + "; " + safeText(address, maxAddress, charset);
}

std::string recipientBlock(const FailedRecipient& recipient, Charset charset) {
    std::string block;
    if (recipient.orcpt) {
        block += mail::composeField("Original-Recipient",
                                    safeText(recipient.orcpt->type, 40, Charset::Ascii) + ';' +
                                        safeText(recipient.orcpt->address, maxAddress, charset));
    }
    block += mail::composeField("Final-Recipient", typed(recipient.final.toString(), charset));
    block += mail::composeField("Action", "failed");
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
    return block;
}

}  // namespace

mail::EnhancedStatus reportedStatus(const FailedRecipient& recipient) {
    const mail::EnhancedStatus& status = recipient.status;
    if (status.klass == permanent) return status;
    const bool saysNothing =
        status.subject == 0 || (status.subject == 3 && status.detail == 0) || status.klass != 4;
    if (saysNothing) return {permanent, 4, 7};
    return {permanent, status.subject, status.detail};
}

std::string composeDeliveryStatus(const ReportedMessage& message,
                                  const std::vector<FailedRecipient>& recipients,
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
    for (const FailedRecipient& recipient : recipients)
        fields += "\r\n" + recipientBlock(recipient, charset);
    return fields;
}

}  // namespace postrider::dsn

#include "server/net/admission_filter.h"

#include "common/mail/queue_id.h"
#include "server/smtp/replies.h"

namespace postrider::net {

bool AdmissionFilter::accept(const Poco::Net::StreamSocket& socket) {
    auto* client = dynamic_cast<AcceptedSocket*>(socket.impl());
    if (client == nullptr) return false;
    if (client->origin() == AcceptedSocket::Origin::Reserve) {
        refuse(*client, smtp::replies::tooManySessions(), "out of file descriptors");
        return false;
    }
    if (contains(options_.get()->proxyFrom, client->client().ip)) client->expectProxyHeader();
    auto place = client->comesFromProxy() ? admission_.admitUnknown()
                                          : admission_.admit(client->client().ip);
    if (place) {
        client->take(std::move(*place));
        return true;
    }
    switch (place.error()) {
        case Admission::Refusal::Full:
            refuse(*client, smtp::replies::tooManySessions(), "session.max reached");
            break;
        case Admission::Refusal::TooManyFromAddress:
            refuse(*client, smtp::replies::tooManySessionsFromAddress(),
                   "session.max_per_ip reached");
            break;
    }
    return false;
}

void AdmissionFilter::refuse(AcceptedSocket& client, const mail::Reply& reply,
                             std::string_view reason) const {
    // One attempt, never a wait: whoever cannot take one line now goes without it.
    const auto kind = options_.get()->kind;
    if (kind != mail::ListenerKind::Submissions) client.trySend(reply.wire());
    mail::SessionFacts facts{
        .id = mail::QueueId::make(services_.clock.now(), services_.random).toString(),
        .client = client.client(),
        .listener = kind,
        .tls = {},
        .ehlo = {},
        .user = {}};
    services_.mailLog.refused(facts, reason);
}

}  // namespace postrider::net

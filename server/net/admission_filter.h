#pragma once

#include "common/mail/session_facts.h"
#include "server/net/accepted_socket.h"
#include "server/net/admission.h"
#include "server/net/session_services.h"

#include <Poco/Net/TCPServer.h>
#include <string_view>

namespace postrider::net {

/// Stands at the door of one listener, on its accept thread: lets a client in, or tells it why not
/// with a 421 (RFC 5321 section 3.8). On a listener that begins with TLS there is no clear text to
/// say it in; there the connection is just closed. A proxy's client counts for its own address,
/// once the connection's PROXY header has told it.
class AdmissionFilter final : public Poco::Net::TCPServerConnectionFilter {
public:
    /// All lent.
    AdmissionFilter(Admission& admission, const SessionServices& services,
                    const CurrentOptions& options)
        : admission_(admission), services_(services), options_(options) {}

    bool accept(const Poco::Net::StreamSocket& socket) override;

private:
    void refuse(AcceptedSocket& client, const mail::Reply& reply, std::string_view reason) const;

    Admission& admission_;
    const SessionServices& services_;
    const CurrentOptions& options_;
};

}  // namespace postrider::net

#pragma once

#include "common/net/peer_address.h"
#include "common/plugin/courier.h"
#include "plugins/couriers/lmtp/idle_connections.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::couriers {

/// Hands messages over to an LMTP server, over a connection that an earlier request left or a new
/// one. Thread-safe.
class LmtpCourier final : public plugin::Courier {
public:
    LmtpCourier(net::PeerAddress address, const plugin::Host& host)
        : address_(std::move(address)), host_(host) {}

    std::vector<plugin::DeliveryOutcome> deliver(const plugin::DeliveryRequest& request) override;

private:
    using Sent = Result<net::TransactionResult, std::string>;
    /// The server that answered.
    struct Peer {
        std::string name;
        bool dsn = false;  ///< offers DSN
    };

    /// Over a connection that is there already; nothing when there is none, or when it turned out
    /// to be gone before any content was sent.
    std::optional<Sent> sendOverOld(const plugin::DeliveryRequest& request, Deadline deadline,
                                    Peer& peer);
    Sent sendOverNew(const plugin::DeliveryRequest& request, Deadline deadline, Peer& peer);
    Sent send(const std::shared_ptr<net::SmtpClient>& client,
              const plugin::DeliveryRequest& request, Peer& peer);

    const net::PeerAddress address_;
    const plugin::Host host_;
    IdleConnections idle_;
};

class LmtpFactory final : public plugin::CourierFactory {
public:
    [[nodiscard]] std::unique_ptr<plugin::Courier> create(const plugin::Settings& settings,
                                                          const plugin::Host& host) const override;
};

}  // namespace postrider::couriers

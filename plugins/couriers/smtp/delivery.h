#pragma once

#include "common/base/deadline.h"
#include "common/net/smtp_client.h"
#include "common/plugin/courier.h"
#include "plugins/couriers/smtp/target_finder.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::couriers {

/// One request on its way through its targets: what has become of each recipient so far. One
/// thread.
class Delivery {
public:
    Delivery(const plugin::DeliveryRequest& request, const plugin::Host& host);

    /// Connects and gives the message to those recipients that have no final answer yet.
    void attempt(const Target& target);
    /// Everybody has a final answer, the time is over, or going on elsewhere could deliver twice.
    [[nodiscard]] bool finished() const;
    /// One per recipient; what was seen on the way with each.
    [[nodiscard]] std::vector<plugin::DeliveryOutcome> outcomes() &&;

private:
    enum class Tls { IfOffered, Never };
    enum class Opened { Ready, Failed, TlsFailed };

    Opened open(const Target& target, Tls tls);
    bool startTls(const Target& target);
    [[nodiscard]] std::optional<std::string> tlsShortcoming() const;
    [[nodiscard]] bool mayHave(const Target& target);
    void transact(const Target& target);
    /// Both give back those who were refused only because the peer takes no more in one
    /// transaction.
    std::vector<std::size_t> transaction(const std::vector<std::size_t>& asked,
                                         const Target& target);
    std::vector<std::size_t> record(const std::vector<std::size_t>& asked,
                                    const net::TransactionResult& result, const Target& target);
    [[nodiscard]] std::optional<plugin::DeliveryOutcome> tooBig() const;
    /// Something that holds for the whole connection: not final, another target may do better.
    void note(const plugin::DeliveryOutcome& outcome);
    void settle(std::size_t recipient, plugin::DeliveryOutcome outcome);
    void see(std::string key, std::string value);
    [[nodiscard]] std::vector<std::size_t> pending() const;

    struct Progress {
        std::optional<plugin::DeliveryOutcome> outcome;  ///< the last word so far
        bool final = false;
    };
    const plugin::DeliveryRequest& request_;
    const plugin::Host& host_;
    Deadline deadline_;
    std::unique_ptr<net::SmtpClient> client_;
    std::optional<net::PeerVerification> peer_;  ///< of this connection; nothing in clear text
    bool tlsFailed_ = false;  ///< this connection is in clear text for that reason
    std::vector<Progress> progress_;
    std::vector<std::pair<std::string, std::string>> evidence_;
    bool unknown_ = false;  ///< the content was sent and no answer came
};

}  // namespace postrider::couriers

#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/plugin/notices.h"
#include "server/queue/queue_store.h"
#include "server/routing/router.h"

#include <chrono>
#include <functional>
#include <string>

namespace postrider::reception {

/// References lent for life; `queued` is called after each commit and must not block.
struct NoticePorts {
    const routing::Router& router;
    queue::QueueStore& store;
    Log& log;
    const Clock& clock;
    Random& random;
    std::function<void()> queued;
};

/// Puts notices into the queue, from the null reverse-path: one that fails tells nobody.
/// Thread-safe.
class PostmasterNotices final : public plugin::Notices {
public:
    PostmasterNotices(std::string hostname, std::chrono::seconds giveUpAfter, NoticePorts ports)
        : hostname_(std::move(hostname)), giveUpAfter_(giveUpAfter), ports_(std::move(ports)) {}

    void tellPostmaster(const mail::Domain& domain, const std::string& subject,
                        const std::string& text) override;

private:
    /// Why it is lost; empty when it is queued.
    std::string send(const mail::Mailbox& postmaster, const std::string& subject,
                     const std::string& text);
    [[nodiscard]] std::string compose(const mail::QueueId& id, const mail::Mailbox& postmaster,
                                      const std::string& subject, const std::string& text) const;

    const std::string hostname_;
    const std::chrono::seconds giveUpAfter_;
    const NoticePorts ports_;
};

}  // namespace postrider::reception

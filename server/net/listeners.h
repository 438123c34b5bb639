#pragma once

#include "server/net/admission.h"
#include "server/net/connection_registry.h"
#include "server/net/listener.h"
#include "server/net/session_services.h"

#include <Poco/ThreadPool.h>
#include <chrono>
#include <memory>
#include <vector>

namespace postrider::net {

/// All ports of the server with what they share: the worker threads, one for each session that may
/// exist, the admission and the registry. add(), start() and stop() from one thread; the rest from
/// any.
class Listeners {
public:
    /// `ports`: how many listeners will be added.
    Listeners(SessionServices services, Admission::Limits limits, std::size_t ports);
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;
    /// Stops without grace.
    ~Listeners();

    void add(ListeningSocket socket, ConnectionOptions options);
    /// Accepts from now on.
    void start();
    /// Closes all ports; sessions end at their next command boundary with 421, and who has not
    /// ended within `grace` is cut off. Returns when no session is left. The second call does
    /// nothing.
    void stop(std::chrono::milliseconds grace);

    /// For the clients that come from now on, on every listener of that kind. Any thread.
    void use(const ConnectionOptions& options);
    /// The same for what one address may have open at once.
    void changePerAddress(std::size_t limit) { admission_.changePerAddress(limit); }

    [[nodiscard]] const ConnectionRegistry& connections() const noexcept { return registry_; }
    [[nodiscard]] const Admission& admission() const noexcept { return admission_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Listener>>& all() const noexcept {
        return listeners_;
    }

private:
    const SessionServices services_;
    Admission admission_;
    ConnectionRegistry registry_;
    Poco::ThreadPool workers_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    bool stopped_ = false;
};

}  // namespace postrider::net

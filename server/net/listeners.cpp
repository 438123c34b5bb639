#include "server/net/listeners.h"

#include <utility>

namespace postrider::net {

namespace {

constexpr int idleWorkers = 4;
constexpr int idleSeconds = 60;
/// Deep enough for TLS, SQLite and hooks together (LIBRARY-FACTS: 20 KiB), small enough for
/// thousands.
constexpr int workerStack = 256 * 1024;
/// Threads whose session has given its place back and is saying its last words.
constexpr std::size_t leaving = 32;

/// Each listener keeps one thread of its own waiting for a client.
int workersFor(const Admission::Limits& limits, std::size_t ports) {
    return static_cast<int>(limits.sessions + ports + leaving);
}

}  // namespace

Listeners::Listeners(SessionServices services, Admission::Limits limits, std::size_t ports)
    : services_(std::move(services)),
      admission_(limits),
      workers_("session", idleWorkers, workersFor(limits, ports), idleSeconds, workerStack) {}

Listeners::~Listeners() {
    stop(std::chrono::milliseconds{0});
}

void Listeners::add(ListeningSocket socket, ConnectionOptions options) {
    listeners_.push_back(
        std::make_unique<Listener>(std::move(socket), std::move(options),
                                   Listener::Parts{services_, admission_, registry_, workers_}));
}

void Listeners::use(const ConnectionOptions& options) {
    for (const auto& listener : listeners_) {
        if (listener->kind() == options.kind) listener->use(options);
    }
}

void Listeners::start() {
    for (const auto& listener : listeners_)
        listener->start();
}

void Listeners::stop(std::chrono::milliseconds grace) {
    if (std::exchange(stopped_, true)) return;
    const auto patience = Deadline::after(grace);
    for (const auto& listener : listeners_)
        listener->stop();
    registry_.askAllToEnd();
    if (!registry_.waitUntilEmpty(patience)) registry_.abortAll();
    workers_.joinAll();
}

}  // namespace postrider::net

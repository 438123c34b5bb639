#include "server/net/connection_registry.h"

namespace postrider::net {

namespace {

/// Whether a stop may end this wait: nothing of a client's mail is on its way. Who is silent in a
/// handshake would hold the stop up for all of the grace time.
bool hasNothingToLose(ConnectionRegistry::Doing doing) {
    using Doing = ConnectionRegistry::Doing;
    return doing == Doing::WaitingForCommand || doing == Doing::Handshake;
}

}  // namespace

std::string_view ConnectionRegistry::toString(Doing doing) {
    switch (doing) {
        case Doing::Command:
            return "command";
        case Doing::WaitingForCommand:
            return "waiting for a command";
        case Doing::ReceivingContent:
            return "receiving content";
        case Doing::Handshake:
            return "TLS handshake";
    }
    return "command";
}

ConnectionRegistry::Entry::Entry(ConnectionRegistry& registry, LineChannel& channel,
                                 const mail::SessionFacts& facts, WallTime since)
    : registry_(registry), channel_(channel), facts_(facts), since_(since) {
    const std::lock_guard lock(registry_.mutex_);
    place_ = registry_.entries_.insert(registry_.entries_.end(), this);
}

ConnectionRegistry::Entry::~Entry() {
    const std::lock_guard lock(registry_.mutex_);
    registry_.entries_.erase(place_);
    if (registry_.entries_.empty()) registry_.left_.notify_all();
}

void ConnectionRegistry::Entry::learned(const mail::SessionFacts& facts) {
    const std::lock_guard lock(registry_.mutex_);
    facts_ = facts;
}

std::vector<ConnectionRegistry::Row> ConnectionRegistry::list(std::size_t limit) const {
    std::vector<Row> rows;
    const std::lock_guard lock(mutex_);
    for (const Entry* entry : entries_) {
        if (rows.size() == limit) break;
        rows.push_back({entry->facts_, entry->since_, entry->doing_.load(),
                        entry->messages_.load(std::memory_order_relaxed)});
    }
    return rows;
}

std::size_t ConnectionRegistry::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

void ConnectionRegistry::askAllToEnd() {
    // Either the session sees the flag before it waits, or we see that it waits: both stores come
    // before both loads.
    ending_.store(true);
    const std::lock_guard lock(mutex_);
    for (Entry* entry : entries_) {
        if (hasNothingToLose(entry->doing_.load())) entry->channel_.endReading();
    }
}

void ConnectionRegistry::abortAll() {
    const std::lock_guard lock(mutex_);
    for (Entry* entry : entries_)
        entry->channel_.abort();
}

bool ConnectionRegistry::waitUntilEmpty(Deadline deadline) const {
    std::unique_lock lock(mutex_);
    return left_.wait_until(lock, deadline.when(), [this] { return entries_.empty(); });
}

}  // namespace postrider::net

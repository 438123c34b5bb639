#include "server/net/listener.h"

#include "server/net/admission_filter.h"
#include "server/net/connection.h"

#include <Poco/Net/TCPServerParams.h>
#include <Poco/Timespan.h>
#include <cassert>
#include <limits>
#include <memory>
#include <utility>

namespace postrider::net {

namespace {

/// How long a thread without a client waits before it looks whether it is still wanted. A thread
/// that is just about to wait when TCPServer::stop() calls misses the call, and only this ends it.
constexpr int idleMicroseconds = 500'000;

/// Every client that is let in has a thread, so the queue is only the moment between two threads;
/// if it were full, POCO would close the connection without a word. How many threads there are is
/// the pool's to say: POCO's own count goes up for good whenever memory fails between two clients.
Poco::Net::TCPServerParams::Ptr paramsFor(const Poco::ThreadPool& workers) {
    Poco::Net::TCPServerParams::Ptr params(new Poco::Net::TCPServerParams);  // POCO's Ptr owns it
    params->setMaxThreads(std::numeric_limits<int>::max());
    params->setMaxQueued(workers.capacity());
    params->setThreadIdleTime(Poco::Timespan(idleMicroseconds));
    return params;
}

}  // namespace

Listener::Listener(ListeningSocket socket, ConnectionOptions options, const Parts& parts)
    : kind_(options.kind),
      options_(std::make_shared<const ConnectionOptions>(std::move(options))),
      socket_(std::move(socket)),
      name_(socket_.name()),
      port_(socket_.port()),
      server_(new ConnectionFactory(parts.registry, parts.services, options_), parts.workers,
              socket_.socket(), paramsFor(parts.workers)) {
    server_.setConnectionFilter(new AdmissionFilter(parts.admission, parts.services, options_));
}

Listener::~Listener() {
    stop();
}

void Listener::use(ConnectionOptions options) {
    assert(options.kind == kind_);
    options_.set(std::make_shared<const ConnectionOptions>(std::move(options)));
}

void Listener::start() {
    running_ = true;
    server_.start();
}

void Listener::stop() {
    if (running_) {
        socket_.wake();
        server_.stop();
        running_ = false;
    }
    // TCPServer leaves the port open: clients would still connect, and hang.
    socket_.close();
}

}  // namespace postrider::net

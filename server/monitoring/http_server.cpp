#include "server/monitoring/http_server.h"

#include "server/monitoring/connection_watch.h"
#include "server/monitoring/request_handler.h"
#include "server/monitoring/site.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>
#include <fcntl.h>
#include <system_error>

namespace postrider::monitoring {

namespace {

constexpr int threads = 4;
constexpr int waitingConnections = 16;
constexpr int backlog = 64;
constexpr int stackSize = 512 * 1024;
constexpr int idleThreadSeconds = 60;
constexpr int receiveTimeoutSeconds = 10;

class HandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    HandlerFactory(const Site& site, Log& log, RequestHandler::HostCheck hostCheck)
        : site_(site), log_(log), hostCheck_(hostCheck) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest& /*request*/) override {
        return std::make_unique<RequestHandler>(site_, log_, hostCheck_).release();
    }

private:
    const Site& site_;
    Log& log_;
    RequestHandler::HostCheck hostCheck_;
};

/// An HTTP connection under the watch.
class WatchedConnection final : public Poco::Net::HTTPServerConnection {
public:
    WatchedConnection(const Poco::Net::StreamSocket& socket,
                      const Poco::Net::HTTPServerParams::Ptr& params,
                      const Poco::Net::HTTPRequestHandlerFactory::Ptr& handlers,
                      ConnectionWatch& watch)
        : HTTPServerConnection(socket, params, handlers), watch_(watch) {}

    void run() override {
        const int descriptor = socket().impl()->sockfd();
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        const Guard guard{watch_, watch_.add(descriptor)};
        HTTPServerConnection::run();
    }

private:
    struct Guard {
        ConnectionWatch& watch;
        std::uint64_t ticket;
        Guard(ConnectionWatch& w, std::uint64_t t) : watch(w), ticket(t) {}
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() { watch.remove(ticket); }
    };
    ConnectionWatch& watch_;
};

class ConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
public:
    ConnectionFactory(Poco::Net::HTTPServerParams::Ptr params,
                      Poco::Net::HTTPRequestHandlerFactory::Ptr handlers, ConnectionWatch& watch)
        : params_(std::move(params)), handlers_(std::move(handlers)), watch_(watch) {}

    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return std::make_unique<WatchedConnection>(socket, params_, handlers_, watch_).release();
    }

private:
    Poco::Net::HTTPServerParams::Ptr params_;
    Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
    ConnectionWatch& watch_;
};

/// Without SO_REUSEPORT, which would let a second process take half of the requests.
Poco::Net::ServerSocket listenOn(const Endpoint& endpoint) {
    Poco::Net::ServerSocket socket;
    const Poco::Net::SocketAddress address{endpoint.ip.toString(), endpoint.port};
    if (endpoint.ip.isV4()) {
        socket.bind(address, true, false);
    } else {
        socket.bind6(address, true, false, true);
    }
    ::fcntl(socket.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
    socket.listen(backlog);
    return socket;
}

/// POCO's own can only be made without a descriptor.
class InheritedSocketImpl final : public Poco::Net::ServerSocketImpl {
public:
    explicit InheritedSocketImpl(int descriptor) { reset(descriptor); }
    InheritedSocketImpl(const InheritedSocketImpl&) = delete;
    InheritedSocketImpl& operator=(const InheritedSocketImpl&) = delete;

private:
    ~InheritedSocketImpl() override = default;
};
class InheritedSocket final : public Poco::Net::ServerSocket {
public:
    explicit InheritedSocket(int descriptor)
        : ServerSocket(new InheritedSocketImpl(descriptor), true) {}  // POCO's contract: it owns
};

Poco::Net::ServerSocket socketFor(const HttpServerOptions& options) {
    return options.inherited ? InheritedSocket(*options.inherited) : listenOn(options.endpoint);
}

Poco::Net::HTTPServerParams::Ptr parameters() {
    Poco::Net::HTTPServerParams::Ptr params{new Poco::Net::HTTPServerParams};
    params->setMaxThreads(threads);
    params->setMaxQueued(waitingConnections);
    params->setKeepAlive(false);
    params->setTimeout(Poco::Timespan{receiveTimeoutSeconds, 0});
    return params;
}

}  // namespace

struct HttpServer::Parts {
    Parts(const HttpServerOptions& options, MonitoringPorts ports)
        : log(ports.log),
          site(std::move(ports)),
          watch(options.connectionLimit),
          socket(socketFor(options)),
          port(socket.address().port()),
          pool("monitoring", 1, threads, idleThreadSeconds, stackSize),
          server(connections(), pool, socket, parameters()) {}

    Poco::Net::TCPServerConnectionFactory::Ptr connections() {
        const auto hostCheck = socket.address().host().isLoopback()
                                   ? RequestHandler::HostCheck::AddressOrLocalhost
                                   : RequestHandler::HostCheck::None;
        return new ConnectionFactory{parameters(), new HandlerFactory{site, log, hostCheck}, watch};
    }

    Log& log;
    Site site;
    ConnectionWatch watch;
    Poco::Net::ServerSocket socket;
    std::uint16_t port;
    Poco::ThreadPool pool;
    Poco::Net::TCPServer server;
};

Result<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const HttpServerOptions& options,
                                                                   MonitoringPorts ports) {
    const std::string where = options.endpoint.toString();
    if (options.reach == HttpServerOptions::Reach::Loopback && !options.inherited &&
        !options.endpoint.ip.isLoopback()) {
        return Unexpected{where + " is not a loopback address, and nobody asked for another"};
    }
    try {
        auto parts = std::make_unique<Parts>(options, std::move(ports));
        parts->server.start();
        return std::unique_ptr<HttpServer>{new HttpServer{std::move(parts)}};
    } catch (const Poco::Exception& e) {
        const std::string reason =
            e.code() != 0 ? std::generic_category().message(e.code()) : e.displayText();
        return Unexpected{"cannot listen on " + where + ": " + reason};
    }
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() {
    parts_->server.stop();
    // TCPServer::stop() leaves the port open in the kernel, and live connections to themselves.
    parts_->socket.close();
    parts_->watch.cutAll();
    parts_->pool.joinAll();
}

std::uint16_t HttpServer::port() const {
    return parts_->port;
}

}  // namespace postrider::monitoring

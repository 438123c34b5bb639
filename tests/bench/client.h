#pragma once

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::bench {

/// Throws std::runtime_error for what is no IPv4 address.
inline sockaddr_in serverAt(const char* ip, const char* port) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
    if (::inet_pton(AF_INET, ip, &server.sin_addr) != 1)
        throw std::runtime_error("no IPv4 address");
    return server;
}

/// One connection to an SMTP server, spoken to line by line, in clear or in TLS. Every call throws
/// std::runtime_error when the server does not do what is expected of it.
class Client {
public:
    explicit Client(const sockaddr_in& server)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what connect(2) takes
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
            ::close(fd_);
            throw std::runtime_error("cannot connect");
        }
    }
    ~Client() {
        ssl_.reset();
        ::close(fd_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// From now on in TLS; a full handshake, the certificate is anybody's.
    void shakeHands(SSL_CTX* context) {
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), fd_);
        if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS");
    }

    /// One reply, of as many lines as it has.
    void expect(char klass) {
        while (true) {
            const std::string line = readLine();
            if (line.size() < 4 || line[0] != klass) throw std::runtime_error("refused: " + line);
            if (line[3] == ' ') return;
        }
    }

    void say(std::string_view text) {
        while (!text.empty()) {
            const auto n = ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()))
                                : ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) throw std::runtime_error("cannot send");
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }

private:
    std::string readLine() {
        while (true) {
            if (const auto end = buffer_.find("\r\n"); end != std::string::npos) {
                std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 2);
                return line;
            }
            std::array<char, 4096> piece{};
            const auto n = ssl_ ? SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()))
                                : ::recv(fd_, piece.data(), piece.size(), 0);
            if (n <= 0) throw std::runtime_error("connection lost");
            buffer_.append(piece.data(), static_cast<std::size_t>(n));
        }
    }

    struct SslDeleter {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };

    int fd_;
    std::unique_ptr<SSL, SslDeleter> ssl_;
    std::string buffer_;
};

}  // namespace postrider::bench

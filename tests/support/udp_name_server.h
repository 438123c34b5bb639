#pragma once

#include "common/base/file_descriptor.h"
#include "common/base/ip_address.h"
#include "common/base/text.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace postrider::test {

/// A name server on a UDP port of 127.0.0.1 that answers from a map of wire-form records: enough
/// DNS for a resolver that forwards to it. Unknown names get NXDOMAIN; a known name without the
/// type no data. Fill it, then start().
class UdpNameServer {
public:
    using Key = std::pair<std::string, int>;  ///< lower-case name, type number

    std::map<Key, std::vector<std::string>> records;
    std::map<std::string, int> codes;  ///< names that are answered with this RCODE
    std::set<std::string> silent;      ///< names that are never answered

    UdpNameServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_.get(), plain, size) != 0 ||
            ::getsockname(socket_.get(), plain, &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "name server");
        }
        port_ = ntohs(address.sin_port);
    }

    void start() {
        thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
    }
    [[nodiscard]] Endpoint endpoint() const { return {IpAddress::v4({127, 0, 0, 1}), port_}; }
    /// How often a name was asked for, whatever the type.
    [[nodiscard]] int asked(const std::string& name) const {
        const std::lock_guard lock{mutex_};
        const auto found = asked_.find(name);
        return found == asked_.end() ? 0 : found->second;
    }

    /// "example.org" as labels.
    static std::string wireName(const std::string& name) {
        std::string wire;
        for (const auto label : text::split(name, '.')) {
            if (label.empty()) continue;
            wire.push_back(static_cast<char>(label.size()));
            wire += label;
        }
        return wire + '\0';
    }
    static std::string wireMx(std::uint16_t preference, const std::string& exchange) {
        return number(preference) + wireName(exchange);
    }

private:
    static constexpr std::size_t headerSize = 12;

    static std::string number(unsigned value) {
        return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
    }

    void serve(const std::stop_token& stop) {
        std::array<char, 2048> buffer{};
        while (!stop.stop_requested()) {
            pollfd waiting{socket_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 50) <= 0) continue;
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            auto* plain = reinterpret_cast<sockaddr*>(&peer);
            const auto count =
                ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, plain, &size);
            if (count <= static_cast<ssize_t>(headerSize)) continue;
            const std::string reply =
                answer(std::string{buffer.data(), static_cast<std::size_t>(count)});
            if (!reply.empty()) ::sendto(socket_.get(), reply.data(), reply.size(), 0, plain, size);
        }
    }

    std::string answer(const std::string& query) {
        std::string name;
        std::size_t at = headerSize;
        while (at < query.size() && query[at] != '\0') {
            const auto length = static_cast<std::size_t>(query[at]);
            name += (name.empty() ? "" : ".") + text::lower(query.substr(at + 1, length));
            at += 1 + length;
        }
        const int type = static_cast<unsigned char>(query.at(at + 2));
        const std::string question = query.substr(headerSize, at + 5 - headerSize);
        {
            const std::lock_guard lock{mutex_};
            ++asked_[name];
        }
        if (silent.contains(name)) return {};

        const auto found = records.find({name, type});
        const bool known = records.lower_bound({name, 0}) != records.end() &&
                           records.lower_bound({name, 0})->first.first == name;
        int code = known ? 0 : 3;
        if (const auto forced = codes.find(name); forced != codes.end()) code = forced->second;
        const bool hasData = code == 0 && found != records.end();

        std::string reply = query.substr(0, 2) + '\x81' + static_cast<char>(0x80 | code);
        reply += number(1) + number(hasData ? static_cast<unsigned>(found->second.size()) : 0);
        reply += number(0) + number(0) + question;
        if (!hasData) return reply;
        for (const auto& rdata : found->second) {
            reply += number(0xc000U | headerSize) + number(static_cast<unsigned>(type)) + number(1);
            reply += number(0) + number(300) + number(static_cast<unsigned>(rdata.size())) + rdata;
        }
        return reply;
    }

    FileDescriptor socket_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, int> asked_;
    std::jthread thread_;
};

}  // namespace postrider::test

#pragma once

#include "tests/support/loopback_listener.h"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postrider::test {

/// One of Dovecot's auth sockets: greets each connection, one after the other, keeps the lines it
/// hears, and says `reply` to the first one that is no handshake. An empty reply ends the
/// connection; "silence" keeps it open and says nothing.
class FakeDovecot {
public:
    FakeDovecot(const std::filesystem::path& socket, std::string greeting, std::string reply)
        : listener_(socket), greeting_(std::move(greeting)), reply_(std::move(reply)) {
        thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
    }

    static constexpr const char* clientGreeting =
        "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t17\nCUID\t1\nCOOKIE\tabcdef\nDONE\n";
    static constexpr const char* userdbGreeting = "VERSION\t1\t2\nSPID\t17\n";

    [[nodiscard]] std::vector<std::string> heard() const {
        const std::lock_guard lock{mutex_};
        return heard_;
    }

private:
    void serve(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            auto channel = listener_.accept(Deadline::after(std::chrono::milliseconds{50}));
            if (!channel) continue;
            channel->setDeadline(Deadline::after(std::chrono::seconds{10}));
            if (!channel->write(greeting_) || !channel->flush()) continue;
            while (true) {
                const auto line = readLine(*channel);
                if (line.empty()) break;
                keep(line);
                if (line.starts_with("VERSION") || line.starts_with("CPID")) continue;
                if (reply_ == "silence") continue;
                if (reply_.empty() || !channel->write(reply_) || !channel->flush()) break;
            }
        }
    }

    void keep(const std::string& line) {
        const std::lock_guard lock{mutex_};
        heard_.push_back(line);
    }

    /// Empty at the end of the connection.
    static std::string readLine(net::LineChannel& channel) {
        std::string line;
        for (;;) {
            const auto there = channel.peek();
            if (!there) return "";
            const char c = there->front();
            channel.consume(1);
            if (c == '\n') return line;
            line += c;
        }
    }

    LoopbackListener listener_;
    const std::string greeting_;
    const std::string reply_;
    mutable std::mutex mutex_;
    std::vector<std::string> heard_;
    std::jthread thread_;
};

}  // namespace postrider::test

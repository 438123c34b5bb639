// A load of SMTP sessions, one message each, that measures connect-to-250 for every one.
//   postrider-load IP PORT SESSIONS MESSAGES OCTETS RECIPIENT
// Prints one line: messages seconds p50 p95 p99 worst (milliseconds). Exit 1 if any message was not
// accepted.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// One connection, spoken to line by line.
class Client {
public:
    explicit Client(const sockaddr_in& server)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what connect(2) takes
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
            throw std::runtime_error("cannot connect");
        }
    }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void expect(char klass) {
        while (true) {
            const std::string line = readLine();
            if (line.size() < 4 || line[0] != klass) throw std::runtime_error("refused: " + line);
            if (line[3] == ' ') return;
        }
    }

    void say(std::string_view text) {
        while (!text.empty()) {
            const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
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
            const auto n = ::recv(fd_, piece.data(), piece.size(), 0);
            if (n <= 0) throw std::runtime_error("connection lost");
            buffer_.append(piece.data(), static_cast<std::size_t>(n));
        }
    }

    int fd_;
    std::string buffer_;
};

struct Load {
    sockaddr_in server{};
    std::string recipient;
    std::string content;
    std::atomic<int> left{0};
    std::atomic<int> failures{0};
};

double sendOne(const Load& load) {
    const auto began = std::chrono::steady_clock::now();
    Client client(load.server);
    client.expect('2');
    client.say("EHLO client.example\r\n");
    client.expect('2');
    client.say("MAIL FROM:<s@elsewhere.example>\r\n");
    client.expect('2');
    client.say("RCPT TO:<" + load.recipient + ">\r\n");
    client.expect('2');
    client.say("DATA\r\n");
    client.expect('3');
    client.say(load.content);
    client.expect('2');
    const Milliseconds took = std::chrono::steady_clock::now() - began;
    client.say("QUIT\r\n");
    client.expect('2');
    return took.count();
}

void work(Load& load, std::vector<double>& latencies) {
    while (load.left.fetch_sub(1) > 0) {
        try {
            latencies.push_back(sendOne(load));
        } catch (const std::exception& error) {
            if (load.failures.fetch_add(1) == 0) std::fprintf(stderr, "%s\n", error.what());
        }
    }
}

std::string makeContent(std::size_t octets) {
    std::string content = "From: s@elsewhere.example\r\nSubject: load\r\n\r\n";
    while (content.size() + 3 < octets) {
        content.append(std::min<std::size_t>(72, octets - content.size()), 'x');
        content += "\r\n";
    }
    return content + ".\r\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fprintf(stderr, "usage: %s IP PORT SESSIONS MESSAGES OCTETS RECIPIENT\n", argv[0]);
        return 64;
    }
    Load load;
    load.server.sin_family = AF_INET;
    load.server.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10)));
    if (::inet_pton(AF_INET, argv[1], &load.server.sin_addr) != 1) return 64;
    const auto sessions = std::strtoul(argv[3], nullptr, 10);
    load.left = static_cast<int>(std::strtol(argv[4], nullptr, 10));
    load.content = makeContent(std::strtoul(argv[5], nullptr, 10));
    load.recipient = argv[6];

    const auto began = std::chrono::steady_clock::now();
    std::vector<std::vector<double>> latencies(sessions);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : latencies)
            threads.emplace_back([&load, &mine] { work(load, mine); });
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;

    std::vector<double> all;
    for (const auto& mine : latencies)
        all.insert(all.end(), mine.begin(), mine.end());
    if (all.empty()) return 1;
    std::sort(all.begin(), all.end());
    const auto at = [&all](double part) {
        return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
    };
    std::printf("%zu %.3f %.2f %.2f %.2f %.2f\n", all.size(), seconds.count(), at(0.5), at(0.95),
                at(0.99), all.back());
    return load.failures == 0 ? 0 : 1;
}

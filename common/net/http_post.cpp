#include "common/net/http_post.h"

#include "common/base/text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace postrider::net {

namespace {

constexpr std::size_t longestLine = 8192;
constexpr std::size_t mostFields = 100;

Unexpected<std::string> failure(const LineChannel& channel, ChannelError error) {
    if (error == ChannelError::Failed) return {channel.lastError()};
    return {std::string{describe(error)}};
}

std::string composeHead(const HttpPost& request) {
    std::string head = "POST " + request.target + " HTTP/1.0\r\nHost: " + request.host +
                       "\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
    for (const auto& [name, value] : request.fields) {
        std::string clean = value;
        std::erase_if(clean, [](char c) { return text::isControl(c); });
        head.append(name).append(": ").append(clean).append("\r\n");
    }
    return head + "\r\n";
}

Result<Done, ChannelError> send(LineChannel& channel, const HttpPost& request) {
    if (auto written = channel.write(composeHead(request)); !written) return written;
    constexpr std::size_t pieceSize = 16384;
    std::string piece(pieceSize, '\0');
    const auto reader = request.body.open();
    while (const std::size_t got = reader->read(piece)) {
        const auto written = channel.write(std::string_view{piece}.substr(0, got));
        if (!written) return written;
    }
    return channel.flush();
}

/// "HTTP/1.1 200 OK".
std::optional<unsigned> statusOf(std::string_view line) {
    const auto words = text::split(line, ' ');
    if (words.size() < 2 || !words[0].starts_with("HTTP/1.") || words[1].size() != 3) {
        return std::nullopt;
    }
    const auto number = text::parseUnsigned(words[1]);
    if (!number) return std::nullopt;
    return static_cast<unsigned>(*number);
}

/// What stands between the status line and the body.
struct Head {
    std::optional<std::uint64_t> length;
    std::string problem;
};

Head readHead(LineChannel& channel) {
    Head head;
    for (std::size_t count = 0; count < mostFields; ++count) {
        const auto line = channel.readLine(longestLine);
        if (!line) {
            head.problem = failure(channel, line.error()).error;
            return head;
        }
        if (line->empty()) return head;
        constexpr std::string_view length = "Content-Length:";
        if (text::startsWithIgnoreCase(*line, length)) {
            head.length =
                text::parseUnsigned(text::trim(std::string_view{*line}.substr(length.size())));
            if (!head.length) head.problem = "an HTTP answer of no known length";
        }
        if (text::startsWithIgnoreCase(*line, "Transfer-Encoding:")) {
            head.problem = "an HTTP answer in an encoding that was not asked for";
        }
    }
    head.problem = "an HTTP answer of too many fields";
    return head;
}

Result<std::string, std::string> readBody(LineChannel& channel, const Head& head,
                                          std::size_t limit) {
    std::string body;
    while (!head.length || body.size() < *head.length) {
        const auto piece = channel.peek();
        const bool ended = !piece && piece.error() == ChannelError::Closed;
        if (ended && !head.length) break;
        if (!piece) return failure(channel, piece.error());
        if (body.size() + piece->size() > limit) {
            return Unexpected{"an HTTP answer of more than " + std::to_string(limit) + " octets"};
        }
        body += *piece;
        channel.consume(piece->size());
    }
    if (head.length) body.resize(*head.length);
    return body;
}

}  // namespace

Result<HttpAnswer, std::string> post(LineChannel& channel, const HttpPost& request,
                                     std::size_t limit) {
    // a server that has seen enough answers and closes before it has read everything
    const auto sent = send(channel, request);
    const auto line = channel.readLine(longestLine);
    if (!line) return failure(channel, sent ? line.error() : sent.error());
    const auto status = statusOf(*line);
    if (!status) return Unexpected{std::string{"no HTTP answer"}};
    const Head head = readHead(channel);
    if (!head.problem.empty()) return Unexpected{head.problem};
    auto body = readBody(channel, head, limit);
    if (!body) return Unexpected{body.error()};
    return HttpAnswer{*status, *std::move(body)};
}

}  // namespace postrider::net

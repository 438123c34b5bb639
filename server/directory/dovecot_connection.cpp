#include "server/directory/dovecot_connection.h"

#include "common/base/text.h"
#include "common/net/connect.h"

#include <unistd.h>

namespace postrider::directory {

namespace {

constexpr std::size_t lineLimit = std::size_t{64} * 1024;
constexpr std::size_t handshakeLines = 100;
constexpr std::string_view questionId = "1";

Unexpected<std::string> because(const char* doing, net::ChannelError error) {
    return Unexpected{std::string{doing} + ": " + std::string{net::describe(error)}};
}

/// "VERSION 1 minor": minor versions only add.
bool isOtherVersion(const std::vector<std::string_view>& fields) {
    return fields.front() == "VERSION" && (fields.size() < 2 || fields[1] != "1");
}

}  // namespace

std::string dovecotField(std::string_view text) {
    std::string field;
    for (const char c : text) {
        switch (c) {
            case '\0':
                field +=
                    "\001"
                    "0";
                break;
            case '\001':
                field +=
                    "\001"
                    "1";
                break;
            case '\t':
                field += "\001t";
                break;
            case '\r':
                field += "\001r";
                break;
            case '\n':
                field += "\001n";
                break;
            default:
                field += c;
        }
    }
    return field;
}

Result<DovecotConnection, std::string> DovecotConnection::open(const std::filesystem::path& socket,
                                                               DovecotRole role,
                                                               Deadline deadline) {
    auto channel = net::connectUnix(socket, deadline);
    if (!channel) return Unexpected{channel.error()};
    (*channel)->setDeadline(deadline);
    DovecotConnection connection{*std::move(channel)};
    const auto ready = connection.shakeHands(role);
    if (!ready) return Unexpected{ready.error()};
    return connection;
}

Result<Done, std::string> DovecotConnection::shakeHands(DovecotRole role) {
    const bool isClient = role == DovecotRole::Client;
    std::string hello = "VERSION\t1\t1\n";
    if (isClient) hello += "CPID\t" + std::to_string(::getpid()) + "\n";
    if (auto sent = send(hello); !sent) return sent;

    bool versionSeen = false;
    for (std::size_t line = 0; line < handshakeLines; ++line) {
        const auto said = readLine();
        if (!said) return Unexpected{said.error()};
        const auto fields = text::split(*said, '\t');
        if (isOtherVersion(fields)) return Unexpected{std::string{"speaks another protocol"}};
        versionSeen = versionSeen || fields.front() == "VERSION";
        // the last line of either handshake
        const bool last = fields.front() == (isClient ? "DONE" : "SPID");
        if (last && !versionSeen) return Unexpected{std::string{"did not tell its version"}};
        if (last) return Done{};
    }
    return Unexpected{std::string{"its handshake has no end"}};
}

Result<std::vector<std::string>, std::string> DovecotConnection::ask(
    std::string_view command, std::initializer_list<std::string_view> fields) {
    std::string line = std::string{command} + "\t" + std::string{questionId};
    for (const auto field : fields)
        line += "\t" + dovecotField(field);
    if (const auto sent = send(line + "\n"); !sent) return Unexpected{sent.error()};

    const auto said = readLine();
    if (!said) return Unexpected{said.error()};
    const auto parts = text::split(*said, '\t');
    if (parts.size() < 2 || parts[1] != questionId) {
        return Unexpected{"answered something else: " + text::printable(*said, 100)};
    }
    std::vector<std::string> reply{std::string{parts.front()}};
    reply.insert(reply.end(), parts.begin() + 2, parts.end());
    return reply;
}

Result<std::string, std::string> DovecotConnection::readLine() {
    std::string line;
    for (;;) {
        const auto there = channel_->peek();
        if (!there) return because("reading", there.error());
        const auto end = there->find('\n');
        const bool whole = end != std::string_view::npos;
        line += there->substr(0, end);
        channel_->consume(whole ? end + 1 : there->size());
        if (line.size() > lineLimit) return Unexpected{std::string{"sent a line without end"}};
        if (whole) return line;
    }
}

Result<Done, std::string> DovecotConnection::send(const std::string& octets) {
    auto sent = channel_->write(octets);
    if (sent) sent = channel_->flush();
    if (!sent) return because("writing", sent.error());
    return Done{};
}

}  // namespace postrider::directory

#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/net/line_channel.h"

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::directory {

/// Which of Dovecot's auth sockets is spoken to.
enum class DovecotRole {
    Client,  ///< auth-client: AUTH
    Userdb,  ///< auth-userdb: USER
};

/// One question to Dovecot's auth service over a unix socket: lines that end in LF, fields with
/// tabs between, protocol 1.1 and 1.2 (Dovecot 2.3; its "Authentication Protocol" document). Made
/// for one question: nothing can be left over from another, and a restarted Dovecot is found again
/// by itself. Every wait ends at one deadline. One thread.
class DovecotConnection {
public:
    /// Connects and exchanges handshakes. Error: a sentence without the socket's name.
    static Result<DovecotConnection, std::string> open(const std::filesystem::path& socket,
                                                       DovecotRole role, Deadline deadline);

    /// Sends `command`, the id and `fields`, each escaped, and returns the fields of the reply with
    /// this id: the word, the parameters; the id is left out.
    Result<std::vector<std::string>, std::string> ask(
        std::string_view command, std::initializer_list<std::string_view> fields);

private:
    explicit DovecotConnection(std::unique_ptr<net::LineChannel> channel)
        : channel_(std::move(channel)) {}
    Result<Done, std::string> shakeHands(DovecotRole role);
    Result<std::string, std::string> readLine();
    Result<Done, std::string> send(const std::string& octets);

    std::unique_ptr<net::LineChannel> channel_;
};

/// One field as it stands in a line: NUL, tab, line ends and \001 as \001 and a character, so that
/// nothing in it can begin another field or line.
[[nodiscard]] std::string dovecotField(std::string_view text);

}  // namespace postrider::directory

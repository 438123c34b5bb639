#include "server/directory/dovecot_source.h"

#include "common/base/text.h"
#include "server/directory/account_name.h"
#include "server/directory/dovecot_connection.h"
#include "server/users/user_rights.h"

#include <algorithm>

namespace postrider::directory {

namespace {

using Fields = std::vector<std::string>;

/// Dovecot drops a client whose line is longer than 8192 octets; what surrounds resp= is short.
constexpr std::size_t responseLimit = 8000;

Result<Fields, std::string> askOne(const std::filesystem::path& socket, DovecotRole role,
                                   Deadline deadline, std::string_view command,
                                   std::initializer_list<std::string_view> fields) {
    auto connection = DovecotConnection::open(socket, role, deadline);
    auto reply = connection ? connection->ask(command, fields)
                            : Result<Fields, std::string>{Unexpected{connection.error()}};
    if (!reply) return Unexpected{socket.string() + ": " + reply.error()};
    return reply;
}

Unexpected<std::string> oddAnswer(const Fields& reply) {
    return Unexpected{"answered " + text::printable(text::join(reply, " "), 200)};
}

/// What the userdb says that the user may.
Result<users::UserRights, std::string> rightsIn(const Fields& reply) {
    constexpr std::string_view prefix = "postrider_";
    users::UserRights rights;
    for (const std::string_view field : reply) {
        if (!field.starts_with(prefix)) continue;
        const auto equals = std::min(field.find('='), field.size());
        const auto value = field.substr(std::min(equals + 1, field.size()));
        const auto name = field.substr(prefix.size(), equals - prefix.size());
        const auto set = users::setRight(rights, name, value);
        if (!set)
            return Unexpected{"answered '" + text::printable(field, 80) + "': " + set.error()};
    }
    return rights;
}

bool isTemporary(const Fields& reply) {
    return std::any_of(reply.begin() + 1, reply.end(), [](const std::string& field) {
        return field == "temp" || field == "code=temp_fail";
    });
}

}  // namespace

Result<std::optional<users::Account>, std::string> DovecotSource::find(
    const mail::Mailbox& address) {
    const auto name = accountName(address);
    if (!name) return std::optional<users::Account>{};
    const auto reply = askOne(options_.userdbSocket, DovecotRole::Userdb,
                              Deadline::after(options_.patience), "USER", {*name, "service=smtp"});
    if (!reply) return Unexpected{reply.error()};
    if (reply->front() == "NOTFOUND") return std::optional<users::Account>{};
    if (reply->front() != "USER") return oddAnswer(*reply);
    const auto rights = rightsIn(*reply);
    if (!rights) return Unexpected{*name + ": " + rights.error()};
    return std::optional{users::Account{.name = *name,
                                        .hash = "",
                                        .maySend = rights->maySend(),
                                        .mayReceive = rights->mayReceive(),
                                        .maxSize = rights->maxSize,
                                        .maxRecipients = rights->maxRecipients}};
}

Result<bool, std::string> DovecotSource::check(const mail::Mailbox& address,
                                               std::string_view password) {
    const auto name = accountName(address);
    if (!name || password.find('\0') != std::string_view::npos) return false;
    std::string plain{'\0'};
    plain.append(*name).append(1, '\0').append(password);
    const std::string response = "resp=" + text::toBase64(plain);
    if (response.size() > responseLimit) return false;
    // resp= must be the last field
    const auto reply =
        askOne(options_.clientSocket, DovecotRole::Client, Deadline::after(options_.patience),
               "AUTH", {"PLAIN", "service=smtp", "secured", "no-penalty", "nologin", response});
    if (!reply) return Unexpected{reply.error()};
    if (reply->front() == "OK") return true;
    if (reply->front() != "FAIL" || isTemporary(*reply)) return oddAnswer(*reply);
    return false;
}

Result<Done, std::string> DovecotSource::imitateRefusal(const mail::Mailbox& address) {
    const auto right = check(address, "the password of nobody");
    if (!right) return Unexpected{right.error()};
    return Done{};
}

Result<Done, std::string> DovecotSource::probe() const {
    const auto deadline = Deadline::after(options_.patience);
    for (const auto& [socket, role] : {std::pair{options_.clientSocket, DovecotRole::Client},
                                       std::pair{options_.userdbSocket, DovecotRole::Userdb}}) {
        const auto connection = DovecotConnection::open(socket, role, deadline);
        if (!connection) return Unexpected{socket.string() + ": " + connection.error()};
    }
    return Done{};
}

}  // namespace postrider::directory

#include "plugins/hooks/milter/macros.h"

#include "plugins/hooks/milter/packet.h"

namespace postrider::hooks::milter {

namespace {

/// As sendmail's configuration has them, as far as we have a value.
std::vector<std::string> usual(Stage stage) {
    switch (stage) {
        case Stage::Connect:
            return {
                "j", "_", "v", "{daemon_name}", "{client_addr}", "{client_name}", "{client_port}"};
        case Stage::Helo:
            return {"{tls_version}", "{cipher}"};
        case Stage::Mail:
            return {"i", "{auth_type}", "{auth_authen}", "{mail_addr}"};
        case Stage::Recipient:
            return {"{rcpt_addr}"};
        case Stage::Data:
        case Stage::EndOfHeader:
        case Stage::EndOfMessage:
            return {"i"};
    }
    return {};
}

}  // namespace

Macros::Macros(const std::string& hostname) {
    set("j", hostname);
    set("v", "postrider");
}

void Macros::learn(const mail::SessionFacts& facts) {
    const std::string address = facts.client.ip.toString();
    set("i", facts.id);
    set("_", '[' + address + ']');
    set("{daemon_name}", std::string{mail::toString(facts.listener)});
    set("{client_addr}", address);
    set("{client_name}", '[' + address + ']');
    set("{client_port}", std::to_string(facts.client.port));
    set("{tls_version}", facts.tls ? facts.tls->version : "");
    set("{cipher}", facts.tls ? facts.tls->cipher : "");
    set("{auth_authen}", facts.user.value_or(""));
    // which mechanism it was is not told to hooks; that there was one is what milters look for
    set("{auth_type}", facts.user ? "SASL" : "");
}

std::string Macros::compose(Stage stage, Command command, const Agreement& agreement) const {
    const auto* wanted = agreement.macros(stage);
    std::string data;
    for (const std::string& name : wanted != nullptr ? *wanted : usual(stage)) {
        const auto found = values_.find(name);
        if (found == values_.end() || found->second.empty()) continue;
        data += composeText(name) + composeText(found->second);
    }
    if (!data.empty()) data.insert(data.begin(), static_cast<char>(command));
    return data;
}

}  // namespace postrider::hooks::milter

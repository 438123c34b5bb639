#include "tools/postriderctl/commands.h"

namespace postrider::ctl {

namespace {

std::vector<Command> aboutUsers() {
    return {
        {"user add",
         "ADDRESS [--password-stdin] [--scheme yescrypt|scram-sha-256]",
         "makes a user, and the domain's folder when it is missing",
         1,
         1,
         {"--password-stdin", "--scheme"},
         userAdd},
        {"user remove",
         "ADDRESS",
         "takes a user away; mail that lies in the mailbox stays",
         1,
         1,
         {},
         userRemove},
        {"user passwd",
         "ADDRESS [--password-stdin] [--scheme yescrypt|scram-sha-256]",
         "sets a new password",
         1,
         1,
         {"--password-stdin", "--scheme"},
         userPasswd},
        {"user disable", "ADDRESS", "nothing is sent or received any more", 1, 1, {}, userDisable},
        {"user enable", "ADDRESS", "takes back what disable did", 1, 1, {}, userEnable},
        {"user set",
         "ADDRESS NAME=VALUE...",
         "send=no, receive=no, max_size=10M, max_recipients=50; no value: the default",
         2,
         20,
         {},
         userSet},
        {"user list", "[DOMAIN]", "lists users", 0, 1, {}, userList},
        {"user check",
         "ADDRESS [--password-stdin]",
         "says whether a password is right",
         1,
         1,
         {"--password-stdin"},
         userCheck},
    };
}

std::vector<Command> aboutTheQueue() {
    return {
        {"queue list", "", "lists messages that wait, oldest first", 0, 0, {}, queueList},
        {"queue show",
         "ID",
         "shows a message, its recipients and every attempt",
         1,
         1,
         {},
         queueShow},
        {"queue retry", "ID", "tries now whoever is pending", 1, 1, {}, queueRetry},
        {"queue hold", "ID", "no more attempts until release", 1, 1, {}, queueHold},
        {"queue release", "ID", "tries held recipients again, now", 1, 1, {}, queueRelease},
        {"queue remove", "ID", "drops the message; nobody is notified", 1, 1, {}, queueRemove},
        {"queue expire",
         "ID",
         "gives up now, without another try; the sender is notified",
         1,
         1,
         {},
         queueExpire},
        {"queue reroute",
         "ID NEXT-HOP [COURIER]",
         "sends by another next hop (and courier) from now on",
         2,
         3,
         {},
         queueReroute},
        {"queue flush",
         "NEXT-HOP|* [COURIER]",
         "tries now whoever waits for a next hop, or everybody",
         1,
         2,
         {},
         queueFlush},
        {"queue forget",
         "DOMAIN",
         "forgets the best TLS seen at a domain; the next attempt takes less, too",
         1,
         1,
         {},
         queueForget},
    };
}

std::vector<Command> aboutTheRest() {
    return {
        {"explain",
         "ID|ADDRESS|IP",
         "tells in plain words what was decided, and why",
         1,
         1,
         {},
         explain},
        {"domain list", "", "lists the domains that are ours", 0, 0, {}, domainList},
        {"alias show",
         "ADDRESS",
         "shows who gets mail for an address, and how it comes to that",
         1,
         1,
         {},
         aliasShow},
        {"config check",
         "",
         "reads configuration, domains, users and aliases; postrider --check tries the rest, too",
         0,
         0,
         {},
         configCheck},
        {"plugin list",
         "",
         "lists the plugin libraries, and says what is wrong with them",
         0,
         0,
         {},
         pluginList},
        {"version", "", "says which release this is", 0, 0, {}, version},
        {"help", "", "shows this", 0, 0, {}, help},
    };
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all = [] {
        std::vector<Command> list = aboutUsers();
        for (const auto& more : {aboutTheQueue(), aboutTheRest()})
            list.insert(list.end(), more.begin(), more.end());
        return list;
    }();
    return all;
}

}  // namespace postrider::ctl

#include "server/journal/journal.h"

namespace postrider::journal {

std::string_view toString(Step step) {
    switch (step) {
        case Step::Connect:
            return "connect";
        case Step::Ehlo:
            return "ehlo";
        case Step::Tls:
            return "tls";
        case Step::Auth:
            return "auth";
        case Step::Mail:
            return "mail";
        case Step::Rcpt:
            return "rcpt";
        case Step::Content:
            return "content";
        case Step::Alias:
            return "alias";
        case Step::Hook:
            return "hook";
        case Step::Route:
            return "route";
        case Step::Queue:
            return "queue";
        case Step::Attempt:
            return "attempt";
        case Step::Settle:
            return "settle";
        case Step::Dsn:
            return "dsn";
        case Step::Action:
            return "action";
        case Step::Disconnect:
            return "disconnect";
    }
    return "";
}

}  // namespace postrider::journal

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::journal {

/// Where in a message's life a decision was made. Closed list; stored as its lower-case name.
enum class Step {
    Connect,
    Ehlo,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Content,
    Alias,
    Hook,
    Route,
    Queue,
    Attempt,
    Settle,
    Dsn,
    Action,
    Disconnect,
};
[[nodiscard]] std::string_view toString(Step step);

/// One decision and what it was based on. Any text may be empty. Texts are made printable and cut
/// at 1 KiB by the journal.
struct Decision {
    Step step = Step::Connect;
    std::string outcome;  ///< one word: accepted refused local remote unknown proceed delivered
                          ///< deferred failed ...
    std::string sessionId;
    std::string queueId;
    std::string clientIp;
    std::string address;  ///< the mailbox it is about
    std::string reason;   ///< a sentence for people, with the reply where there is one
    std::vector<std::pair<std::string, std::string>>
        inputs;  ///< what was looked at: stored as a JSON object
};

/// Takes decisions; never blocks, never fails: what does not fit is counted and dropped.
/// Thread-safe.
class Journal {
public:
    virtual ~Journal() = default;
    virtual void record(Decision decision) = 0;
};

/// For tests and tools.
class NullJournal final : public Journal {
public:
    void record(Decision) override {}
};

}  // namespace postrider::journal

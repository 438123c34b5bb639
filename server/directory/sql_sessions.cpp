#include "server/directory/sql_sessions.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace postrider::directory {

namespace {

using Answer = Result<std::vector<SqlRow>, std::string>;

/// Who asked may be gone when the answer comes.
struct Waiting {
    explicit Waiting(SqlQuestion asked) : question(std::move(asked)) {}
    const SqlQuestion question;
    std::optional<Answer> answer;
    std::condition_variable answered;
};

}  // namespace

struct SqlSessions::Shared {
    Shared(SqlTarget where, SqlLimits bounds) : target(std::move(where)), limits(bounds) {}

    /// One thread's life.
    void work();
    /// With a connection that is kept between questions.
    Answer askWith(std::unique_ptr<SqlSession>& session, const SqlQuestion& question) const;

    const SqlTarget target;
    const SqlLimits limits;
    std::mutex mutex;  ///< guards what follows, and every question's answer
    std::condition_variable wake;
    std::condition_variable ended;
    std::deque<std::shared_ptr<Waiting>> waiting;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool stopping = false;
};

Answer SqlSessions::Shared::askWith(std::unique_ptr<SqlSession>& session,
                                    const SqlQuestion& question) const {
    if (session) {
        auto answer = session->ask(question);
        if (answer) return answer;
        session.reset();  // perhaps only because the database was restarted
    }
    auto opened = SqlSession::open(target);
    if (!opened) return Unexpected{opened.error()};
    auto answer = (*opened)->ask(question);
    if (answer) session = *std::move(opened);
    return answer;
}

void SqlSessions::Shared::work() {
    std::unique_ptr<SqlSession> session;
    std::unique_lock lock{mutex};
    for (;;) {
        ++idle;
        wake.wait(lock, [this] { return stopping || !waiting.empty(); });
        --idle;
        if (stopping) break;
        const auto asker = std::move(waiting.front());
        waiting.pop_front();
        lock.unlock();
        auto answer = askWith(session, asker->question);
        lock.lock();
        asker->answer = std::move(answer);
        asker->answered.notify_one();
    }
    lock.unlock();
    session.reset();
    lock.lock();
    --threads;
    ended.notify_all();
}

SqlSessions::SqlSessions(SqlTarget target, SqlLimits limits)
    : shared_(std::make_shared<Shared>(std::move(target), limits)) {}

SqlSessions::~SqlSessions() {
    constexpr std::chrono::seconds patience{1};
    std::unique_lock lock{shared_->mutex};
    shared_->stopping = true;
    shared_->wake.notify_all();
    shared_->ended.wait_for(lock, patience, [this] { return shared_->threads == 0; });
}

Result<std::vector<SqlRow>, std::string> SqlSessions::ask(SqlQuestion question) {
    auto& shared = *shared_;
    const auto asker = std::make_shared<Waiting>(std::move(question));

    std::unique_lock lock{shared.mutex};
    if (shared.waiting.size() >= shared.limits.waiting) {
        return Unexpected{std::string{"too many questions wait for an answer"}};
    }
    shared.waiting.push_back(asker);
    if (shared.idle < shared.waiting.size() && shared.threads < shared.limits.sessions) {
        std::thread{[state = shared_] { state->work(); }}.detach();
        ++shared.threads;
    }
    shared.wake.notify_one();
    const bool inTime = asker->answered.wait_for(lock, shared.target.patience,
                                                 [&asker] { return asker->answer.has_value(); });
    if (inTime) return *std::move(asker->answer);
    std::erase(shared.waiting, asker);
    return Unexpected{"no answer within " + std::to_string(shared.target.patience.count()) +
                      " seconds"};
}

}  // namespace postrider::directory

#include "common/dns/unbound_resolver.h"

#include "common/base/text.h"
#include "common/dns/rdata.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <poll.h>
#include <stop_token>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unbound.h>
#include <unistd.h>
#include <utility>

namespace postrider::dns {

namespace {

namespace fs = std::filesystem;

/// RFC 1035 section 3.2.2, RFC 3596, RFC 6698.
enum class Type : int { A = 1, Ptr = 12, Mx = 15, Txt = 16, Aaaa = 28, Tlsa = 52 };
constexpr int classIn = 1;
/// No honest answer has more.
constexpr std::size_t mostRecords = 512;
constexpr const char* systemRootKey = "/usr/share/dns/root.key";

struct DeleteContext {
    void operator()(ub_ctx* context) const { ::ub_ctx_delete(context); }
};
struct FreeResult {
    void operator()(ub_result* result) const { ::ub_resolve_free(result); }
};
using Context = std::unique_ptr<ub_ctx, DeleteContext>;

/// What libunbound said, as values.
struct RawAnswer {
    std::vector<std::string> rdata;
    bool authentic = false;
};
using Raw = Result<RawAnswer, DnsError>;

Raw failure(DnsErrorKind kind, std::string text, bool authentic = false) {
    return Unexpected{DnsError{kind, authentic, std::move(text)}};
}

Raw convert(int error, const ub_result* result) {
    if (error != 0 || result == nullptr) {
        return failure(DnsErrorKind::ServerFailure, ::ub_strerror(error));
    }
    const bool authentic = result->secure != 0;
    // Before anything else: a bogus answer has its data with it.
    if (result->bogus != 0) {
        const char* why =
            result->why_bogus == nullptr ? "DNSSEC validation failed" : result->why_bogus;
        return failure(DnsErrorKind::Bogus, text::printable(why, 200));
    }
    if (result->nxdomain != 0) {
        return failure(DnsErrorKind::NoSuchDomain, "no such name", authentic);
    }
    if (result->rcode != 0) {
        return failure(DnsErrorKind::ServerFailure,
                       "the name server answered with code " + std::to_string(result->rcode));
    }
    if (result->havedata == 0) {
        return failure(DnsErrorKind::NoData, "no record of this type", authentic);
    }
    RawAnswer answer{{}, authentic};
    for (std::size_t i = 0; result->data[i] != nullptr && i < mostRecords; ++i) {
        answer.rdata.emplace_back(result->data[i], static_cast<std::size_t>(result->len[i]));
    }
    return answer;
}

template <class T, class Parse>
Result<Answer<T>, DnsError> recordsOf(const Raw& raw, Parse parse) {
    if (!raw) return Unexpected{raw.error()};
    Answer<T> answer{{}, raw->authentic};
    for (const auto& rdata : raw->rdata) {
        if (auto record = parse(rdata)) answer.records.push_back(std::move(*record));
    }
    if (answer.records.empty()) {
        return Unexpected{DnsError{DnsErrorKind::ServerFailure, false, "no record could be read"}};
    }
    return answer;
}

/// "127.0.0.1@5300", the form libunbound takes.
std::string forwarderText(const Endpoint& endpoint) {
    return endpoint.ip.toString() + "@" + std::to_string(endpoint.port);
}

/// Whether a resolv.conf names a server on this host, as systemd-resolved's does.
bool namesLoopback(const fs::path& resolvConf) {
    std::ifstream file{resolvConf};
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view keyword = "nameserver";
        const auto words = text::trim(line);
        if (!words.starts_with(keyword)) continue;
        const auto ip = IpAddress::parse(text::trim(words.substr(keyword.size())));
        if (ip && ip->isLoopback()) return true;
    }
    return false;
}

/// Sets a context up; remembers the first thing that went wrong.
class Setup {
public:
    explicit Setup(ub_ctx* context) : context_(context) {}

    void option(const char* name, const char* value) {
        note(::ub_ctx_set_option(context_, name, value), name);
    }
    void servers(const UnboundOptions& options) {
        bool loopback = false;
        for (const auto& forwarder : options.forwarders) {
            const std::string text = forwarderText(forwarder);
            note(::ub_ctx_set_fwd(context_, text.c_str()), "dns.forward " + text);
            loopback = loopback || forwarder.ip.isLoopback();
        }
        if (options.forwarders.empty() && fs::exists(options.resolvConf, ignored_)) {
            note(::ub_ctx_resolvconf(context_, options.resolvConf.c_str()),
                 options.resolvConf.string());
            loopback = namesLoopback(options.resolvConf);
        }
        if (loopback) option("do-not-query-localhost:", "no");
        // A resolver of the house knows the reverse zones of its private networks.
        option("unblock-lan-zones:", "yes");
        option("insecure-lan-zones:", "yes");
    }
    void hosts(const fs::path& file) {
        if (fs::exists(file, ignored_)) note(::ub_ctx_hosts(context_, file.c_str()), file.string());
    }
    void trustAnchor(fs::path file) {
        if (file == "none") return;
        if (file.empty() && fs::exists(systemRootKey, ignored_)) file = systemRootKey;
        if (file.empty()) return;
        // libunbound would find out at the first question only, and reads a folder for ever.
        if (fs::is_directory(file, ignored_) || !std::ifstream{file}) {
            problem_ = "the trust anchor " + file.string() + " cannot be read";
            return;
        }
        note(::ub_ctx_add_ta_file(context_, file.c_str()), file.string());
        suspect_ = "the trust anchor " + file.string() +
                   " holds no DS or DNSKEY records that libunbound can use";
    }
    /// Makes the settings final, so that what is wrong shows now: a name that is answered from
    /// memory.
    void finish(bool forwardsTestZones) {
        if (!problem_.empty()) return;
        // Answered with NXDOMAIN by libunbound itself otherwise; whoever names a forwarder wants
        // that one asked.
        if (forwardsTestZones) note(::ub_ctx_zone_remove(context_, "test."), "test.");
        ub_result* result = nullptr;
        note(::ub_resolve(context_, "localhost", static_cast<int>(Type::A), classIn, &result),
             suspect_);
        const std::unique_ptr<ub_result, FreeResult> owner{result};
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    void note(int error, const std::string& what) {
        if (error != 0 && problem_.empty()) problem_ = what + ": " + ::ub_strerror(error);
    }

    ub_ctx* context_;
    std::string problem_;
    std::string suspect_ = "the settings of libunbound";  ///< what its silence about a cause hides
    std::error_code ignored_;                             ///< what does not exist is not used
};

}  // namespace

/// The context, its questions under way, and the thread that collects the answers. Locks inside.
class UnboundResolver::Engine {
public:
    static Result<std::unique_ptr<Engine>, std::string> create(const UnboundOptions& options);
    explicit Engine(Context context, int wakeUp)
        : context_(std::move(context)),
          wakeUp_(wakeUp),
          pump_([this](const std::stop_token& stop) { pump(stop); }) {}
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Engine(Engine&&) = delete;
    Engine& operator=(Engine&&) = delete;

    /// One question. The engine holds it until libunbound has done with it, the asker until it has
    /// the answer.
    struct Question {
        Engine& engine;
        std::uint64_t number;
        std::promise<Raw> promise{};
        std::future<Raw> answer = promise.get_future();
        int asyncId = 0;
        int startError = 0;
    };

    std::shared_ptr<Question> ask(const std::string& name, Type type);
    /// The answer, or TimedOut; then nobody waits for it any more.
    Raw wait(Question& question, Deadline deadline);
    Raw askAndWait(const std::string& name, Type type, Deadline deadline) {
        return wait(*ask(name, type), deadline);
    }

private:
    static void onAnswer(void* question, int error, ub_result* result) noexcept;
    void pump(const std::stop_token& stop);
    void forget(std::uint64_t number);

    Context context_;
    int wakeUp_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::shared_ptr<Question>> underWay_;
    std::uint64_t lastNumber_ = 0;
    std::jthread pump_;
};

Result<std::unique_ptr<UnboundResolver::Engine>, std::string> UnboundResolver::Engine::create(
    const UnboundOptions& options) {
    Context context{::ub_ctx_create()};
    if (context == nullptr) return Unexpected{std::string{"libunbound cannot be set up"}};
    ::ub_ctx_debugout(context.get(), nullptr);
    ::ub_ctx_async(context.get(), 1);

    Setup setup{context.get()};
    // A server that was down is noticed soon after it is up again.
    setup.option("infra-keep-probing:", "yes");
    setup.option("infra-host-ttl:", "60");
    setup.servers(options);
    setup.hosts(options.hosts);
    setup.trustAnchor(options.trustAnchorFile);
    setup.finish(!options.forwarders.empty());
    if (!setup.problem().empty()) return Unexpected{setup.problem()};

    const int wakeUp = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wakeUp < 0) return Unexpected{"eventfd: " + std::generic_category().message(errno)};
    return std::make_unique<Engine>(std::move(context), wakeUp);
}

UnboundResolver::Engine::~Engine() {
    pump_.request_stop();
    ::eventfd_write(wakeUp_, 1);
    pump_.join();
    // Before the questions go: its worker may still look at them.
    context_.reset();
    ::close(wakeUp_);
}

std::shared_ptr<UnboundResolver::Engine::Question> UnboundResolver::Engine::ask(
    const std::string& name, Type type) {
    std::shared_ptr<Question> question;
    {
        const std::lock_guard lock{mutex_};
        question.reset(new Question{*this, ++lastNumber_});
        underWay_.emplace(question->number, question);
    }
    question->startError =
        isAskable(name)
            ? ::ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(type), classIn,
                                 question.get(), &Engine::onAnswer, &question->asyncId)
            : UB_SYNTAX;
    if (question->startError != 0) forget(question->number);
    return question;
}

Raw UnboundResolver::Engine::wait(Question& question, Deadline deadline) {
    if (question.startError != 0) return convert(question.startError, nullptr);
    if (question.answer.wait_until(deadline.when()) == std::future_status::ready) {
        return question.answer.get();
    }
    // When it cannot be cancelled, the answer is just being given: onAnswer will forget the
    // question.
    if (::ub_cancel(context_.get(), question.asyncId) == UB_NOERROR) forget(question.number);
    return failure(DnsErrorKind::TimedOut, "no answer in time");
}

void UnboundResolver::Engine::onAnswer(void* question, int error, ub_result* result) noexcept {
    const std::unique_ptr<ub_result, FreeResult> owner{result};
    auto& asked = *static_cast<Question*>(question);
    Engine& engine = asked.engine;
    const std::uint64_t number = asked.number;
    // Nothing may be thrown through libunbound's C frames.
    try {
        asked.promise.set_value(convert(error, result));
    } catch (const std::exception&) {
        asked.promise.set_exception(std::current_exception());
    }
    engine.forget(number);
}

void UnboundResolver::Engine::pump(const std::stop_token& stop) {
    std::array<pollfd, 2> fds{{{::ub_fd(context_.get()), POLLIN, 0}, {wakeUp_, POLLIN, 0}}};
    while (!stop.stop_requested()) {
        if (::poll(fds.data(), fds.size(), -1) > 0 && fds[0].revents != 0) {
            ::ub_process(context_.get());
        }
    }
}

void UnboundResolver::Engine::forget(std::uint64_t number) {
    const std::lock_guard lock{mutex_};
    underWay_.erase(number);
}

Result<std::unique_ptr<UnboundResolver>, std::string> UnboundResolver::create(
    const UnboundOptions& options) {
    auto engine = Engine::create(options);
    if (!engine) return Unexpected{engine.error()};
    return std::unique_ptr<UnboundResolver>{new UnboundResolver{std::move(engine).value()}};
}

UnboundResolver::UnboundResolver(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

UnboundResolver::~UnboundResolver() = default;

Result<Answer<MxRecord>, DnsError> UnboundResolver::mx(const mail::Domain& domain,
                                                       Deadline deadline) {
    auto answer =
        recordsOf<MxRecord>(engine_->askAndWait(domain.ascii(), Type::Mx, deadline), parseMx);
    if (!answer) return answer;
    std::stable_sort(answer->records.begin(), answer->records.end(),
                     [](const auto& a, const auto& b) { return a.preference < b.preference; });
    return answer;
}

Result<Answer<IpAddress>, DnsError> UnboundResolver::addresses(const std::string& host,
                                                               Deadline deadline) {
    // Both at once: the slower one decides how long this takes.
    const auto v4Question = engine_->ask(host, Type::A);
    const auto v6Question = engine_->ask(host, Type::Aaaa);
    auto v4 = recordsOf<IpAddress>(engine_->wait(*v4Question, deadline), parseAddress);
    auto v6 = recordsOf<IpAddress>(engine_->wait(*v6Question, deadline), parseAddress);

    const auto authenticOf = [](const auto& answer) {
        return answer ? answer->authentic : answer.error().authentic;
    };
    const bool authentic = authenticOf(v4) && authenticOf(v6);
    if (!v4 && !v6) {
        // A question without an answer outweighs a denial: with it there might have been an
        // address.
        DnsError error = v4.error().isTemporary() ? v4.error() : v6.error();
        error.authentic = authentic;
        return Unexpected{std::move(error)};
    }
    Answer<IpAddress> all{{}, authentic};
    for (auto* part : {&v4, &v6}) {
        if (*part)
            std::copy((*part)->records.begin(), (*part)->records.end(),
                      std::back_inserter(all.records));
    }
    return all;
}

Result<Answer<std::string>, DnsError> UnboundResolver::txt(const std::string& name,
                                                           Deadline deadline) {
    return recordsOf<std::string>(engine_->askAndWait(name, Type::Txt, deadline), parseTxt);
}

Result<Answer<std::string>, DnsError> UnboundResolver::ptr(const IpAddress& ip, Deadline deadline) {
    return recordsOf<std::string>(engine_->askAndWait(reverseName(ip), Type::Ptr, deadline),
                                  parseName);
}

Result<Answer<TlsaRecord>, DnsError> UnboundResolver::tlsa(const std::string& name,
                                                           Deadline deadline) {
    return recordsOf<TlsaRecord>(engine_->askAndWait(name, Type::Tlsa, deadline), parseTlsa);
}

}  // namespace postrider::dns

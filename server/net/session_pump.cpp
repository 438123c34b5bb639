#include "server/net/session_pump.h"

#include "common/base/text.h"
#include "common/mail/queue_id.h"
#include "server/net/content_intake.h"
#include "server/queue/spool.h"
#include "server/smtp/ehlo_remark.h"
#include "server/smtp/replies.h"

#include <exception>
#include <utility>

namespace postrider::net {

namespace {

using smtp::Next;
using smtp::Step;
using Doing = ConnectionRegistry::Doing;

constexpr std::size_t commandLimit =
    2048;  // RFC 5321 section 4.5.3.1.4 and the extensions' additions
constexpr std::size_t secretLimit = 12288;  // RFC 4954 section 4
constexpr std::size_t longestSubject = 320;

journal::Step stepOf(std::string_view verb) {
    struct Known {
        std::string_view verb;
        journal::Step step;
    };
    static constexpr Known known[] = {
        {"EHLO", journal::Step::Ehlo},    {"HELO", journal::Step::Ehlo},
        {"MAIL", journal::Step::Mail},    {"RCPT", journal::Step::Rcpt},
        {"DATA", journal::Step::Content}, {"BDAT", journal::Step::Content},
        {"AUTH", journal::Step::Auth},    {"STARTTLS", journal::Step::Tls}};
    for (const auto& entry : known) {
        if (text::equalsIgnoreCase(verb, entry.verb)) return entry.step;
    }
    return journal::Step::Connect;
}

/// The first octet of a TLS handshake record: the client expects TLS on a port that does not begin
/// with it. No command begins so.
constexpr char tlsHandshake = '\x16';

}  // namespace

SessionPump::SessionPump(Parts parts, mail::SessionFacts facts)
    : parts_(std::move(parts)),
      timeouts_(parts_.options.timeouts),
      end_(Deadline::after(timeouts_.session)),
      tls_(parts_.services.currentTls()),
      options_(parts_.options.session),
      gatekeeper_(parts_.services.makeGatekeeper()),
      facts_(std::move(facts)) {
    options_.tlsAvailable = tls_ != nullptr;
    options_.begin = parts_.services.clock.now();
}

std::string SessionPump::run() {
    if (parts_.options.kind == mail::ListenerKind::Submissions && !shakeHands()) return reason_;
    if (parts_.options.kind == mail::ListenerKind::Smtp) listenBeforeGreeting();
    const auto& services = parts_.services;
    session_.emplace(
        options_,
        smtp::Ports{services.directory, services.authenticator, *gatekeeper_, services.reception},
        facts_);
    learnFacts();
    for (std::optional<Step> step = begin(); step; step = advance(*step)) {
        if (!session_->isTakingChunks()) chunks_.reset();
        report(*step);
        if (!say(*step)) break;
        if (step->next == Next::Close) break;
    }
    return reason_;
}

Step SessionPump::begin() {
    return parts_.entry.mustEnd() ? session_->shutDown() : session_->greet();
}

/// Octets that are there before we have said anything come from a client that does not listen
/// (RFC 5321 section 4.3.1). Whoever waits is not kept waiting longer than the configured delay.
void SessionPump::listenBeforeGreeting() {
    parts_.entry.nowDoing(Doing::WaitingForCommand);  // a stop ends this wait too
    parts_.channel.setDeadline(end_.orSooner(Deadline::after(parts_.options.greetingDelay)));
    facts_.spokeFirst = !parts_.entry.mustEnd() && parts_.channel.hasInput();
    parts_.entry.nowDoing(Doing::Command);
    if (facts_.spokeFirst) remark("the client spoke before the greeting");
}

std::optional<Step> SessionPump::advance(const Step& step) {
    switch (step.next) {
        case Next::ReadLine:
            return readCommand();
        case Next::ReadSecret:
            return readSecret();
        case Next::ReadContent:
            return readContent();
        case Next::ReadChunk:
            return readChunk(step.chunk);
        case Next::SkipChunk:
            return skipChunk(step.chunk);
        case Next::StartTls:
            return startTls();
        case Next::Close:
            break;
    }
    return std::nullopt;
}

/// What the client says next begins so; nothing is taken of it yet.
Result<std::string_view, ChannelError> SessionPump::awaitClient() {
    parts_.entry.nowDoing(Doing::WaitingForCommand);
    if (parts_.entry.mustEnd()) return Unexpected{ChannelError::Closed};
    waitAtMost(timeouts_.command);
    return parts_.channel.peek();
}

std::optional<Step> SessionPump::readCommand() {
    const auto first = awaitClient();
    if (!first) return afterError(first.error());
    if (first->front() == tlsHandshake) return end("TLS where plain text was expected");
    const auto line = parts_.channel.readLine(commandLimit);
    parts_.entry.nowDoing(Doing::Command);
    if (!line) return afterError(line.error());
    subject_ = subjectOf(*line);
    return session_->onLine(*line);
}

/// The lines of an AUTH exchange belong to its command, and what they hold goes nowhere.
std::optional<Step> SessionPump::readSecret() {
    if (const auto first = awaitClient(); !first) return afterError(first.error());
    const auto line = parts_.channel.readLine(secretLimit);
    parts_.entry.nowDoing(Doing::Command);
    if (!line) return afterError(line.error());
    return session_->onLine(*line);
}

std::unique_ptr<queue::SpoolWriter> SessionPump::newSpoolWriter() const {
    const auto& services = parts_.services;
    return std::make_unique<queue::SpoolWriter>(
        services.spoolFolder, services.inlineContent,
        mail::QueueId::make(services.clock.now(), services.random).toString());
}

std::optional<Step> SessionPump::readContent() {
    parts_.entry.nowDoing(Doing::ReceivingContent);
    const auto writer = newSpoolWriter();
    ContentIntake intake(parts_.channel, *writer, options_.maxMessageSize);
    auto outcome = intake.run(timeouts_.command, end_);
    parts_.entry.nowDoing(Doing::Command);
    if (const auto* error = std::get_if<ChannelError>(&outcome)) return afterError(*error);
    subject_ = {journal::Step::Content, {}};
    auto step = session_->onContent(
        std::get<Result<mail::MessageContent, smtp::ContentFault>>(std::move(outcome)));
    if (step.queued) {
        writer->release();
        countMessage();
    }
    return step;
}

std::optional<Step> SessionPump::readChunk(const smtp::Chunk& chunk) {
    parts_.entry.nowDoing(Doing::ReceivingContent);
    if (!chunks_) {
        chunks_ = std::make_unique<ChunkIntake>(parts_.channel, newSpoolWriter(),
                                                options_.maxMessageSize, chunk.kind);
    }
    const auto read = chunks_->read(chunk.size, {timeouts_.command, end_});
    parts_.entry.nowDoing(Doing::Command);
    if (!read) return afterError(read.error());
    if (!chunk.last) return session_->onChunk(chunks_->soFar());
    auto step = session_->onContent(chunks_->finish());
    if (step.queued) {
        chunks_->release();
        countMessage();
    }
    return step;
}

std::optional<Step> SessionPump::skipChunk(const smtp::Chunk& chunk) {
    parts_.entry.nowDoing(Doing::ReceivingContent);
    const auto skipped = ChunkIntake::skip(parts_.channel, chunk.size, {timeouts_.command, end_});
    if (!skipped) return afterError(skipped.error());
    return readCommand();
}

void SessionPump::countMessage() {
    ++messages_;
    parts_.entry.tookMessage();
}

std::optional<Step> SessionPump::startTls() {
    if (!shakeHands()) return std::nullopt;
    subject_ = {journal::Step::Tls, {}};
    return session_->onTls(*facts_.tls);
}

/// The handshake, written down in the journal; false when it failed, and then the channel is dead.
bool SessionPump::shakeHands() {
    if (!tls_) {
        end("no certificate");
        return false;
    }
    parts_.entry.nowDoing(Doing::Handshake);
    if (parts_.entry.mustEnd()) {
        end("shutting down");
        return false;
    }
    auto shaken = tls_->startTls(
        parts_.channel, end_.orSooner(Deadline::after(timeouts_.handshake)), parts_.options.tlsMin);
    parts_.entry.nowDoing(Doing::Command);
    journal::Decision decision;
    decision.step = journal::Step::Tls;
    decision.outcome = shaken ? "accepted" : "failed";
    decision.sessionId = facts_.id;
    decision.clientIp = facts_.client.ip.toString();
    if (shaken) {
        decision.inputs = {{"version", shaken->version}, {"cipher", shaken->cipher}};
        facts_.tls = std::move(*shaken);
    } else {
        decision.reason = parts_.entry.mustEnd() ? "shutting down" : shaken.error();
        end("TLS handshake: " + decision.reason);
    }
    parts_.services.mailLog.journal().record(std::move(decision));
    return facts_.tls.has_value();
}

std::optional<Step> SessionPump::afterError(ChannelError error) {
    subject_ = {};
    switch (error) {
        case ChannelError::LineTooLong:
            return session_->onLineTooLong();
        case ChannelError::BareLineEnd:
            return session_->onBareLineEnd();
        case ChannelError::TimedOut:
            end(end_.passed() ? "session too long" : "timed out");
            return session_->timedOut();
        case ChannelError::Closed:
            if (!parts_.entry.mustEnd()) return end("closed by the client");
            end("shutting down");
            return session_->shutDown();
        case ChannelError::TlsFailed:
        case ChannelError::Failed:
            break;
    }
    return end(std::string(describe(error)) + ": " + parts_.channel.lastError());
}

/// Sends the step's reply; false when the dialogue is over with it.
bool SessionPump::say(const Step& step) {
    auto& channel = parts_.channel;
    // What was pipelined behind STARTTLS came in clear text and must never run inside TLS (RFC 3207
    // section 4.2).
    const bool injected = step.next == Next::StartTls && channel.buffered() > 0;
    const bool last = step.next == Next::Close || injected;
    if (last) {
        parts_.leavePlace();
        channel.setDeadline(Deadline::after(timeouts_.farewell));
        if (reason_.empty()) end(step.reply ? step.reply->toString() : "closed");
    }
    if (injected) {
        channel.discardBuffered();
        const auto refusal = smtp::replies::nothingMayFollowStartTls();
        end("commands in clear text behind STARTTLS");
        parts_.services.mailLog.rejected(facts(), journal::Step::Tls, {}, refusal, reason_);
        static_cast<void>(channel.write(refusal.wire()) && channel.flush());
        return false;
    }
    if (step.reply) {
        if (const auto written = channel.write(step.reply->wire()); !written) {
            end(std::string(describe(written.error())));
            return false;
        }
    }
    return !last || channel.flush();
}

void SessionPump::report(const Step& step) {
    using journal::Step;
    const auto& now = session_->facts();
    if (subject_.step == Step::Ehlo || subject_.step == Step::Tls || subject_.step == Step::Auth) {
        learnFacts();
    }
    if (subject_.step == Step::Ehlo && parts_.options.kind == mail::ListenerKind::Smtp) {
        const auto odd = smtp::remarkOnEhlo(now, {options_.hostname, parts_.ownIp});
        if (odd) remark(*odd);
    }
    // How a session ends of itself is told once, by `disconnected`; logins are told by the
    // authenticator.
    const bool told = !reason_.empty() || (subject_.step == Step::Auth && step.reply &&
                                           (step.reply->code == 535 || step.reply->code == 454));
    constexpr int firstNegative = 400;
    if (!told && step.reply && step.reply->code >= firstNegative) {
        parts_.services.mailLog.rejected(now, subject_.step, subject_.address, *step.reply,
                                         step.reason);
    }
}

void SessionPump::learnFacts() {
    facts_ = session_->facts();
    parts_.entry.learned(facts_);
}

/// Something odd about the client, for whoever looks for reasons later.
void SessionPump::remark(std::string_view reason) {
    journal::Decision decision;
    decision.step = subject_.step;
    decision.outcome = "suspicious";
    decision.sessionId = facts_.id;
    decision.clientIp = facts_.client.ip.toString();
    decision.reason = reason;
    if (facts_.ehlo) decision.inputs = {{"ehlo", facts_.ehlo->toString()}};
    parts_.services.mailLog.journal().record(std::move(decision));
}

void SessionPump::waitAtMost(std::chrono::milliseconds time) {
    parts_.channel.setDeadline(end_.orSooner(Deadline::after(time)));
}

void SessionPump::apologise() noexcept {
    try {
        parts_.leavePlace();
        parts_.channel.setDeadline(Deadline::after(timeouts_.farewell));
        static_cast<void>(parts_.channel.write(smtp::replies::internalError().wire()) &&
                          parts_.channel.flush());
    } catch (const std::exception& again) {
        // No memory even for this: the connection is closed without a word, which the client takes
        // for transient too.
        reason_ = again.what();
    }
}

SessionPump::Subject SessionPump::subjectOf(std::string_view line) {
    const auto space = line.find(' ');
    Subject subject{stepOf(line.substr(0, space)), {}};
    if (subject.step == journal::Step::Mail || subject.step == journal::Step::Rcpt) {
        const auto open = line.find('<');
        const auto close = line.find('>', open);
        if (close != std::string_view::npos) {
            subject.address = line.substr(open + 1, close - open - 1).substr(0, longestSubject);
        }
    }
    return subject;
}

std::nullopt_t SessionPump::end(std::string reason) {
    reason_ = std::move(reason);
    return std::nullopt;
}

}  // namespace postrider::net

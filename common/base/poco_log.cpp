#include "common/base/poco_log.h"

#include <Poco/AutoPtr.h>
#include <Poco/Message.h>
#include <Poco/SyslogChannel.h>
#include <cerrno>
#include <exception>
#include <unistd.h>

namespace postrider {

namespace {

/// One call for the whole line, so that those of several threads do not mix. Poco::ConsoleChannel
/// writes text and line end one after the other under a global mutex, and a Poco::Message asks the
/// kernel who we are for each line.
void writeLine(int descriptor, std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

Poco::Message::Priority priority(Severity severity) {
    switch (severity) {
        case Severity::Debug:
            return Poco::Message::PRIO_DEBUG;
        case Severity::Info:
            return Poco::Message::PRIO_INFORMATION;
        case Severity::Warning:
            return Poco::Message::PRIO_WARNING;
        case Severity::Error:
            return Poco::Message::PRIO_ERROR;
    }
    return Poco::Message::PRIO_ERROR;
}

std::string_view word(Severity severity) {
    switch (severity) {
        case Severity::Debug:
            return " debug ";
        case Severity::Info:
            return " info ";
        case Severity::Warning:
            return " warning ";
        case Severity::Error:
            return " error ";
    }
    return " error ";
}

}  // namespace

struct PocoLog::Syslog {
    Poco::AutoPtr<Poco::SyslogChannel> channel{new Poco::SyslogChannel(
        "postrider", Poco::SyslogChannel::SYSLOG_PID, Poco::SyslogChannel::SYSLOG_MAIL)};
};

PocoLog::PocoLog(const Clock& clock, PocoLogOptions options)
    : clock_(clock),
      descriptor_(options.descriptor),
      threshold_(options.threshold),
      syslog_(options.syslog ? std::make_unique<Syslog>() : nullptr) {
    if (syslog_) syslog_->channel->open();
}

PocoLog::~PocoLog() = default;

void PocoLog::write(Severity severity, std::string_view event,
                    std::initializer_list<LogField> fields) {
    if (severity < threshold_.load(std::memory_order_relaxed)) return;
    try {
        std::string line = formatLogLine(event, fields);
        if (syslog_) {
            syslog_->channel->log(Poco::Message("postrider", line, priority(severity)));
        }
        if (descriptor_ >= 0) {
            std::string stamped = isoMilliseconds(clock_.now());
            stamped.reserve(stamped.size() + line.size() + 16);
            stamped.append(word(severity)).append(line) += '\n';
            writeLine(descriptor_, stamped);
        }
    } catch (const std::exception&) {
        // out of memory: the line is lost, the mail is not
        return;
    }
}

}  // namespace postrider

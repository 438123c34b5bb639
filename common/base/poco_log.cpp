#include "common/base/poco_log.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <Poco/SyslogChannel.h>
#include <cerrno>
#include <exception>
#include <unistd.h>

namespace postrider {

namespace {

/// Poco::ConsoleChannel writes text and line end one after the other and under a global mutex.
class DescriptorChannel final : public Poco::Channel {
public:
    explicit DescriptorChannel(int descriptor) : descriptor_(descriptor) {}

    /// The message's text is the whole line with its end.
    void log(const Poco::Message& message) override {
        std::string_view rest = message.getText();
        while (!rest.empty()) {
            const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }

private:
    int descriptor_;
};

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

struct PocoLog::Channels {
    Poco::AutoPtr<Poco::Channel> descriptor;
    Poco::AutoPtr<Poco::Channel> syslog;
};

PocoLog::PocoLog(const Clock& clock, PocoLogOptions options)
    : clock_(clock), options_(options), channels_(std::make_unique<Channels>()) {
    if (options.descriptor >= 0) {
        channels_->descriptor = new DescriptorChannel(options.descriptor);
    }
    if (options.syslog) {
        channels_->syslog = new Poco::SyslogChannel("postrider", Poco::SyslogChannel::SYSLOG_PID,
                                                    Poco::SyslogChannel::SYSLOG_MAIL);
        channels_->syslog->open();
    }
}

PocoLog::~PocoLog() = default;

void PocoLog::write(Severity severity, std::string_view event,
                    std::initializer_list<LogField> fields) {
    if (severity < options_.threshold) return;
    try {
        std::string line = formatLogLine(event, fields);
        if (channels_->syslog) {
            channels_->syslog->log(Poco::Message("postrider", line, priority(severity)));
        }
        if (channels_->descriptor) {
            std::string stamped = isoMilliseconds(clock_.now());
            stamped.reserve(stamped.size() + line.size() + 16);
            stamped.append(word(severity)).append(line) += '\n';
            channels_->descriptor->log(Poco::Message("postrider", stamped, priority(severity)));
        }
    } catch (const std::exception&) {
        // out of memory: the line is lost, the mail is not
        return;
    }
}

}  // namespace postrider

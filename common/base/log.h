#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace postrider {

enum class Severity { Debug, Info, Warning, Error };

/// One `key=value` of a log line. `key` is a literal; the value is made printable by the writer.
struct LogField {
    std::string_view key;
    std::string value;
};

/// Where log lines go: one event per line, `event key=value key=value`, keys in the order given.
///
/// info = life events, warning = an operator should look, error = we lost a capability. No secrets,
/// no content. Values that are empty or hold a space, `"` or `=` are quoted. Thread-safe; never
/// throws, never blocks for long.
class Log {
public:
    virtual ~Log() = default;
    virtual void write(Severity severity, std::string_view event,
                       std::initializer_list<LogField> fields) = 0;

    void debug(std::string_view event, std::initializer_list<LogField> fields) {
        write(Severity::Debug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<LogField> fields) {
        write(Severity::Info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<LogField> fields) {
        write(Severity::Warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<LogField> fields) {
        write(Severity::Error, event, fields);
    }
};

/// The line that a Log writes, without time stamp and line end. At most 4 KiB of each value.
[[nodiscard]] std::string formatLogLine(std::string_view event,
                                        std::initializer_list<LogField> fields);

/// Forgets everything: for tools and tests that do not look at the log.
class NullLog final : public Log {
public:
    void write(Severity, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace postrider

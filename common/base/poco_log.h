#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"

#include <atomic>
#include <memory>

namespace postrider {

struct PocoLogOptions {
    Severity threshold = Severity::Info;  ///< as useThreshold() sets it
    int descriptor = 2;                   ///< where lines go; -1: nowhere. Lent: never closed here
    bool syslog = false;                  ///< facility mail, ident "postrider"
};

/// Writes lines to standard error as `2026-11-21T12:00:00.123Z info event key=value`, one write(2)
/// a line, so that lines of several threads and processes do not mix; and through a POCO channel
/// to syslog, which adds time and severity by itself.
///
/// A line that cannot be written is lost, silently: there is nowhere to complain to. Thread-safe,
/// without a lock of its own. At most one instance with syslog in a process (openlog is global).
class PocoLog final : public Log {
public:
    /// `clock` must outlive the log.
    PocoLog(const Clock& clock, PocoLogOptions options);
    ~PocoLog() override;
    PocoLog(const PocoLog&) = delete;
    PocoLog& operator=(const PocoLog&) = delete;

    /// Lines below it are dropped before they are formatted.
    void useThreshold(Severity threshold) noexcept { threshold_.store(threshold); }

    void write(Severity severity, std::string_view event,
               std::initializer_list<LogField> fields) override;

private:
    struct Syslog;
    const Clock& clock_;
    const int descriptor_;
    std::atomic<Severity> threshold_;
    std::unique_ptr<Syslog> syslog_;  ///< null: lines do not go there
};

}  // namespace postrider

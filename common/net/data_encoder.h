#pragma once

#include <string>
#include <string_view>

namespace postrider::net {

/// Makes content fit for DATA: stuffs dots, makes every bare CR or LF a CRLF (nothing else may
/// leave: RFC 5321 section 2.3.8, SMTP smuggling), adds a missing last CRLF and the end mark
/// (section 4.5.2).
///
/// Works on pieces cut at any octet. One thread.
class DataEncoder {
public:
    /// Encodes `piece`, appending to `output`: at most twice its size and two octets.
    void feed(std::string_view piece, std::string& output);
    /// The end of the content: what is still owed, and `.` CRLF.
    void finish(std::string& output);

private:
    enum class At { LineStart, Text, Cr };
    At at_ = At::LineStart;
};

}  // namespace postrider::net

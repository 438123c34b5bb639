#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// Decodes DATA content: removes stuffed dots, finds CRLF.CRLF, and refuses anything that could be
/// read as an end of message by somebody else (RFC 5321 sections 2.3.8, 4.5.2; SMTP smuggling).
///
/// Works on pieces cut at any octet. The output keeps CRLF line ends. One thread.
class DataDecoder {
public:
    enum class State {
        More,         ///< everything was consumed, go on reading
        End,          ///< the end mark was consumed; what follows in the input is not ours
        BareLineEnd,  ///< a CR or LF that is not part of CRLF, or NUL: stop, the stream cannot be
                      ///< trusted
    };
    struct Progress {
        std::size_t consumed = 0;
        State state = State::More;
    };

    /// Decodes from `input`, appending to `output`. Not to be called after End or BareLineEnd.
    Progress feed(std::string_view input, std::string& output);

private:
    enum class At { LineStart, Text, Cr, Dot, DotCr };
    /// Takes in the octet at `position`, or a run of ordinary text that begins there. False: stop,
    /// the stream is bad.
    bool step(std::string_view input, std::size_t& position, std::string& output);

    At at_ = At::LineStart;
    bool ended_ = false;
};

}  // namespace postrider::smtp

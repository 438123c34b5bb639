#include "common/net/data_encoder.h"

namespace postrider::net {

void DataEncoder::feed(std::string_view piece, std::string& output) {
    std::size_t at = 0;
    while (at < piece.size()) {
        const char c = piece[at];
        if (at_ == At::Cr) {
            // Whatever follows, the CR has become a line end; an LF belongs to it.
            output.append("\r\n");
            at_ = At::LineStart;
            if (c == '\n') {
                ++at;
                continue;
            }
        }
        if (c == '\r') {
            at_ = At::Cr;
            ++at;
            continue;
        }
        if (c == '\n') {
            output.append("\r\n");
            at_ = At::LineStart;
            ++at;
            continue;
        }
        if (at_ == At::LineStart && c == '.') output.push_back('.');
        auto end = at;
        while (end < piece.size() && piece[end] != '\r' && piece[end] != '\n')
            ++end;
        output.append(piece.substr(at, end - at));
        at_ = At::Text;
        at = end;
    }
}

void DataEncoder::finish(std::string& output) {
    if (at_ != At::LineStart) output.append("\r\n");
    output.append(".\r\n");
    at_ = At::LineStart;
}

}  // namespace postrider::net

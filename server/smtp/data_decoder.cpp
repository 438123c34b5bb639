#include "server/smtp/data_decoder.h"

#include <cassert>

namespace postrider::smtp {

namespace {

constexpr bool isPlain(char c) {
    return c != '\r' && c != '\n' && c != '\0';
}

}  // namespace

DataDecoder::Progress DataDecoder::feed(std::string_view input, std::string& output) {
    assert(!ended_);
    std::size_t position = 0;
    while (position < input.size() && !ended_) {
        if (!step(input, position, output)) {
            ended_ = true;
            return {position, State::BareLineEnd};
        }
    }
    return {position, ended_ ? State::End : State::More};
}

bool DataDecoder::step(std::string_view input, std::size_t& position, std::string& output) {
    const char c = input[position];
    switch (at_) {
        case At::LineStart:
            at_ = c == '.' ? At::Dot : At::Text;
            if (c == '.') ++position;
            return true;
        case At::Text: {
            const auto begin = position;
            while (position < input.size() && isPlain(input[position]))
                ++position;
            output.append(input, begin, position - begin);
            if (position == input.size()) return true;
            at_ = At::Cr;
            return input[position++] == '\r';
        }
        case At::Cr:
            ++position;
            output += "\r\n";
            at_ = At::LineStart;
            return c == '\n';
        case At::Dot:
            // The dot was stuffed unless the line ends here: it is not part of the text either way.
            at_ = c == '\r' ? At::DotCr : At::Text;
            if (c == '\r') ++position;
            return true;
        case At::DotCr:
            ++position;
            ended_ = true;
            return c == '\n';
    }
    return false;
}

}  // namespace postrider::smtp

#include "server/smtp/data_decoder.h"

#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

namespace postrider::fuzz {

namespace {

struct Decoded {
    std::string content;
    std::size_t consumed = 0;
    smtp::DataDecoder::State state = smtp::DataDecoder::State::More;

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

/// Decodes in pieces of `piece` octets.
Decoded decode(std::string_view input, std::size_t piece) {
    using State = smtp::DataDecoder::State;
    smtp::DataDecoder decoder;
    Decoded all;
    while (!input.empty() && all.state == State::More) {
        const auto progress = decoder.feed(input.substr(0, piece), all.content);
        promise(progress.consumed <= std::min(piece, input.size()));
        promise(progress.consumed > 0 || progress.state != State::More);
        all.consumed += progress.consumed;
        all.state = progress.state;
        input.remove_prefix(progress.consumed);
    }
    return all;
}

/// Nobody may find an end of message, or a bare line end, in what we take for content.
void checkContent(std::string_view content) {
    for (std::size_t i = 0; i < content.size(); ++i) {
        promise(content[i] != '\0');
        if (content[i] == '\n') promise(i > 0 && content[i - 1] == '\r');
        if (content[i] == '\r' && i + 1 < content.size()) promise(content[i + 1] == '\n');
    }
}

}  // namespace

}  // namespace postrider::fuzz

/// Wherever the network cuts the input, the same message comes out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    if (size == 0) return 0;
    const auto input = fuzz::textOf(data, size).substr(1);
    const auto whole = fuzz::decode(input, std::max<std::size_t>(input.size(), 1));
    const auto pieces = fuzz::decode(input, std::size_t{data[0]} % 16 + 1);
    fuzz::promise(whole.state == pieces.state);
    if (whole.state == smtp::DataDecoder::State::BareLineEnd) return 0;
    fuzz::promise(whole == pieces);
    fuzz::checkContent(whole.content);
    return 0;
}

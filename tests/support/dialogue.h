#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// One line of a dialogue file: `KEYWORD: argument` (tests/dialogues/README.md).
struct DialogueLine {
    std::size_t number = 0;
    std::string keyword;
    std::string argument;
};

/// The lines of a file without comments and empty lines.
inline std::vector<DialogueLine> readDialogue(const std::filesystem::path& file) {
    std::vector<DialogueLine> lines;
    std::ifstream in{file};
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        if (text.empty() || text.front() == '#') continue;
        const auto colon = text.find(':');
        const auto begin = colon == std::string::npos ? text.size() : colon + 1;
        const bool space = begin < text.size() && text[begin] == ' ';
        lines.push_back({number, text.substr(0, colon), text.substr(begin + (space ? 1 : 0))});
    }
    return lines;
}

/// `\r` `\n` `\0` `\t` `\\` and `\xNN` replaced by their octets.
inline std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (const char c = text[++i]) {
            case 'r':
                out += '\r';
                break;
            case 'n':
                out += '\n';
                break;
            case '0':
                out += '\0';
                break;
            case 't':
                out += '\t';
                break;
            case 'x':
                out +=
                    static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
                i += 2;
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace postrider::test

#include "tools/postriderctl/terminal.h"

#include <termios.h>
#include <unistd.h>

namespace postrider::ctl {

namespace {

/// Echo is off as long as it lives.
class Silence {
public:
    Silence() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~Silence() {
        if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    bool active_ = false;
};

}  // namespace

Result<std::string, std::string> SystemTerminal::readLine() {
    std::string line;
    if (!std::getline(in_, line)) return Unexpected{std::string{"standard input is empty"}};
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

Result<std::string, std::string> SystemTerminal::askSecret(std::string_view prompt) {
    if (::isatty(STDIN_FILENO) == 0) {
        return Unexpected{std::string{"standard input is no terminal; use --password-stdin"}};
    }
    prompts_ << prompt << std::flush;
    const Silence silence;
    auto line = readLine();
    prompts_ << "\n";
    return line;
}

}  // namespace postrider::ctl

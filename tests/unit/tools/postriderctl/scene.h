#pragma once

#include "tests/support/temp_dir.h"
#include "tools/postriderctl/cli.h"

#include <deque>
#include <sstream>
#include <string>
#include <vector>

namespace postrider::test {

/// A terminal at which somebody types what the test said before.
class TypedTerminal final : public ctl::Terminal {
public:
    Result<std::string, std::string> readLine() override { return next(); }
    Result<std::string, std::string> askSecret(std::string_view prompt) override {
        prompts.emplace_back(prompt);
        return next();
    }

    std::deque<std::string> lines;
    std::vector<std::string> prompts;

private:
    Result<std::string, std::string> next() {
        if (lines.empty()) return Unexpected{std::string{"standard input is empty"}};
        std::string line = lines.front();
        lines.pop_front();
        return line;
    }
};

/// A configuration folder and a postriderctl that works on it.
class Scene {
public:
    Scene() {
        dir.write("config/postrider.properties",
                  "hostname = mx.a.example\ndata.dir = " + (dir / "data").string() + "\n");
        std::filesystem::create_directory(dir / "data");
    }

    /// The exit code; what was said is in `out` and `err`.
    int run(std::vector<std::string> words, std::chrono::milliseconds patience = {}) {
        std::ostringstream outStream;
        std::ostringstream errStream;
        words.insert(words.begin(), {"--config-dir", (dir / "config").string()});
        const ctl::Context context{"/nonexistent", terminal, outStream, errStream, patience};
        const auto code = ctl::runCommandLine(context, words);
        out = outStream.str();
        err = errStream.str();
        return static_cast<int>(code);
    }

    TempDir dir;
    TypedTerminal terminal;
    std::string out;
    std::string err;
};

}  // namespace postrider::test

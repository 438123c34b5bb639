#include "tests/support/dialogue_player.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <vector>

namespace {

namespace fs = std::filesystem;
using postrider::test::Cut;
using postrider::test::DialoguePlayer;

std::vector<fs::path> dialogues() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator{POSTRIDER_TESTS_DIR "/dialogues"}) {
        if (entry.path().extension() == ".smtp") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace

TEST_CASE("every dialogue goes as it is written, in whatever pieces its octets come") {
    const auto files = dialogues();
    CHECK(files.size() >= 110);
    for (const auto& file : files) {
        CAPTURE(file.filename().string());
        CHECK(DialoguePlayer{Cut::Lines}.play(file) == "");
        CHECK(DialoguePlayer{Cut::Octets}.play(file) == "");
    }
}

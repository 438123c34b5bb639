#include "server/pluginhost/plugin_library.h"

#include "server/pluginhost/plugin_catalog.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace postrider;
using pluginhost::PluginCatalog;
using pluginhost::PluginLibrary;
namespace fs = std::filesystem;

namespace {

fs::path fixture(const std::string& name) {
    return fs::path{POSTRIDER_FIXTURES} / (name + ".so");
}

/// A copy of a good plugin in a folder of its own.
fs::path copyInto(const test::TempDir& folder, const std::string& name = "courier_good.so") {
    const fs::path file = folder.path() / name;
    fs::copy_file(fixture("courier_good"), file);
    fs::permissions(file, fs::perms{0755});
    return file;
}

std::string refusalOf(const fs::path& file) {
    const auto library = PluginLibrary::open(file);
    REQUIRE_FALSE(library);
    CHECK(library.error().find(file.string()) != std::string::npos);
    CHECK(library.error().find(", expected ") != std::string::npos);
    CHECK(library.error().find("usual cause: ") != std::string::npos);
    return library.error();
}

bool has(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a good plugin tells its name, version, couriers and hooks") {
    const auto library = PluginLibrary::open(fixture("courier_good"));
    REQUIRE(library);
    CHECK(library->name() == "good");
    CHECK(library->version() == "1.2");
    CHECK(library->courierNames() == std::vector<std::string>{"good"});
    CHECK(library->hookNames() == std::vector<std::string>{"quiet"});
    CHECK(library->courier("good") != nullptr);
    CHECK(library->courier("quiet") == nullptr);
    CHECK(library->hook("quiet") != nullptr);
}

TEST_CASE("what is no plugin is refused with what was found and what was expected") {
    struct Case {
        std::string name;
        std::string found;
    };
    const std::vector<Case> cases{
        {"nothing", "found a library without the symbol postrider_plugin"},
        {"magic", "that is no descriptor"},
        {"major", "found plugin API 2.0, expected plugin API 1.0"},
        {"minor", "found plugin API 1.1, expected plugin API 1.0"},
        {"build", "found cxxabi=1 cxx11string=0 poco=0x01000000, expected cxxabi="},
        {"twins", "found a damaged descriptor"},
        // Found when it is loaded, not at its first call: lazily bound, it would end the process
        // with 127.
        {"symbol", "undefined symbol: postrider_symbol_that_nobody_has"},
        {"absent", "found No such file or directory"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(has(refusalOf(fixture(c.name)), c.found));
    }
}

TEST_CASE("a file that is no ELF library is told apart before the loader sees it") {
    const test::TempDir folder;
    struct Case {
        std::string name;
        std::string octets;
        std::string found;
    };
    const std::vector<Case> cases{
        {"text.so", "#!/bin/sh\necho hello\n", "found a text file"},
        {"empty.so", "", "found an empty or unreadable file"},
        {"binary.so", std::string{"\0\1\2\3", 4}, "found a file of another kind"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        std::ofstream{folder.path() / c.name} << c.octets;
        fs::permissions(folder.path() / c.name, fs::perms{0644});
        CHECK(has(refusalOf(folder.path() / c.name), c.found));
    }
    std::ofstream{folder.path() / "cut.so"} << "\177ELF";
    fs::permissions(folder.path() / "cut.so", fs::perms{0644});
    CHECK(has(refusalOf(folder.path() / "cut.so"), "cut.so"));
}

TEST_CASE("a plugin that others could change is not loaded") {
    const test::TempDir folder;
    const fs::path file = copyInto(folder);
    REQUIRE(PluginLibrary::open(file));

    SUBCASE("the file, by its group") {
        fs::permissions(file, fs::perms{0775});
        CHECK(has(refusalOf(file), "courier_good.so writable by its group"));
    }
    SUBCASE("the file, by everybody") {
        fs::permissions(file, fs::perms{0757});
        CHECK(has(refusalOf(file), "courier_good.so writable by everybody"));
    }
    SUBCASE("its folder, by its group") {
        fs::permissions(folder.path(), fs::perms{0775});
        CHECK(has(refusalOf(file), folder.path().string() + " writable by its group"));
    }
    SUBCASE("a folder above, by everybody") {
        const fs::path inner = folder.path() / "inner";
        fs::create_directory(inner);
        fs::permissions(inner, fs::perms{0755});
        fs::rename(file, inner / "courier_good.so");
        CHECK(PluginLibrary::open(inner / "courier_good.so"));
        fs::permissions(folder.path(), fs::perms{0777});
        CHECK(has(refusalOf(inner / "courier_good.so"), "writable by everybody"));
    }
    SUBCASE("a file of another user") {
        if (::geteuid() == 0) {
            REQUIRE(::chown(file.c_str(), 4242, 4242) == 0);
            CHECK(has(refusalOf(file), "owned by user 4242"));
        }
    }
    SUBCASE("a symbolic link") {
        fs::create_symlink(file, folder.path() / "link.so");
        CHECK(has(refusalOf(folder.path() / "link.so"), "found a symbolic link"));
    }
    SUBCASE("a relative path") {
        CHECK(has(refusalOf("courier_good.so"), "found a relative path"));
    }
    fs::permissions(folder.path(), fs::perms{0700});
}

TEST_CASE("the catalog opens a library once and finds factories by name or path") {
    PluginCatalog catalog{POSTRIDER_FIXTURES};
    const auto byName = catalog.courier("good");
    REQUIRE(byName);
    const auto byPath = catalog.courier(fixture("courier_good"));
    REQUIRE(byPath);
    CHECK(*byName == *byPath);
    CHECK(catalog.libraries().size() == 1);
    CHECK(has(catalog.courier("absent").error(), "courier_absent.so: found No such file"));
    CHECK(has(catalog.courier("../good").error(), "is no plugin"));
    CHECK(has(catalog.courier("").error(), "is no plugin"));
}

TEST_CASE("two libraries that bring the same name are refused") {
    PluginCatalog catalog{POSTRIDER_FIXTURES};
    REQUIRE(catalog.courier("good"));
    CHECK(has(catalog.courier("copy").error(), "found the name 'good'"));
}

TEST_CASE("a renamed library does not answer to its new name") {
    PluginCatalog catalog{POSTRIDER_FIXTURES};
    CHECK(has(catalog.courier("copy").error(), "found good, expected a courier named 'copy'"));
    PluginCatalog other{POSTRIDER_FIXTURES};
    CHECK(other.courier(fixture("courier_copy")));
    PluginCatalog hooks{POSTRIDER_FIXTURES};
    CHECK(hooks.hook("quiet"));
}

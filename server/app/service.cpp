#include "server/app/service.h"

#include "common/base/poco_log.h"
#include "server/app/configuration_refused.h"
#include "server/app/foundation.h"
#include "server/app/privileges.h"
#include "server/app/server.h"
#include "server/app/service_manager.h"
#include "server/config/load.h"

#include <Poco/Util/Option.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <algorithm>
#include <csignal>
#include <ctime>
#include <exception>
#include <functional>
#include <iostream>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace postrider::app {

namespace {

constexpr int exitSoftware = 70;
constexpr int exitConfig = 78;
constexpr int exitUsage = 64;
/// How often changed files and the watchdog are looked after.
constexpr std::chrono::seconds tick{2};
/// And while one of them is perhaps being written.
constexpr std::chrono::milliseconds soon{250};

constexpr const char* helpText = R"(postrider - an SMTP mail server

usage: postrider [--config-dir DIR] [--set KEY=VALUE]... [--check] [--daemon] [--pidfile FILE]

  --config-dir DIR   the configuration folder (default /etc/postrider)
  --set KEY=VALUE    overrides a key of postrider.properties; may be repeated
  --check            validates configuration, domains, certificates and plugins; exit 0 or 78
  --daemon           goes into the background
  --pidfile FILE     writes the process id there, removes it at the end
  --version          prints the version
  --help             prints this

SIGHUP reloads, SIGTERM and SIGINT stop gracefully.
)";

sigset_t awaitedSignals() {
    sigset_t set{};
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR1})
        sigaddset(&set, signal);
    return set;
}

/// The next signal, or 0 when none came in time.
int awaitSignal(std::chrono::milliseconds time) {
    const sigset_t set = awaitedSignals();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec limit{seconds.count(), std::chrono::nanoseconds{time - seconds}.count()};
    const int signal = ::sigtimedwait(&set, nullptr, &limit);
    return signal > 0 ? signal : 0;
}

/// A second SIGTERM ends the wait. The queue loses nothing by it: it is made to be killed.
void endAtOnceWhenAskedAgain(const std::stop_token& done, const std::function<void()>& end) {
    while (!done.stop_requested()) {
        const int signal = awaitSignal(std::chrono::milliseconds{200});
        if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) end();
    }
}

}  // namespace

Service::Service() {
    const sigset_t set = awaitedSignals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    setUnixOptions(true);
}

int Service::run(int argc, char** argv) {
    const auto flags = scan({argv + 1, argv + argc});
    if (!flags.misuse.empty()) return misuse(flags.misuse);
    if (!flags.names.contains("daemon")) return ServerApplication::run(argc, argv);
    for (const auto* answer : {"check", "help", "version"}) {
        if (flags.names.contains(answer)) return runInForeground(argc, argv);
    }
    if (const auto status = launch_.begin()) return *status;
    const int status = ServerApplication::run(argc, argv);
    launch_.end(status);
    return status;
}

/// Without the flag that ServerApplication looks for by itself.
int Service::runInForeground(int argc, char** argv) {
    std::vector<char*> others(argv, argv + argc);
    std::erase_if(others, [](const char* a) { return std::string_view{a} == "--daemon"; });
    const auto count = static_cast<int>(others.size());
    others.push_back(nullptr);
    return ServerApplication::run(count, others.data());
}

Service::Flags Service::scan(const std::vector<std::string>& arguments) {
    Poco::Util::OptionSet known;
    defineOptions(known);
    Poco::Util::OptionProcessor processor(known);
    processor.setUnixStyle(true);
    Flags flags;
    try {
        for (const auto& argument : arguments) {
            std::string name;
            std::string value;
            processor.process(argument, name, value);
            flags.names.insert(name);
            if (name == "help") return flags;
        }
        processor.checkRequired();
    } catch (const Poco::Util::OptionException& problem) {
        flags.misuse = problem.displayText();
    }
    return flags;
}

void Service::defineOptions(Poco::Util::OptionSet& options) {
    using Poco::Util::Option;
    // All but --daemon, which ServerApplication looks for by itself, are ours: its --pidfile would
    // be written by --check too, and by a second server that then finds the ports taken.
    // NOLINTNEXTLINE(bugprone-parent-virtual-call): past ServerApplication on purpose
    Application::defineOptions(options);
    const Poco::Util::OptionCallback<Service> callback(this, &Service::onFlag);
    options.addOption(Option("config-dir", "", "").argument("DIR").callback(callback));
    options.addOption(
        Option("set", "", "").argument("KEY=VALUE").repeatable(true).callback(callback));
    options.addOption(Option("check", "", "").callback(callback));
    options.addOption(Option("daemon", "", "").callback(callback));
    options.addOption(Option("pidfile", "", "").argument("FILE").callback(callback));
    options.addOption(Option("version", "", "").callback(callback));
    options.addOption(Option("help", "", "").callback(callback));
}

void Service::onFlag(const std::string& name, const std::string& value) {
    if (name == "config-dir") {
        commandLine_.configDir = std::filesystem::absolute(value);
    } else if (name == "set") {
        const auto equals = value.find('=');
        if (equals == 0 || equals == std::string::npos) {
            usageError_ = "--set " + value + ": expected KEY=VALUE";
        }
        commandLine_.overrides.emplace_back(
            value.substr(0, equals), equals == std::string::npos ? "" : value.substr(equals + 1));
    } else if (name == "pidfile") {
        commandLine_.pidFile = std::filesystem::absolute(value);
    } else if (name == "daemon") {
        commandLine_.daemon = true;
    } else if (name == "check") {
        commandLine_.check = true;
    } else if (name == "version") {
        commandLine_.version = true;
    } else if (name == "help") {
        commandLine_.help = true;
        stopOptionsProcessing();
    }
}

int Service::main(const std::vector<std::string>& arguments) {
    if (commandLine_.help) {
        std::cout << helpText;
        return EXIT_OK;
    }
    if (commandLine_.version) {
        std::cout << "postrider " POSTRIDER_VERSION "\n";
        return EXIT_OK;
    }
    if (usageError_.empty() && !arguments.empty()) {
        usageError_ = "unexpected argument: " + arguments.front();
    }
    if (!usageError_.empty()) return misuse(usageError_);
    try {
        return commandLine_.check ? check() : serve();
    } catch (const ConfigurationRefused& refusal) {
        return complain(refusal);
    } catch (const std::exception& error) {
        return fail(error);
    }
}

/// A daemon has no standard error, but a caller who waits.
void Service::tell(const std::string& sentence) const {
    std::cerr << sentence << '\n';
    launch_.say(sentence);
}

/// The caller may be a program that shows nobody what it reads.
void Service::tellSyslog(std::string_view event, const std::string& reason) const {
    if (!commandLine_.daemon) return;
    const SystemClock clock;
    PocoLog(clock, {.descriptor = -1, .syslog = true}).error(event, {{"reason", reason}});
}

int Service::misuse(const std::string& reason) const {
    tell(reason + "; postrider --help shows the usage");
    return exitUsage;
}

int Service::complain(const ConfigurationRefused& refusal) const {
    for (const auto& sentence : refusal.sentences()) {
        tell(sentence);
        tellSyslog("configuration", sentence);
    }
    return exitConfig;
}

int Service::fail(const std::exception& error) const {
    tell(std::string{"postrider cannot run: "} + error.what());
    tellSyslog("cannot-run", error.what());
    return exitSoftware;
}

int Service::check() const {
    auto reading = config::read(commandLine_.configDir, commandLine_.overrides);
    const auto privileges = Privileges::prepare(reading);
    // a file that only root can read is no good to the server
    if (privileges) privileges->drop();
    const Foundation foundation(std::move(reading), commandLine_);
    for (const auto& warning : foundation.warnings())
        std::cerr << "warning: " << warning << '\n';
    std::cout << "the configuration in " << commandLine_.configDir.string() << " is good\n";
    return EXIT_OK;
}

int Service::serve() {
    const ServiceManager manager;
    Server server(commandLine_);
    server.start();
    manager.ready();
    launch_.end(EXIT_OK);
    watch(server, manager);
    manager.stopping();
    const auto end = [&server] {
        server.removePidFile();
        ::_exit(EXIT_OK);
    };
    std::jthread impatience;
    try {
        impatience = std::jthread{
            [&end](const std::stop_token& done) { endAtOnceWhenAskedAgain(done, end); }};
    } catch (const std::system_error&) {
        // No thread to be had: the stop is a graceful one, but a second SIGTERM cannot shorten it.
    }
    if (!server.stop()) end();
    return EXIT_OK;
}

void Service::watch(Server& server, const ServiceManager& manager) {
    const std::chrono::milliseconds pause =
        std::min<std::chrono::milliseconds>(tick, manager.watchdogInterval().value_or(tick));
    bool reloading = false;
    while (true) {
        switch (awaitSignal(server.isWaiting() ? std::min(pause, soon) : pause)) {
            case SIGHUP:
                if (!std::exchange(reloading, true)) manager.reloading();
                server.reload();
                break;
            case SIGTERM:
            case SIGINT:
            case SIGQUIT:
                return;
            default:
                server.tick();
        }
        if (!server.isReloadPending() && std::exchange(reloading, false)) manager.ready();
        manager.alive();
    }
}

}  // namespace postrider::app

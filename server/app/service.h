#pragma once

#include "server/app/command_line.h"
#include "server/app/launch.h"

#include <Poco/Util/ServerApplication.h>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::app {

class ConfigurationRefused;
class Server;
class ServiceManager;

/// The program: flags, signals, exit codes. 0 clean, 64 bad usage, 70 our fault, 78 the
/// configuration is wrong.
///
/// SIGHUP reloads; SIGTERM and SIGINT stop gracefully, a second one at once. Everything else is
/// Server's.
class Service : public Poco::Util::ServerApplication {
public:
    /// Blocks the signals that run() waits for, before any thread exists.
    Service();
    using ServerApplication::run;
    /// As the base class, but who calls with --daemon waits until the daemon has started, and gets
    /// its exit status when it cannot.
    int run(int argc, char** argv);

protected:
    void defineOptions(Poco::Util::OptionSet& options) override;
    int main(const std::vector<std::string>& arguments) override;

private:
    struct Flags {
        std::string misuse;           ///< what is wrong with them; empty when nothing is
        std::set<std::string> names;  ///< those given
    };
    Flags scan(const std::vector<std::string>& arguments);
    int runInForeground(int argc, char** argv);
    void onFlag(const std::string& name, const std::string& value);
    int check() const;
    int serve();
    int complain(const ConfigurationRefused& refusal) const;
    int fail(const std::exception& error) const;
    int misuse(const std::string& reason) const;
    void tell(const std::string& sentence) const;
    void tellSyslog(std::string_view event, const std::string& reason) const;
    void watch(Server& server, const ServiceManager& manager);

    CommandLine commandLine_;
    Launch launch_;
    std::string usageError_;  ///< what is wrong with the flags; empty when nothing is
};

}  // namespace postrider::app

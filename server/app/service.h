#pragma once

#include "server/app/command_line.h"

#include <Poco/Util/ServerApplication.h>
#include <string>
#include <vector>

namespace postrider::app {

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
    /// As the base class, but a configuration that would be refused is refused before --daemon
    /// forks.
    int run(int argc, char** argv);

protected:
    void defineOptions(Poco::Util::OptionSet& options) override;
    int main(const std::vector<std::string>& arguments) override;

private:
    /// What is wrong with the flags; empty when nothing is.
    std::string misusedFlag(const std::vector<std::string>& arguments);
    void onFlag(const std::string& name, const std::string& value);
    int check() const;
    int serve();
    void watch(Server& server, const ServiceManager& manager);

    CommandLine commandLine_;
    std::string usageError_;  ///< what is wrong with the flags; empty when nothing is
};

}  // namespace postrider::app

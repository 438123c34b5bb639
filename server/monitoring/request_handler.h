#pragma once

#include "common/base/log.h"
#include "server/monitoring/site.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <string>

namespace postrider::monitoring {

/// One HTTP request: checks host and method, asks the Site, adds the security headers. A boundary:
/// what a page throws becomes 500 and a warning in the log. One thread.
class RequestHandler final : public Poco::Net::HTTPRequestHandler {
public:
    enum class HostCheck { AddressOrLocalhost, None };

    RequestHandler(const Site& site, Log& log, HostCheck hostCheck)
        : site_(site), log_(log), hostCheck_(hostCheck) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override;

private:
    [[nodiscard]] Answer answerTo(const Poco::Net::HTTPServerRequest& request) const;

    const Site& site_;
    Log& log_;
    HostCheck hostCheck_;
};

/// A Host field (RFC 9110 section 7.2) that names an IP address or localhost, with or without a
/// port; an absent one is empty and cannot come from a browser.
[[nodiscard]] bool isAddressOrLocalhost(const std::string& host);

}  // namespace postrider::monitoring

#include "server/monitoring/request_handler.h"

#include "common/base/ip_address.h"
#include "common/base/text.h"

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <exception>
#include <string_view>

namespace postrider::monitoring {

namespace {

std::string_view withoutPort(std::string_view host) {
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

void setHeaders(Poco::Net::HTTPServerResponse& response, const Answer& answer) {
    response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(Poco::Net::HTTPResponse::getReasonForStatus(response.getStatus()));
    response.setContentType(answer.contentType);
    response.set("Content-Security-Policy",
                 "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
                 "frame-ancestors 'none'");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("X-Frame-Options", "DENY");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set("Cache-Control", "no-store");
    if (answer.status == 405) response.set("Allow", "GET, HEAD");
}

}  // namespace

bool isAddressOrLocalhost(const std::string& host) {
    if (host.empty()) return true;
    const std::string_view name = withoutPort(host);
    return text::equalsIgnoreCase(name, "localhost") || IpAddress::parse(name).has_value();
}

void RequestHandler::handleRequest(Poco::Net::HTTPServerRequest& request,
                                   Poco::Net::HTTPServerResponse& response) {
    const Answer answer = answerTo(request);
    setHeaders(response, answer);
    response.sendBuffer(answer.body.data(), answer.body.size());
}

Answer RequestHandler::answerTo(const Poco::Net::HTTPServerRequest& request) const {
    if (hostCheck_ == HostCheck::AddressOrLocalhost &&
        !isAddressOrLocalhost(request.get("Host", ""))) {
        return Site::problem(403);
    }
    const std::string& method = request.getMethod();
    if (method != Poco::Net::HTTPRequest::HTTP_GET && method != Poco::Net::HTTPRequest::HTTP_HEAD)
        return Site::problem(405);
    try {
        return site_.answer(request.getURI());
    } catch (const std::exception& e) {
        log_.warning("monitoring-failed", {{"target", request.getURI()}, {"reason", e.what()}});
        return Site::problem(500);
    }
}

}  // namespace postrider::monitoring

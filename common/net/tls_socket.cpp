#include "common/net/tls_socket.h"

#include <array>
#include <cerrno>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <utility>

namespace postrider::net {

namespace {

int toPoco(const IoAttempt& attempt) {
    switch (attempt.outcome) {
        case IoAttempt::Outcome::Moved:
            return static_cast<int>(attempt.octets);
        case IoAttempt::Outcome::Closed:
            return 0;
        case IoAttempt::Outcome::WaitReadable:
        case IoAttempt::Outcome::WaitWritable:
        case IoAttempt::Outcome::Failed:
            return -1;
    }
    return -1;
}

/// The channel binding tls-exporter. Only for TLS 1.3: in older versions clients bind by
/// tls-unique, which RFC 9266 section 3 leaves the default there, and would not fit what we offer.
std::string tlsExporter(SSL* ssl) {
    if (SSL_version(ssl) < TLS1_3_VERSION) return {};
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string octets(32, '\0');
    const int done =
        SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(octets.data()),
                                   octets.size(), label.data(), label.size(), nullptr, 0, 1);
    ERR_clear_error();
    return done == 1 ? octets : std::string{};
}

}  // namespace

std::string takeOpenSslError() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "unknown error";
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? std::string(reason) : std::string(text.data());
}

void TlsSocket::SslDeleter::operator()(ssl_st* ssl) const noexcept {
    SSL_free(ssl);
}

TlsSocket::TlsSocket(ChannelSocket::Ptr carrier, ssl_ctx_st* context, Side side)
    : carrier_(std::move(carrier)), ssl_(SSL_new(context)) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), carrier_->sockfd()) != 1) throw std::bad_alloc();
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One system call for all that has arrived, not two for each record.
    SSL_set_read_ahead(ssl_.get(), 1);
    // An end without close_notify is an end: SMTP has its own end marks, and a last reply must
    // still be able to leave.
    SSL_set_options(ssl_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (side == Side::Server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
    }
    reset(carrier_->sockfd());
}

TlsSocket::~TlsSocket() {
    // The descriptor is the carrier's to close.
    reset();
}

void TlsSocket::close() {
    reset();
    carrier_->close();
}

IoAttempt TlsSocket::tryHandshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return {IoAttempt::Outcome::Moved, 1};
    return attemptFrom(result);
}

mail::TlsFacts TlsSocket::facts() const {
    auto binding = SSL_is_server(ssl_.get()) == 1 ? tlsExporter(ssl_.get()) : std::string{};
    return {SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()), std::move(binding)};
}

IoAttempt TlsSocket::tryReceive(std::span<char> buffer) {
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got);
    if (result == 1) return {IoAttempt::Outcome::Moved, got};
    return attemptFrom(result);
}

IoAttempt TlsSocket::trySend(std::string_view octets) {
    ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &sent);
    if (result == 1) return {IoAttempt::Outcome::Moved, sent};
    return attemptFrom(result);
}

bool TlsSocket::hasPending() const noexcept {
    return SSL_has_pending(ssl_.get()) == 1;
}

void TlsSocket::sayGoodbye() noexcept {
    if (broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

IoAttempt TlsSocket::attemptFrom(int result) {
    const int error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {IoAttempt::Outcome::WaitReadable};
        case SSL_ERROR_WANT_WRITE:
            return {IoAttempt::Outcome::WaitWritable};
        case SSL_ERROR_ZERO_RETURN:
            return {IoAttempt::Outcome::Closed};
        case SSL_ERROR_SYSCALL:
            broken_ = true;
            ERR_clear_error();
            if (error == 0) return {IoAttempt::Outcome::Closed};
            return fromErrno(error, IoAttempt::Outcome::Closed);
        default:
            broken_ = true;
            return failed(takeOpenSslError());
    }
}

int TlsSocket::sendBytes(const void* buffer, int length, int /*flags*/) {
    return toPoco(trySend({static_cast<const char*>(buffer), static_cast<std::size_t>(length)}));
}

int TlsSocket::receiveBytes(void* buffer, int length, int /*flags*/) {
    return toPoco(tryReceive({static_cast<char*>(buffer), static_cast<std::size_t>(length)}));
}

}  // namespace postrider::net

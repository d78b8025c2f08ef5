// No token: what now? Conditions say what to do, codes say what happened, diagnostics say what is known about it.
// Its mock endpoint answers every good token request with 503.
#include <asio.hpp>
#include <chrono>
#include <cstdlib>
#include <faceki/client.hpp>
#include <iostream>

namespace {

using faceki::condition;
using faceki::errc;

void report(const faceki::diagnostics& details)
{
    std::cout << details.message; // our words only: fit for any log
    if (details.http_status != 0)
        std::cout << "; HTTP status " << details.http_status;
    if (!details.server_message.empty()) // escaped and without secrets, but a stranger's words: show, never obey
        std::cout << "; the server says (untrusted): \"" << details.server_message << '"';
    std::cout << "; requests that may be billed: " << details.requests_sent << '\n';
}

/// Asks until there is a token, somebody has to act, or `patience` is used up.
asio::awaitable<std::error_code> insist(faceki::client& client, int patience)
{
    asio::basic_waitable_timer<faceki::boot_clock> pause(co_await asio::this_coro::executor);
    for (;;) {
        const faceki::token_result token = co_await client.try_token(); // throws nothing
        const std::error_code code = token.error();
        if (token || code == asio::error::operation_aborted)
            co_return code; // a token; or the client was closed, and there is nothing to complain about
        report(token.diagnostics());
        if (code == condition::auth)
            std::cout << "  -> alert: correct the credentials, then client.set_credentials()\n";
        else if (code == condition::permanent)
            std::cout << "  -> alert: " << (code == condition::network ? "proxy or certificate" : "setup or service")
                      << " needs somebody's attention\n";
        if (code == condition::permanent || --patience == 0)
            co_return code;
        // Transient. Before retry_at the client would give the same error at once, without a request.
        pause.expires_at(token.diagnostics().retry_at.value_or(faceki::boot_clock::now() + std::chrono::seconds{1}));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

/// The same with exceptions: token() throws what try_token() returns.
asio::awaitable<std::error_code> thrown(faceki::client& client)
{
    try {
        co_await client.token();
        co_return std::error_code{};
    } catch (const faceki::token_error& e) { // a std::system_error with diagnostics()
        co_return e.code();
    }
}

asio::awaitable<void> meet(faceki::client& client, errc expected, int& as_expected)
{
    const std::error_code code = co_await insist(client, 2);
    const std::error_code at_once = co_await thrown(client);
    client.close();
    const std::error_code closed = co_await thrown(client);
    as_expected += code == expected && at_once == expected && closed == asio::error::operation_aborted;
    // A transient failure was worth a second flight, a permanent one was not; thrown() started none.
    as_expected += client.stats().flights == (code == condition::transient ? 2u : 1u);
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    int as_expected = 0;
    asio::io_context io;
    try {
        config.base_url = "sdk.faceki.com"; // no scheme: refused by the constructor, not by the first call
        faceki::client client(io.get_executor(), config);
    } catch (const faceki::token_error& e) {
        report(e.diagnostics());
        as_expected += e.code() == errc::invalid_config;
    }

    const char* const endpoint = std::getenv("FACEKI_BASE_URL");
    if (endpoint == nullptr)
        return 2; // the rest provokes failures: not at the real service
    config.base_url = endpoint;
    faceki::client overloaded(io.get_executor(), config);
    config.base_url += "/no/such/path";
    faceki::client refused(io.get_executor(), config);
    config.base_url = "https://127.0.0.1:1"; // nobody listens there
    faceki::client unreachable(io.get_executor(), config);
    asio::co_spawn(io, meet(overloaded, errc::server_error, as_expected), asio::detached);
    asio::co_spawn(io, meet(refused, errc::credentials_rejected, as_expected), asio::detached);
    asio::co_spawn(io, meet(unreachable, errc::connect_failed, as_expected), asio::detached);
    io.run();
    std::cout << as_expected << " of 7 things went wrong as expected\n";
    return as_expected == 7 ? 0 : 1;
}

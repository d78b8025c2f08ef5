// Reads replies the way the library does, from a buffer of the exact size whose padding is hostile.
#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "wire/token_response.hpp"

namespace wire_test {

namespace wire = faceki::wire;
using faceki::errc;
using std::chrono::milliseconds;

inline wire::token_reply read(int status, std::string_view body, const wire::token_limits& limits = {},
                              const wire::redactions& secrets = {"the-client-id", "the-client-secret"})
{
    std::vector<char> buffer(body.begin(), body.end());
    buffer.resize(body.size() + 64, '}'); // what an earlier, longer body could have left there
    return wire::read_token_reply(status, buffer.data(), body.size(), buffer.size(), limits, secrets);
}

/// Names of the errors, so that a failure can be read; "token" = there was none.
inline std::string_view outcome_of(const wire::token_reply& reply)
{
    if (!reply.error)
        return "token";
    switch (*reply.error) {
    case errc::credentials_rejected:
        return "credentials_rejected";
    case errc::rate_limited:
        return "rate_limited";
    case errc::server_error:
        return "server_error";
    case errc::unexpected_status:
        return "unexpected_status";
    case errc::malformed_token:
        return "malformed_token";
    case errc::response_too_large:
        return "response_too_large";
    default:
        return "something else";
    }
}

/// What holds for every reply, whatever it says.
inline void check_shape(const wire::token_reply& reply)
{
    if (reply.error) {
        BOOST_TEST(reply.token == "");
        BOOST_TEST(reply.expires_in.count() == 0);
        BOOST_TEST(reply.message != "");
    } else {
        BOOST_TEST(reply.token != "");
        BOOST_TEST(reply.expires_in >= milliseconds{1});
        BOOST_TEST(reply.message == "");
        BOOST_TEST(reply.server_message == "");
    }
    BOOST_TEST(reply.server_message.size() <= 256U);
}

struct reply_row {
    std::string_view rule;
    int status;
    std::string body;
    std::string_view outcome;
};

inline void check_all(std::span<const reply_row> rows)
{
    for (const reply_row& row : rows) {
        BOOST_TEST_CONTEXT(row.rule << ": " << row.status << ' ' << row.body.substr(0, 200))
        {
            const wire::token_reply reply = read(row.status, row.body);
            BOOST_TEST(outcome_of(reply) == row.outcome);
            check_shape(reply);
        }
    }
}

} // namespace wire_test

namespace std::chrono {

inline std::ostream& boost_test_print_type(std::ostream& out, milliseconds value)
{
    return out << value.count() << " ms";
}

} // namespace std::chrono

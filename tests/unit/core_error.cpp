// The error table of the design, row by row.
#include <map>
#include <set>
#include <string>

#include <asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <faceki/diagnostics.hpp>
#include <faceki/error.hpp>

#include "support/print.hpp"

using namespace faceki;

namespace {

enum group : unsigned { none = 0, transient = 1, auth = 2, network = 4, protocol = 8 };

struct row {
    errc code;
    std::string_view name;
    unsigned groups;
};

constexpr row table[] = {
    {errc::credentials_rejected, "credentials_rejected", auth},
    {errc::rate_limited, "rate_limited", transient},
    {errc::budget_exhausted, "budget_exhausted", transient},
    {errc::server_error, "server_error", transient},
    {errc::unexpected_status, "unexpected_status", protocol},
    {errc::malformed_http, "malformed_http", transient | protocol},
    {errc::malformed_token, "malformed_token", transient | protocol},
    {errc::response_too_large, "response_too_large", protocol},
    {errc::resolve_failed, "resolve_failed", transient | network},
    {errc::connect_failed, "connect_failed", transient | network},
    {errc::connection_lost, "connection_lost", transient | network},
    {errc::proxy_refused, "proxy_refused", network},
    {errc::tls_failed, "tls_failed", network},
    {errc::timed_out, "timed_out", transient},
    {errc::store_failed, "store_failed", transient},
    {errc::too_many_waiters, "too_many_waiters", transient},
    {errc::invalid_config, "invalid_config", none},
};

} // namespace

BOOST_AUTO_TEST_SUITE(core_error)

BOOST_AUTO_TEST_CASE(no_error_code_tests_false)
{
    for (const row& r : table) {
        BOOST_TEST(static_cast<int>(r.code) >= 1);
        BOOST_TEST(bool(make_error_code(r.code)));
    }
    BOOST_TEST(static_cast<int>(errc::credentials_rejected) == 1);
    BOOST_TEST(static_cast<int>(condition::transient) == 1);
}

BOOST_AUTO_TEST_CASE(the_table_has_every_enumerator_once)
{
    std::set<int> values;
    for (const row& r : table)
        values.insert(static_cast<int>(r.code));
    BOOST_TEST(values.size() == std::size(table));
    // They are numbered without a hole: one after the last is unknown, all before it are here.
    BOOST_TEST(*values.rbegin() == static_cast<int>(std::size(table)));
    BOOST_TEST(name_of(static_cast<errc>(std::size(table) + 1)) == "unknown");
    BOOST_TEST(name_of(static_cast<errc>(0)) == "unknown");
}

BOOST_AUTO_TEST_CASE(each_has_its_own_name_and_its_own_message)
{
    std::set<std::string> messages;
    for (const row& r : table) {
        BOOST_TEST(name_of(r.code) == r.name);
        const std::string message = make_error_code(r.code).message();
        BOOST_TEST(!message.empty());
        messages.insert(message);
    }
    BOOST_TEST(messages.size() == std::size(table));
    BOOST_TEST(std::error_code(0, error_category()).message() == "unknown faceki error");
}

BOOST_AUTO_TEST_CASE(the_conditions_are_those_of_the_design)
{
    for (const row& r : table)
        BOOST_TEST_CONTEXT(r.name)
        {
            const std::error_code code = r.code;
            BOOST_TEST((code == condition::transient) == ((r.groups & transient) != 0));
            BOOST_TEST((code == condition::permanent) == ((r.groups & transient) == 0));
            BOOST_TEST((code == condition::auth) == ((r.groups & auth) != 0));
            BOOST_TEST((code == condition::network) == ((r.groups & network) != 0));
            BOOST_TEST((code == condition::protocol) == ((r.groups & protocol) != 0));
        }
}

BOOST_AUTO_TEST_CASE(foreign_codes_and_unknown_numbers_meet_no_condition)
{
    const std::error_code foreign[] = {
        asio::error::operation_aborted,
        std::make_error_code(std::errc::timed_out),
        std::error_code{},
        std::error_code(1, std::generic_category()),
        std::error_code(0, error_category()),
        std::error_code(999, error_category()),
    };
    for (const auto& code : foreign)
        for (const auto c :
             {condition::transient, condition::permanent, condition::auth, condition::network, condition::protocol})
            BOOST_TEST(!(code == c));
    BOOST_TEST(!(make_error_code(errc::timed_out) == std::error_condition(77, condition_category())));
}

BOOST_AUTO_TEST_CASE(there_is_one_object_of_each_category_with_its_own_name)
{
    BOOST_TEST(&error_category() == &make_error_code(errc::timed_out).category());
    BOOST_TEST(&error_category() == &std::error_code(errc::rate_limited).category());
    BOOST_TEST(&condition_category() == &make_error_condition(condition::auth).category());
    BOOST_TEST(error_category().name() == std::string_view{"faceki"});
    BOOST_TEST(condition_category().name() == std::string_view{"faceki.condition"});
    BOOST_TEST(!(error_category() == condition_category()));
    for (const auto c :
         {condition::transient, condition::permanent, condition::auth, condition::network, condition::protocol})
        BOOST_TEST(!make_error_condition(c).message().empty());
}

BOOST_AUTO_TEST_CASE(a_token_error_is_a_system_error_that_carries_its_diagnostics)
{
    diagnostics details;
    details.message = "our words";
    details.http_status = 503;
    details.server_message = "their words";
    try {
        throw token_error(errc::server_error, details);
    } catch (const std::system_error& e) {
        BOOST_TEST((e.code() == errc::server_error));
        BOOST_TEST(std::string_view{e.what()}.find("our words") != std::string_view::npos);
        BOOST_TEST(std::string_view{e.what()}.find("their words") == std::string_view::npos);
        const auto* mine = dynamic_cast<const token_error*>(&e);
        BOOST_REQUIRE(mine);
        BOOST_TEST(mine->diagnostics().http_status == 503);
        BOOST_TEST(mine->diagnostics().server_message == "their words");
    }
}

BOOST_AUTO_TEST_SUITE_END()

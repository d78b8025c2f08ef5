// The token as a value: empty ones, equality, printing, and strings that outlive a temporary handle.
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <faceki/access_token.hpp>
#include <faceki/token_source.hpp>

#include "refresh/token_data.hpp"
#include "support/print.hpp"

using namespace std::chrono_literals;
using faceki::access_token;
using faceki::token_data;

namespace {

access_token make(std::string_view value, faceki::core::lifetime deadlines = {})
{
    auto data = std::make_unique<token_data>(value);
    data->deadlines = deadlines;
    return token_data::handle(std::move(data));
}

std::string printed(const access_token& token)
{
    std::ostringstream out;
    out << token;
    return out.str();
}

// A view of a temporary handle would dangle: the rvalue overloads give strings.
static_assert(std::is_same_v<decltype(std::declval<const access_token&>().value()), std::string_view>);
static_assert(std::is_same_v<decltype(std::declval<access_token>().value()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<const access_token&>().authorization()), std::string_view>);
static_assert(std::is_same_v<decltype(std::declval<access_token>().authorization()), std::string>);
static_assert(std::is_nothrow_default_constructible_v<access_token> &&
              std::is_nothrow_copy_constructible_v<access_token> && std::is_nothrow_move_assignable_v<access_token> &&
              !std::is_convertible_v<access_token, bool>);

// A secret has no way into a stream.
template <class T>
concept streamable = requires(std::ostream& out, const T& value)
{
    out << value;
};
static_assert(!streamable<faceki::credentials> && streamable<access_token>);

} // namespace

BOOST_AUTO_TEST_SUITE(core_access_token)

BOOST_AUTO_TEST_CASE(an_empty_handle_gives_empty_strings_and_never_a_bare_bearer)
{
    const access_token empty;
    BOOST_TEST(!empty);
    BOOST_TEST(empty.value() == "");
    BOOST_TEST(empty.authorization() == "");
    BOOST_TEST(access_token{}.value() == "");
    BOOST_TEST(access_token{}.authorization() == "");
    BOOST_TEST(empty.use_until() == faceki::boot_clock::time_point{});
    BOOST_TEST(empty.regenerate_after() == faceki::boot_clock::time_point{});
}

BOOST_AUTO_TEST_CASE(a_token_gives_itself_and_the_header_value)
{
    const faceki::core::lifetime deadlines{faceki::core::instant{5s}, faceki::core::instant{6s}};
    const access_token token = make("abc.def", deadlines);
    BOOST_TEST(bool(token));
    BOOST_TEST(token.value() == "abc.def");
    BOOST_TEST(token.authorization() == "Bearer abc.def");
    BOOST_TEST(access_token{token}.value() == "abc.def");
    BOOST_TEST(access_token{token}.authorization() == "Bearer abc.def");
    BOOST_TEST(token.use_until() == deadlines.use_until);
    BOOST_TEST(token.regenerate_after() == deadlines.regenerate_after);
}

BOOST_AUTO_TEST_CASE(views_live_as_long_as_any_copy)
{
    access_token copy;
    std::string_view view;
    {
        const access_token original = make("a token long enough to live on the heap");
        copy = original;
        view = original.value();
    }
    BOOST_TEST(view == "a token long enough to live on the heap");
    BOOST_TEST(view.data() == copy.value().data()); // shared, not copied
}

BOOST_AUTO_TEST_CASE(a_moved_from_handle_is_empty)
{
    access_token from = make("abc");
    const access_token to = std::move(from);
    BOOST_TEST(to.value() == "abc");
    BOOST_TEST(!from);
    BOOST_TEST(from.authorization() == "");
}

BOOST_AUTO_TEST_CASE(equality_is_by_characters)
{
    const access_token a = make("abc");
    BOOST_TEST((a == a));
    BOOST_TEST((a == make("abc")));
    BOOST_TEST((make("abc", {faceki::core::instant{1s}, {}}) == make("abc", {faceki::core::instant{2s}, {}})));
    BOOST_TEST((access_token{} == access_token{}));
    for (const auto* other : {"", "ab", "abcd", "abd", "Abc", "xbc"})
        BOOST_TEST(!(a == make(other)));
    BOOST_TEST(!(a == access_token{}));
    BOOST_TEST(!(access_token{} == a));
    BOOST_TEST(!(make(std::string_view{"a\0b", 3}) == make(std::string_view{"a\0c", 3})));
}

BOOST_AUTO_TEST_CASE(printing_shows_the_length_and_not_one_character)
{
    BOOST_TEST(printed({}) == "access_token(empty)");
    BOOST_TEST(printed(make("s3cr3t")) == "access_token(redacted, 6 bytes)");
    BOOST_TEST(printed(make("s3cr3t")).find("s3") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(credentials_survive_copies_moves_and_self_assignment)
{
    using faceki::credentials;
    const std::string long_secret(300, 'x');
    credentials a("id", long_secret);
    credentials b(a);
    credentials c(std::move(a));
    BOOST_TEST(a.client_id().empty());
    BOOST_TEST(a.client_secret().empty());
    a = b;
    BOOST_TEST(a.client_secret() == long_secret);
    a = std::move(c);
    BOOST_TEST(c.client_secret().empty());
    credentials& same = a;
    a = same;
    BOOST_TEST(a.client_id() == "id");
    a = std::move(same);
    BOOST_TEST(a.client_id() == "id");
    BOOST_TEST(a.client_secret() == long_secret);
    BOOST_TEST(credentials{}.client_id() == "");
}

BOOST_AUTO_TEST_CASE(a_failed_grant_without_an_error_does_not_pass_for_a_token)
{
    const auto result = faceki::grant_result::failed({}, {});
    BOOST_TEST(!result);
    BOOST_TEST((result.error() == faceki::errc::malformed_token));
}

BOOST_AUTO_TEST_CASE(a_grant_moves_its_token_and_leaves_none_behind)
{
    auto first = faceki::grant_result::granted("short", 5s);
    auto second = std::move(first);
    BOOST_TEST(first.value() == "");
    BOOST_TEST(second.value() == "short");
    BOOST_TEST(bool(second));
    BOOST_TEST(second.expires_in() == 5s);
    first = std::move(second);
    BOOST_TEST(second.value() == "");
    BOOST_TEST(first.value() == "short");
}

BOOST_AUTO_TEST_SUITE_END()

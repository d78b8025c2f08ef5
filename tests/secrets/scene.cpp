// Texts are kept as they come; what is looked for in them is the sentinel's business.
#include "secrets/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>

namespace faceki_test {

const std::vector<secret_set>& secret_sets()
{
    static const std::vector<secret_set> sets = {
        {"letters and digits", "5f2e8c1a-client-Qm7Zr", "kV9xT2mWq8RzL4nYb7JcHs3DfGp6AaUe0Xi1OoEt5KwQyMvB",
         "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiI3IiwiY2xpZW50IjoiWnE4In0.h7GkQ2vX9sLw3nRtY5bJ1mZc8dFp",
         "OfficeGateway77kQzWx"},
        {"letters that need escaping", R"(id"7\q/+%41&<z>'é€😀Wk)",
         R"(S"x7\Kp/9+vT%41&zQ<w>;'é2€m😀Lr8 #Yd{n}3$Hf|5~Bc^Gj*6(Wk)!0 "\/u0041)",
         R"(t"J8\fN/4+dC=~y%7A&M<b>1'Pq6#Xs{h}9$Va|2-Lg^Ro*5(Ei)!3,"\/n;k:[U]T"J8\fN/4+dCw_Zr.)",
         R"(p"w\5/R+t%2F@g:N&é<k>9 ?#x)"},
    };
    return sets;
}

std::vector<guarded> guarded_of(const secret_set& set)
{
    return {{"client secret", set.client_secret},
            {"client id", set.client_id, false},
            {"token", set.token},
            {"proxy password", set.proxy_password}};
}

const sentinel& guard_of(const secret_set& set)
{
    static std::map<std::string, sentinel> made;
    const auto found = made.find(set.name);
    return found != made.end() ? found->second : made.emplace(set.name, guarded_of(set)).first->second;
}

faceki::log_hook witness::hook()
{
    return [this](faceki::log_level level, std::string_view line) {
        const std::scoped_lock lock(mutex_);
        ++lines_;
        texts_.emplace_back("a log line of level " + std::string(name_of(level)), line);
    };
}

void witness::saw(std::string where, std::string text)
{
    const std::scoped_lock lock(mutex_);
    texts_.emplace_back(std::move(where), std::move(text));
}

void witness::saw(const std::error_code& code, const faceki::diagnostics& details)
{
    saw("error_code", code.message() + " " + code.category().name());
    saw("diagnostics::message", details.message);
    saw("diagnostics::server_message", details.server_message);
    saw("diagnostics::cause", details.cause.message() + " " + details.cause.category().name());
    for (const auto number : {details.response_code, details.status_code})
        saw("diagnostics", std::to_string(number.value_or(0)));
}

void witness::saw(const faceki::token_result& result)
{
    saw(result.error(), result.diagnostics());
    std::ostringstream printed;
    printed << result.token();
    saw("operator<<", printed.str());
    if (result.error())
        saw(faceki::token_error(result.error(), result.diagnostics()));
}

void witness::saw(const faceki::token_error& error)
{
    saw("what()", error.what());
    saw(error.code(), error.diagnostics());
}

std::size_t witness::lines() const
{
    const std::scoped_lock lock(mutex_);
    return lines_;
}

void witness::check(const secret_set& set) const
{
    const std::scoped_lock lock(mutex_);
    BOOST_TEST(!texts_.empty());
    for (const auto& [where, text] : texts_) {
        const std::string found = guard_of(set).find(text);
        BOOST_TEST(found == "", found << " in " << where << ": " << text);
    }
}

faceki::client_config config_of(const secret_set& set, const faceki::testing::mock_endpoint& endpoint, witness& heard)
{
    faceki::client_config config = config_for(endpoint);
    config.credentials = faceki::credentials(set.client_id, set.client_secret);
    config.log = heard.hook();
    config.log_level = faceki::log_level::trace;
    return config;
}

faceki::testing::mock_options any_client()
{
    faceki::testing::mock_options options;
    options.client_id.clear();
    return options;
}

faceki::token_result check_one_call(const secret_set& set, const faceki::client_config& config, witness& heard,
                                    std::optional<faceki::errc> code)
{
    const std::size_t lines_before = heard.lines();
    faceki::token_result result = call_once(config).result;
    BOOST_TEST(result.error() == (code ? make_error_code(*code) : std::error_code()));
    if (!code)
        BOOST_TEST(result.token().value() == set.token);
    BOOST_TEST(heard.lines() > lines_before);
    heard.saw(result);
    heard.check(set);
    return result;
}

} // namespace faceki_test

// One row of the contract: what stands at the other end, how the tool is called, what it must say.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/mock_replies.hpp"
#include "tool/tool.hpp"

namespace faceki_test {

struct contract_row {
    std::string name;
    int exit_code = 0;
    std::string code; ///< of the JSON error
    std::vector<std::string> conditions;
    std::optional<int> http_status;
    std::string message; ///< a part of it
    int requests = 0;    ///< requests_sent, and what the endpoint counted

    faceki::testing::mock_options endpoint = strict_endpoint();
    std::vector<faceki::testing::mock_reply> script;
    /// Changes the call.
    std::function<void(process_setup&, const faceki::testing::mock_endpoint&)> change;
    std::chrono::milliseconds at_least{0}; ///< it must take so long, and no more than 2 s longer
};

/// Runs it with --format json and without, each time against an endpoint of its own, and checks everything.
void check_failure(const contract_row& row);

/// Takes the option and its value out of the arguments, and puts `value` there unless it is empty.
void set_option(process_setup& setup, const std::string& option, const std::string& value);

} // namespace faceki_test

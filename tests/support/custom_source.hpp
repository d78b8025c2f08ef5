// A token source that is whatever coroutine a test gives it: for behaviour no script has.
#pragma once

#include <functional>
#include <utility>

#include <faceki/token_source.hpp>

namespace faceki::test {

class custom_source final : public token_source {
public:
    using script = std::function<asio::awaitable<grant_result>(grant_request&)>;

    explicit custom_source(script s) : script_(std::move(s)) {}

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        ++requests;
        return script_(request); // the function object lives here, so its coroutines may use what it captured
    }

    std::size_t requests = 0;

private:
    script script_;
};

} // namespace faceki::test

// What the tests of authorized() call: an API in virtual time, and callers that remember what came of it.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>

#include <faceki/authorized.hpp>

#include "support/world.hpp"

namespace faceki::test {

/// Answers 401 to the tokens it is told to refuse, else 200.
class fake_api {
public:
    std::set<std::string, std::less<>> refused;
    bool refuse_all = false;
    std::vector<std::string> shown; ///< every token, in order

    /// The same as one text, with spaces between.
    std::string list() const
    {
        std::string all;
        for (const auto& token : shown)
            all.append(all.empty() ? "" : " ").append(token);
        return all;
    }

    int answer(const access_token& token)
    {
        shown.emplace_back(token.value());
        return refuse_all || refused.contains(token.value()) ? 401 : 200;
    }
};

/// Holds coroutines up until it is opened.
class gate {
public:
    explicit gate(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

    /// Cancelled, it returns all the same: the caller's next co_await throws.
    asio::awaitable<void> pass()
    {
        if (!open_)
            co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    }
    void open()
    {
        open_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool open_ = false;
};

/// How one authorized() ended.
struct ending_of_call {
    std::size_t times = 0;
    int status = 0;
    std::exception_ptr thrown;

    bool open() const { return times == 0; }
    bool gave(int expected) const { return times == 1 && !thrown && status == expected; }
    bool threw(std::error_code expected) const
    {
        if (times != 1 || !thrown)
            return false;
        try {
            std::rethrow_exception(thrown);
        } catch (const token_error& e) {
            return e.code() == expected;
        } catch (...) {
            return false;
        }
    }
};
using ending_ptr = std::shared_ptr<ending_of_call>;

inline auto note_ending(ending_ptr e)
{
    return [e = std::move(e)](std::exception_ptr thrown, int status) {
        ++e->times;
        e->thrown = thrown;
        e->status = status;
    };
}

/// Starts one authorized() on the world's io_context. `call` has to live until it ends.
template <class Call>
ending_ptr begin(world& w, Call& call)
{
    auto e = std::make_shared<ending_of_call>();
    asio::co_spawn(w.io, authorized(*w.client, call), note_ending(e));
    return e;
}

/// A world with an API; `call` asks it at once.
class api_world : public world {
public:
    fake_api api;

    struct simple_call {
        fake_api* api;
        asio::awaitable<int> operator()(access_token token) const { co_return api->answer(token); }
    };
    simple_call call{&api};

    /// One that is over before this returns.
    template <class Call>
    ending_ptr finish(Call& how)
    {
        const ending_ptr e = begin(*this, how);
        run();
        return e;
    }
    ending_ptr finish() { return finish(call); }
};

} // namespace faceki::test

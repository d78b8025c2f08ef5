// One API call with a token, made once more with a new token if the API does not accept the first.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <faceki/refresher.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace detail {

/// g++ before 13 destroys a temporary inside a co_await expression twice: harmless if its destructor does nothing.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
inline constexpr bool temporaries_die_twice = true;
#else
inline constexpr bool temporaries_die_twice = false;
#endif

template <class T> // as deduced for a T&&: a reference for an lvalue
inline constexpr bool may_be_awaited_inline =
    !temporaries_die_twice || std::is_lvalue_reference_v<T> || std::is_trivially_destructible_v<T>;

template <class T>
struct awaitable_of {
    using value = void;
    using executor = void;
};
template <class T, class Executor_>
struct awaitable_of<asio::awaitable<T, Executor_>> {
    using value = T;
    using executor = Executor_;
};

/// bool is left out: the API's V3 envelope has a `status` that is true or false, which never equals 401.
template <class T>
concept http_status = std::is_enum_v<std::remove_cvref_t<T>> ||
    (std::convertible_to<T, int> && !std::same_as<std::remove_cvref_t<T>, bool> &&
     !std::floating_point<std::remove_cvref_t<T>>);

struct no_status {};

/// The HTTP status of a response, as common HTTP libraries spell it; no_status if there is none.
template <class R>
constexpr auto status_of(const R& r)
{
    if constexpr (requires { requires http_status<decltype(r.result_int())>; })
        return static_cast<int>(r.result_int());
    else if constexpr (requires { requires http_status<decltype(r.status_code)>; })
        return static_cast<int>(r.status_code);
    else if constexpr (requires { requires http_status<decltype(r.status_code())>; })
        return static_cast<int>(r.status_code());
    else if constexpr (requires { requires http_status<decltype(r.status)>; })
        return static_cast<int>(r.status);
    else if constexpr (requires { requires http_status<decltype(r.status())>; })
        return static_cast<int>(r.status());
    else if constexpr (std::integral<R> && http_status<R>)
        return static_cast<int>(r);
    else
        return no_status{};
}

template <class R>
inline constexpr bool has_status = !std::is_same_v<decltype(status_of(std::declval<const R&>())), no_status>;

/// The only status that means "this token is not accepted" (the vendor's rule).
struct is_401 {
    template <class R>
    constexpr bool operator()(const R& response) const
    {
        return status_of(response) == 401;
    }
};

/// `Call` and `Rejected` are references for lvalues; rvalues move into the frame.
template <class R, class Executor, class Call, class Rejected>
asio::awaitable<R, Executor> call_authorized(basic_refresher<Executor>& tokens, Call call, Rejected rejected)
{
    const access_token token = co_await tokens.token();
    access_token next;
    {
        R response = co_await std::invoke(call, token);
        if (!std::invoke(rejected, std::as_const(response)))
            co_return response;
        // Drops nothing if somebody else did before, or if a renewal is not permitted now. So what comes next is a
        // successor: here already, on its way, or due; or this very token, which stays in use until it may be renewed.
        tokens.invalidate_if_renewable(token);
        const token_result renewed = co_await tokens.try_token();
        if (renewed.error() == asio::error::operation_aborted)
            throw token_error(renewed.error(), renewed.diagnostics());
        if (!renewed || *renewed == token)
            co_return response; // the same token, also one that was issued again, would be rejected again
        next = *renewed;
    } // the first response ends here: it may hold a connection that the second call needs
    co_return co_await std::invoke(call, std::as_const(next));
}

} // namespace detail

/// Makes an API call with a live token; if the API answers 401, drops that token and makes the call once more with its
/// successor. `auto response = co_await faceki::authorized(client, call);`
///
/// `call(access_token)` returns an `asio::awaitable<R, Executor>`; it is called once or twice, so it has to be able to
/// send its body again. It is not called again after anything but a rejection: no time-out, no 5xx, no exception
/// (a verification is billed). Whatever the second call gives is returned.
///
/// What counts as a rejection is `r.result_int()` (Beast), `r.status_code`, `r.status` (members or functions) or an
/// integer R being 401: the vendor's only sign of a token that is not accepted. For other responses, or other signs,
/// pass `rejected(const R&) -> bool`.
///
/// - **Object lifetimes**: the client must live until the awaitable is done or destroyed, and so must `call` and
///   `rejected` if they are lvalues. Rvalues move into the awaitable; on g++ before 13 only trivially destructible
///   ones are accepted (not a lambda that captures a string), because of that compiler's co_await: name the lambda.
/// - **Completion**: the response, R. When the successor cannot be had (the renewal failed, renewals are limited, or
///   the endpoint gives the same token again) it is the API's own 401, never an exception.
/// - **Executor**: the awaiting coroutine's; `call` runs there too.
/// - **Cancellation**: goes to what is being waited for: the call, or the token. A cancelled wait leaves the client's
///   flight alone (see basic_refresher).
/// - **Errors**: token_error if there is no token for the first call, or with `operation_aborted` if the wait for the
///   second is cancelled or the client closed. What `call` or `rejected` throws passes through, and drops no token.
/// - **Cost**: any number of calls whose tokens are rejected share one token request. An API that always answers 401
///   costs one per 10 s, doubling to 300 s.
/// - **Exception safety**: strong, what `call` does excepted. **Thread safety**: may be called from any thread.
template <class Executor, class Call, class Rejected = detail::is_401>
[[nodiscard]] auto authorized(basic_refresher<Executor>& tokens, Call&& call, Rejected&& rejected = {})
{
    static_assert(detail::may_be_awaited_inline<Call> && detail::may_be_awaited_inline<Rejected>,
                  "name the lambda first: auto call = [...]; co_await faceki::authorized(client, call)");
    if constexpr (!std::is_invocable_v<Call&, const access_token&>) {
        static_assert(std::is_invocable_v<Call&, const access_token&>,
                      "call must be callable with an access_token: [](faceki::access_token token) -> awaitable<R>");
    } else {
        using returned = detail::awaitable_of<std::invoke_result_t<Call&, const access_token&>>;
        using response = typename returned::value;
        if constexpr (std::is_void_v<typename returned::executor>) {
            static_assert(!std::is_void_v<typename returned::executor>,
                          "call must return an asio::awaitable: is it a coroutine with a return type?");
        } else if constexpr (!std::is_same_v<typename returned::executor, Executor>) {
            static_assert(std::is_same_v<typename returned::executor, Executor>,
                          "call must return an asio::awaitable of the client's executor type");
        } else if constexpr (std::is_void_v<response>) {
            static_assert(!std::is_void_v<response>, "call must return the response, or its status: an "
                                                     "asio::awaitable<void> does not show whether it was a 401");
        } else if constexpr (std::is_same_v<Rejected, detail::is_401> && !detail::has_status<response>) {
            static_assert(detail::has_status<response>,
                          "no HTTP status is found in this response: pass a predicate as third argument, "
                          "[](const R& response) { return ...; }");
        } else if constexpr (!std::is_invocable_r_v<bool, Rejected&, const response&>) {
            static_assert(std::is_invocable_r_v<bool, Rejected&, const response&>,
                          "the third argument must be callable with the response and return bool");
        } else {
            return detail::call_authorized<response, Executor, Call, Rejected>(tokens, std::forward<Call>(call),
                                                                               std::forward<Rejected>(rejected));
        }
    }
}

} // namespace faceki::inline FACEKI_ASIO_BACKEND

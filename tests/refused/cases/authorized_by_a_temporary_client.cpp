// expect: error: cannot bind non-const lvalue reference|error: no matching function

asio::awaitable<int> use(const faceki::client_config& config)
{
    auto call = [](faceki::access_token) -> asio::awaitable<int> { co_return 200; };
#ifdef FACEKI_BAD
    co_return co_await faceki::authorized(faceki::client(co_await asio::this_coro::executor, config), call);
#else
    faceki::client client(co_await asio::this_coro::executor, config);
    co_return co_await faceki::authorized(client, call);
#endif
}

// expect: error: static assertion failed.* of the client's executor type

asio::awaitable<int> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    auto call = [](faceki::access_token) -> asio::awaitable<int, asio::io_context::executor_type> { co_return 200; };
#else
    auto call = [](faceki::access_token) -> asio::awaitable<int, faceki::client::executor_type> { co_return 200; };
#endif
    co_return co_await faceki::authorized(client, call);
}

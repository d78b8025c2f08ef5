// expect: error: static assertion failed.*call must return an asio::awaitable:

asio::awaitable<int> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    auto call = [](faceki::access_token) { return 200; };
#else
    auto call = [](faceki::access_token) -> asio::awaitable<int> { co_return 200; };
#endif
    co_return co_await faceki::authorized(client, call);
}

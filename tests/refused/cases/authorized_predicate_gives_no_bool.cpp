// expect: error: static assertion failed.*the third argument must be callable

asio::awaitable<int> use(faceki::client& client)
{
    auto call = [](faceki::access_token) -> asio::awaitable<int> { co_return 200; };
#ifdef FACEKI_BAD
    auto rejected = [](int) {};
#else
    auto rejected = [](int status) { return status == 401; };
#endif
    co_return co_await faceki::authorized(client, call, rejected);
}

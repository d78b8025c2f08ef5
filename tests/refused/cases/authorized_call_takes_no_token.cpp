// expect: error: static assertion failed.*call must be callable with an access_token

asio::awaitable<int> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    auto call = [](std::string) -> asio::awaitable<int> { co_return 200; };
#else
    auto call = [](const faceki::access_token&) -> asio::awaitable<int> { co_return 200; };
#endif
    co_return co_await faceki::authorized(client, call);
}

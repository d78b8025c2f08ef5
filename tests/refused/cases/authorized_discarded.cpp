// expect: error: ignoring return value (of function declared|.*authorized)
// Without co_await nothing would happen at all.

asio::awaitable<void> use(faceki::client& client)
{
    auto call = [](faceki::access_token) -> asio::awaitable<int> { co_return 200; };
#ifdef FACEKI_BAD
    faceki::authorized(client, call);
#else
    co_await faceki::authorized(client, call);
#endif
    co_return;
}

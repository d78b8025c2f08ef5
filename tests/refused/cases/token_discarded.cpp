// expect: error: ignoring return value (of function declared|.*::token\()
// Without co_await nothing would happen at all.

asio::awaitable<void> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    client.token();
#else
    co_await client.token();
#endif
    co_return;
}

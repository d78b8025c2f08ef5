// expect: error: ignoring return value (of function declared|.*::try_token\()
// Without co_await nothing would happen at all.

asio::awaitable<void> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    client.try_token();
#else
    co_await client.try_token();
#endif
    co_return;
}

// expect: error: (cannot convert|no viable conversion|conversion from|could not convert).*token_result
// It may hold an error instead.

asio::awaitable<void> use(faceki::client& client)
{
    const faceki::token_result result = co_await client.try_token();
#ifdef FACEKI_BAD
    const faceki::access_token token = result;
#else
    const faceki::access_token token = result.token();
#endif
    std::cout << token;
}

// expect: error: use of deleted function .*token_result::operator->|error: overload resolution selected deleted
// The view would outlive what it looks into.

asio::awaitable<void> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    const auto header = (co_await client.try_token())->authorization();
#else
    const faceki::token_result result = co_await client.try_token();
    const auto header = result->authorization();
#endif
    std::cout << header.size();
}

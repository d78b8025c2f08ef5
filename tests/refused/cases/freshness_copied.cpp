// expect: error: use of deleted function .*freshness\(const .*freshness&\)|error: call to .*deleted.*freshness

void use(faceki::client& client)
{
    auto fresh = client.keep_fresh();
#ifdef FACEKI_BAD
    auto second = fresh;
#else
    auto second = std::move(fresh);
#endif
}

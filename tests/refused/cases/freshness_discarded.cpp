// expect: error: ignoring return(ed)? value of type .*freshness
// It ends with its handle: discarded, it would end at once.

void use(faceki::client& client)
{
#ifdef FACEKI_BAD
    client.keep_fresh();
#else
    auto fresh = client.keep_fresh();
#endif
}

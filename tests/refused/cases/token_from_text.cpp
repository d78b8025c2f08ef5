// expect: error: (no matching function|no matching constructor|conversion from|could not convert).*access_token
// Handles come from a client only: they know their deadlines.

faceki::access_token use(faceki::client& client)
{
#ifdef FACEKI_BAD
    return faceki::access_token("a token of my own");
#else
    return client.peek();
#endif
}

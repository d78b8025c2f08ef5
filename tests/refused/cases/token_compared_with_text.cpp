// expect: error: no match for .operator==.|error: invalid operands to binary expression
// Equality of tokens takes the same time wherever they differ; comparing with text is the caller's own doing.

bool use(faceki::client& client)
{
    const faceki::access_token token = client.peek();
#ifdef FACEKI_BAD
    return token == "some text";
#else
    return token.value() == "some text";
#endif
}

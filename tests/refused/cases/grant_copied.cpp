// expect: error: use of deleted function .*grant_result\(const .*&\)|error: call to .*deleted.*grant_result
// It holds the token's characters, which are wiped with the one object that has them.

faceki::grant_result use(faceki::grant_result got)
{
#ifdef FACEKI_BAD
    const faceki::grant_result copy = got;
#else
    const faceki::grant_result copy = std::move(got);
#endif
    return faceki::grant_result::failed(copy.error(), copy.diagnostics());
}

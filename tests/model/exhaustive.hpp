// Every state that a small world can reach.
#pragma once

namespace faceki::model {

/// Visits them to closure, prints how many states and transitions there are, and for the first broken properties the
/// shortest way to each. Returns how many are broken.
int exhaustive();

} // namespace faceki::model

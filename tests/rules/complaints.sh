#!/usr/bin/env bash
# Each complaint about other token caches, and each race that other C++ libraries shipped, has a test that bears its name.
# Usage: complaints.sh <test program>...; prints each complaint whose test is not in them, or is switched off.
set -euo pipefail

tests=$(for program in "$@"; do "$program" --list_content 2>&1; done)

missing=0
# complaint <what users say> <test>...
complaint() {
  local what=$1 test
  shift
  for test in "$@"; do
    # The star says that it is not disabled. A suite that is, is listed without one.
    awk -v test="$test*" '/^[^ ]/ { suite = $1 } /^ / && suite ~ /\*$/ && $1 == test { found = 1 } END { exit !found }' \
      <<<"$tests" && continue
    echo "no test $test: $what"
    missing=1
  done
}

complaint 'herd at expiry: N callers, N token calls' herd_at_expiry
complaint 'convoy on failure: waiters retry one after the other, memory grows' convoy_on_failure convoy_within_the_cool_down
complaint "the first caller's cancel or timeout fails everybody" first_callers_cancel_fails_everybody first_callers_timeout_fails_everybody
complaint 'everybody left, the paid answer is thrown away' everybody_left_the_paid_answer_is_kept
complaint 'a hung flight blocks all for hours' hung_flight_blocks_all
complaint '401 storm: late 401s for the old token kill the new one' storm_of_401 storm_of_401_that_never_ends
complaint 'a failed refresh displaces a live token' failed_refresh_displaces_a_live_token
complaint 'a dead token is served' dead_token_is_served
complaint 'one misclassified transient error stops refresh until restart' one_misclassified_error_stops_refresh rejection_repeated_ends_by_itself
complaint 'latency cliff at expiry' latency_cliff_at_expiry
# With the stores: restarts and replicas burn quota.
# With the stores: fleet stampede; an older token overwrites a newer.
# With the stores: corrupted file caches.
complaint 'clocks: suspend, skew, wall time' clocks_suspend clocks_skew clocks_wall_time
complaint 'secrets in logs and errors' secrets_in_logs_and_errors
# With the stores: an endpoint that differs, and a key.
complaint 'cache key too small' cache_key_too_small
complaint 'a rotated secret is still used, or costs the waiters' rotated_secret_still_used rotated_secret_drops_the_waiters
complaint 'a fixed lead on a short token is a request per call' fixed_lead_on_a_short_token
complaint "a margin longer than the server's re-issue window is an endless refresh" margin_longer_than_the_reissue_window \
  lead_longer_than_the_reissue_window token_reissued_to_its_very_end lifetime_of_nothing_loops margin_longer_than_every_lifetime

complaint 'check-then-set between completion and suspension loses a wake-up' wakeup_lost_between_check_and_suspend \
  wakeup_lost_while_it_does_what_the_last_one_asked two_threads_that_find_the_token_expired_at_the_same_moment_share_one_request
complaint 'shutdown racing acquire loses a waiter' shutdown_racing_acquire close_while_four_threads_join_loses_nobody
complaint 'a destroyed call is still linked in the fetcher' destroyed_call_still_linked
complaint 'credentials cleared in place outside the lock' credentials_cleared_outside_the_lock
complaint 'timers re-armed only on success stop for ever' timers_rearmed_only_on_success timers_of_limits_after_a_failed_flight
complaint 'two clock reads in one decision disagree' two_clock_reads_disagree
complaint 'a source that fails synchronously leaves the queue non-empty for ever' synchronous_source_failure

exit "$missing"
